// One run as a timeline: who worked when, what waited, every event in order.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { messageOf, pathOfRun } from "../api/client.ts";
import type { RunSummary } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { type Cell, cell, useCell } from "../ui/cell.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Icon } from "../ui/icons.tsx";
import { Problem } from "../ui/problem.tsx";
import { dateAndTime, duration, useNow } from "../ui/time.ts";
import { EventList } from "./event-list.tsx";
import { money, tokens } from "./event-words.ts";
import { type Followed, RunFollower } from "./follow.ts";
import type { FollowedRun } from "./followed-run.ts";
import { ownerOf, timelineOf } from "./lanes.ts";
import { RunStatus } from "./status.tsx";
import { TimeTravel } from "./time-travel.tsx";
import { TimelineChart } from "./timeline-chart.tsx";

const nothing: Cell<Followed> = cell<Followed>({ runs: [] });

export function RunPage({ runId }: { runId: string }): JSX.Element {
  const console = useConsole();
  const [source, setSource] = useState<Cell<Followed>>(nothing);
  useEffect(() => {
    const line = { up: () => console.connection.heard(), down: () => console.connection.lost() };
    const follower = new RunFollower(console.api, runId, line);
    setSource(follower.state);
    return () => follower.close();
  }, [console, runId]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]"))
        location.hash = addressOf({ page: "runs" });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const { runs, error } = useCell(source);
  const roster = useCell(console.roster).value?.roster ?? [];
  const run = runs[0]?.run;
  const isGoingOn = runs.some((one) => one.run.completedAt === undefined);
  const nowMs = useNow(250, run !== undefined && isGoingOn);
  const timeline = useMemo(() => timelineOf(runs, roster, nowMs), [runs, roster, nowMs]);
  return (
    <div class="page is-wide">
      <p class="crumbs">
        <a href={addressOf({ page: "runs" })}>
          <Icon name="back" size={16} />
          All runs
        </a>
      </p>
      <Problem text={error} />
      {run && (
        <>
          <RunHead run={run} parts={runs} title={ownerOf({ run }, roster)} nowMs={nowMs} />
          {run.error && (
            <p class="problem">
              <strong>{run.error.code}</strong> {run.error.message}
            </p>
          )}
          <TimelineChart timeline={timeline} rootId={run.runId} />
          <TimeTravel key={run.runId} runId={run.runId} last={runs[0]?.events.at(-1)?.sequence ?? -1} />
          <EventList runs={runs} roster={roster} />
        </>
      )}
    </div>
  );
}

interface RunHeadProperties {
  run: RunSummary;
  /** The run itself and its child runs. */
  parts: readonly FollowedRun[];
  title: string;
  nowMs: number;
}

function RunHead({ run, parts, title, nowMs }: RunHeadProperties): JSX.Element {
  const { api } = useConsole();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const startMs = Date.parse(run.startedAt ?? run.createdAt ?? "");
  const isOver = run.completedAt !== undefined;
  const endMs = isOver ? Date.parse(run.completedAt ?? "") : nowMs;
  const cost = run.metrics?.openwopCost;
  const cancel = () => {
    api.send("POST", `${pathOfRun(run.runId)}/cancel`, {}).catch((error) => setProblem(messageOf(error)));
  };
  return (
    <header class="run-head">
      <div class="run-title">
        <h1>{title}</h1>
        <RunStatus status={run.status} />
        {!isOver && (
          <button type="button" class="button is-small" onClick={cancel}>
            <Icon name="stop" size={16} />
            Cancel
          </button>
        )}
      </div>
      {problem !== undefined && <p class="problem">{problem}</p>}
      <dl class="facts">
        <Fact name="Run">
          <code>{run.runId}</code>
          <CopyButton text={run.runId} label="Copy" />
        </Fact>
        <Fact name="Workflow">
          <code>{run.workflowId}</code>
        </Fact>
        <Fact name="Started">{Number.isNaN(startMs) ? "–" : dateAndTime(startMs)}</Fact>
        <Fact name="Duration">{duration(endMs - startMs)}</Fact>
        <Fact name="Tokens">
          {cost?.tokens ? `${tokens(cost.tokens.input)} in, ${tokens(cost.tokens.output)} out` : "–"}
        </Fact>
        <Fact name="Cost">{cost?.usd === undefined ? "–" : money(cost.usd)}</Fact>
        {parts.length > 1 && <Fact name="With all parts">{totalOf(parts)}</Fact>}
        {cost?.model !== undefined && <Fact name="Model">{cost.model}</Fact>}
        {run.parentRunId !== undefined && (
          <Fact name="Part of">
            <a href={addressOf({ page: "runs", runId: run.parentRunId })}>the run above</a>
          </Fact>
        )}
        {run.sourceRunId !== undefined && (
          <Fact name={run.forkMode === "replay" ? "Replay of" : "Fork of"}>
            <a href={addressOf({ page: "runs", runId: run.sourceRunId })}>another run</a> from event {run.fromSeq}
          </Fact>
        )}
        {run.threadId !== undefined && (
          <Fact name="Thread">
            <a href={addressOf({ page: "chat", threadId: run.threadId })}>Open the chat</a>
          </Fact>
        )}
      </dl>
    </header>
  );
}

/** Tokens and cost of a run together with its child runs. */
function totalOf(parts: readonly FollowedRun[]): string {
  const costs = parts.flatMap(({ run }) => run.metrics?.openwopCost ?? []);
  const count = costs.reduce((sum, { tokens: used }) => sum + (used ? used.input + used.output : 0), 0);
  const usd = costs.reduce((sum, cost) => sum + (cost.usd ?? 0), 0);
  return `${tokens(count)} tokens, ${money(usd)}`;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class={name === "Run" ? "fact-wide" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
