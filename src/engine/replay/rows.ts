// The guard of replays: what a run that is played again, or whose history is still being copied, may change outside of
// its own log. Denied by default: a row that is not named here is not written, whoever planned it (runs.md §14.3).

import type { RowOp } from "#ports/rows.ts";
import type { RunStatus } from "#protocol/status.ts";
import { isCopying, isEnded, type RunState, statusOf } from "../state.ts";

/** Changes of what belongs to the run alone: its texts, and the end of its own rows. */
const own: ReadonlySet<RowOp["op"]> = new Set(["putContent", "endRun"]);

/** Whether a decision on this state may change nothing but the run itself: what stands open in it is its source's. */
export function isWithheld(state: RunState): boolean {
  return state.start.fork?.mode === "replay" || isCopying(state);
}

/**
 * The status of such a run, as it is seen from outside. It waits for nobody: the questions in its log are its source's.
 */
export function statusAtWork(state: RunState): RunStatus {
  if (isEnded(state)) return statusOf(state);
  return isCopying(state) || state.phase === "pending" ? "pending" : "running";
}

export function ownRows(rows: RowOp[]): RowOp[] {
  return rows.filter(({ op }) => own.has(op));
}
