// The one line that says what is being done right now, for how long, and how to stop it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { pathOf } from "../agents/names.ts";
import type { Activity } from "../api/types.ts";
import { useConsole } from "../shell/context.ts";
import { useCell } from "../ui/cell.ts";
import { Icon } from "../ui/icons.tsx";
import { presentMs, seconds, useNow } from "../ui/time.ts";
import type { LiveThread } from "./live-thread.ts";

/** What the daemon calls a model call before its first word. */
const THINKING = "thinking";

export interface WorkingProperties {
  thread: LiveThread;
  runId: string;
  /** It goes on when a question above is answered. */
  isAsking: boolean;
  onProblem: (error: unknown) => void;
}

export function WorkingLine({ thread, runId, isAsking, onProblem }: WorkingProperties): JSX.Element {
  const roster = useCell(useConsole().roster).value?.roster;
  const { activity, live } = useCell(thread.state);
  const [isStopping, setStopping] = useState(false);
  const [sinceMs] = useState(presentMs);
  const nowMs = useNow(1_000);
  const current = activity?.runId === runId ? activity : undefined;
  const { who, doing } = spoken(current, live.get(runId) ?? "");
  const isDown = useCell(useConsole().connection.downSince) !== undefined;
  const words = isStopping ? "stopping" : isAsking ? "waiting for your answer" : doing;
  const stop = () => {
    setStopping(true);
    thread.stop().catch((error) => {
      setStopping(false);
      onProblem(error);
    });
  };
  return (
    <div class="working">
      <span class={`pulse ${isAsking ? "is-waiting" : isDown ? "is-still" : ""}`} aria-hidden="true" />
      <p class="working-text" role="status">
        <strong>{who ?? pathOf(current?.agent, roster)}</strong>: {words}
      </p>
      {!isAsking && !isDown && <span class="working-time">{seconds(nowMs - (current?.sinceMs ?? sinceMs))}</span>}
      <button type="button" class="button is-small" disabled={isStopping} onClick={stop}>
        <Icon name="stop" size={16} />
        Stop
      </button>
    </div>
  );
}

/** Who does what, of "Chief → Researcher: searching notes". The first text that is typed ends the thinking. */
function spoken(activity: Activity | undefined, typed: string): { who: string | undefined; doing: string } {
  const [, who, said] = /^([^:]+): (.+)$/s.exec(activity?.text ?? "") ?? [];
  const doing = said ?? activity?.text ?? THINKING;
  return { who, doing: doing === THINKING && typed !== "" ? "writing" : doing };
}
