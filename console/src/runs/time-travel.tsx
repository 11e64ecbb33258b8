// A run as it was: a slider over its events, what stood after each of them, and two ways on from there.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { BASE, messageOf, pathOfRun } from "../api/client.ts";
import type { Json } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { addressOf } from "../shell/router.ts";
import { Problem } from "../ui/problem.tsx";
import { RunStatus } from "./status.tsx";

/** Sliding asks once it rests. */
const REST_MS = 120;

interface StateAt {
  status: string;
  atSeq: number;
  variables?: Record<string, Json>;
  channels?: Record<string, Json>;
  nodeStates?: Record<string, { status: string; attempts?: number }>;
}

export function TimeTravel({ runId, last }: { runId: string; last: number }): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  if (last < 0) return null;
  const at = Math.min(chosen ?? last, last);
  return (
    <details class="travel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>State at an event, fork and replay</summary>
      {isOpen && (
        <>
          <label class="field">
            <span>
              After event {at} of {last}
            </span>
            <input
              type="range"
              class="travel-slider"
              min={0}
              max={last}
              value={at}
              onInput={(event) => setChosen(Number(event.currentTarget.value))}
            />
          </label>
          <StateView runId={runId} at={at} />
          <WaysOn runId={runId} at={at} />
        </>
      )}
    </details>
  );
}

function StateView({ runId, at }: { runId: string; at: number }): JSX.Element | null {
  const { api } = useConsole();
  const [{ state, problem }, setShown] = useState<{ state?: StateAt; problem?: string }>({});
  useEffect(() => {
    let isLate = false;
    const timer = setTimeout(() => {
      api
        .get<StateAt>(`${BASE}/runs/${encodeURIComponent(runId)}/state?atSequence=${at}`)
        .then((found) => !isLate && setShown({ state: found }))
        .catch((error) => !isLate && setShown({ problem: messageOf(error) }));
    }, REST_MS);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [api, runId, at]);
  if (problem !== undefined) return <p class="problem">{problem}</p>;
  if (!state) return null;
  const values = [...Object.entries(state.variables ?? {}), ...Object.entries(state.channels ?? {})];
  return (
    <div class="travel-state" aria-live="polite" data-at={state.atSeq}>
      <p>
        <RunStatus status={state.status} />
      </p>
      <dl class="facts">
        {Object.entries(state.nodeStates ?? {}).map(([nodeId, node]) => (
          <div key={nodeId}>
            <dt>{nodeId}</dt>
            <dd>{node.status}</dd>
          </div>
        ))}
      </dl>
      {values.length > 0 && (
        <dl class="travel-values">
          {values.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{JSON.stringify(value)}</code>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function WaysOn({ runId, at }: { runId: string; at: number }): JSX.Element {
  const { api } = useConsole();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isSending, setSending] = useState(false);
  const fork = (mode: "branch" | "replay") => {
    setSending(true);
    setProblem(undefined);
    api
      .send<{ runId: string }>("POST", `${pathOfRun(runId)}:fork`, { mode, fromSeq: at })
      .then((forked) => {
        location.hash = addressOf({ page: "runs", runId: forked.runId });
      })
      .catch((error) => setProblem(messageOf(error)))
      .finally(() => setSending(false));
  };
  return (
    <div class="travel-ways">
      <button type="button" class="button is-small" disabled={isSending} onClick={() => fork("branch")}>
        Fork from event {at}
      </button>
      <button type="button" class="button is-small" disabled={isSending} onClick={() => fork("replay")}>
        Replay from event {at}
      </button>
      <p class="muted">
        A fork lives on from this event: it asks its questions again, and what it does outside, such as calls to models
        and tools, is done again. A replay reads everything from the record and does nothing outside.
      </p>
      <Problem text={problem} />
    </div>
  );
}
