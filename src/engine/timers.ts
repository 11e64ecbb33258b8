// Timers of a run: the rows that wake it at a time, and their end. A run has one timer per purpose and node; one that is
// set again takes the place of the one before.

import type { TimerPurpose } from "#ports/rows.ts";
import { stateOf } from "./context.ts";
import type { Draft } from "./draft.ts";

export type NodeTimer = Exclude<TimerPurpose, "run-timeout" | "channel-trigger">;

/** For the attempt that the node is at: of a later one it means nothing. */
export function setNodeTimer(draft: Draft, nodeId: string, purpose: NodeTimer, dueMs: number): void {
  putTimer(draft, purpose, nodeId, stateOf(draft, nodeId).attempt, dueMs);
}

/** The end of the time that the run has, or its undoing. */
export function setRunTimeout(draft: Draft, dueMs: number): void {
  putTimer(draft, "run-timeout", "", 0, dueMs);
}

/** When a channel-write trigger has waited for long enough. */
export function setTriggerTimer(draft: Draft, triggerId: string, dueMs: number): void {
  putTimer(draft, "channel-trigger", triggerId, 0, dueMs);
}

export function endNodeTimer(draft: Draft, nodeId: string, purpose: NodeTimer): void {
  draft.rows.push({ op: "deleteTimer", runId: draft.state.start.runId, purpose, nodeId });
}

function putTimer(draft: Draft, purpose: TimerPurpose, nodeId: string, attempt: number, dueMs: number): void {
  const { runId } = draft.state.start;
  draft.rows.push({ op: "putTimer", timer: { runId, purpose, nodeId, attempt, dueMs } });
}
