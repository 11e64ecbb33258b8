// Runs: one row each, newest first; a row opens the run.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client.ts";
import type { RosterAgent, RunSummary } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { clockWithSeconds, dayName, duration, useNow } from "../ui/time.ts";
import { money, tokens } from "./event-words.ts";
import { ownerOf } from "./lanes.ts";
import { RunStatus } from "./status.tsx";

const PAGE = 50;
const POLL_MS = 3_000;

interface RunPage {
  runs: RunSummary[];
  nextCursor?: string;
}

export function RunsPage(): JSX.Element {
  const console = useConsole();
  const roster = useCell(console.roster).value?.roster ?? [];
  const { newest, older, cursor, error, loadOlder } = useRuns();
  const nowMs = useNow(1_000, newest?.some((run) => run.completedAt === undefined) ?? false);
  const list = useRef<HTMLTableSectionElement>(null);
  useRowKeys(list);
  const newestIds = new Set(newest?.map((run) => run.runId));
  const runs = [...(newest ?? []), ...older.filter((run) => !newestIds.has(run.runId))];
  return (
    <div class="page is-wide">
      <header class="page-head">
        <h1>Runs</h1>
        <p class="keys muted">
          <kbd>j</kbd> <kbd>k</kbd> move · <kbd>Enter</kbd> open
        </p>
      </header>
      {error !== undefined && newest === undefined && <p class="problem">{error}</p>}
      {newest?.length === 0 && (
        <EmptyState
          icon="runs"
          title="Nothing has run yet"
          text="Every message and every workflow leaves a run here, with all its steps."
          action={{ words: "Write a message", address: "#/chat/new" }}
        />
      )}
      {runs.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Agent or workflow</th>
              <th scope="col">Started</th>
              <th scope="col" class="is-number">
                Duration
              </th>
              <th scope="col" class="is-number">
                Tokens
              </th>
              <th scope="col" class="is-number">
                Cost
              </th>
            </tr>
          </thead>
          <tbody ref={list}>
            {runs.map((run) => (
              <RunRow key={run.runId} run={run} roster={roster} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      )}
      {cursor !== undefined && (
        <button type="button" class="button" onClick={loadOlder}>
          Older runs
        </button>
      )}
    </div>
  );
}

function useRuns() {
  const { api } = useConsole();
  const [newest, setNewest] = useState<RunSummary[] | undefined>(undefined);
  const [older, setOlder] = useState<RunSummary[]>([]);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => {
    const read = () =>
      api.get<RunPage>(`/v1/runs?limit=${PAGE}`).then(
        (page) => {
          setNewest(page.runs);
          setError(undefined);
          // Only before older pages were read: the cursor then leads on from those.
          setCursor((known) => known ?? page.nextCursor);
        },
        (failure) => setError(messageOf(failure)),
      );
    void read();
    const timer = setInterval(() => {
      if (!document.hidden) void read();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [api]);
  const loadOlder = () => {
    if (cursor === undefined) return;
    api.get<RunPage>(`/v1/runs?limit=${PAGE}&cursor=${encodeURIComponent(cursor)}`).then(
      (page) => {
        setOlder([...older, ...page.runs]);
        setCursor(page.nextCursor);
      },
      (failure) => setError(messageOf(failure)),
    );
  };
  return { newest, older, cursor, error, loadOlder };
}

interface RunRowProperties {
  run: RunSummary;
  roster: readonly RosterAgent[];
  nowMs: number;
}

function RunRow({ run, roster, nowMs }: RunRowProperties): JSX.Element {
  const startMs = Date.parse(run.startedAt ?? run.createdAt ?? "");
  const endMs = run.completedAt === undefined ? nowMs : Date.parse(run.completedAt);
  const cost = run.metrics?.openwopCost;
  return (
    <tr>
      <td>
        <RunStatus status={run.status} />
      </td>
      <td class="run-name">
        <a href={addressOf({ page: "runs", runId: run.runId })}>{ownerOf({ run }, roster)}</a>
        <span class="muted">
          {run.parentRunId !== undefined ? "as a part of another run" : run.agent ? run.workflowId : ""}
        </span>
      </td>
      <td>
        {Number.isNaN(startMs) ? "–" : `${dayName(startMs, Math.max(nowMs, startMs))}, ${clockWithSeconds(startMs)}`}
      </td>
      <td class="is-number">{Number.isNaN(startMs) ? "–" : duration(endMs - startMs)}</td>
      <td class="is-number">{cost?.tokens ? tokens(cost.tokens.input + cost.tokens.output) : "–"}</td>
      <td class="is-number">{cost?.usd === undefined ? "–" : money(cost.usd)}</td>
    </tr>
  );
}

function useRowKeys(list: { current: HTMLElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.key !== "j" && event.key !== "k") return;
      const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
      const at = links.indexOf(document.activeElement as HTMLAnchorElement);
      const next = event.key === "j" ? Math.min(links.length - 1, at + 1) : Math.max(0, at - 1);
      links[next]?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [list]);
}
