// The commands of a pause, and which commands it holds back.

import type { DrainPolicy } from "#protocol/pause.ts";
import type { RunState } from "../state.ts";

export interface PauseCommand {
  type: "pause";
  drainPolicy: DrainPolicy;
  reason?: string;
  by: string;
}

export interface ResumeCommand {
  type: "resume";
  reason?: string;
  by: string;
}

/** Commands that a paused run still takes; everything else waits for its rows to be released. */
const takenWhilePaused: ReadonlySet<string> = new Set(["cancel", "resume", "noteCall"]);

/** Whether a pause keeps the command from being looked at. */
export function isHeldBack(state: RunState, command: { type: string }): boolean {
  return state.phase === "paused" && !takenWhilePaused.has(command.type);
}
