// Tapes: what a node, or the run itself, wrote in the run that is played again, and how far the replay has come in it.

import type { RunError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";

export interface Tape {
  events: RunEvent[];
  /** How many of them are behind the replay. */
  at: number;
}

export function headOf(tape: Tape | undefined): RunEvent | undefined {
  return tape?.events[tape.at];
}

/** Goes past the beginning of this attempt; false: the source has none from here on. */
export function passBeginning(tape: Tape, attempt: number): boolean {
  for (let at = tape.at; at < tape.events.length; at += 1) {
    const { type, payload } = tape.events[at] as RunEvent;
    if (type !== "node.started" || Number(payload.attempt ?? 0) !== attempt) continue;
    tape.at = at + 1;
    return true;
  }
  return false;
}

/** The source is a branch that was forked in the middle of this attempt (open.ts, O5). */
export function wasCutOff(tape: Tape): boolean {
  for (let at = tape.at; at < tape.events.length; at += 1) {
    const { type, payload } = tape.events[at] as RunEvent;
    if (type === "node.retried") return (payload.lastError as unknown as RunError).code === "interrupted";
    if (type === "node.completed" || type === "node.failed") return false;
  }
  return false;
}

/** Goes past what an attempt wrote that was executed again. */
export function passAttempt(tape: Tape): void {
  while (tape.at < tape.events.length && tape.events[tape.at]?.type !== "node.started") tape.at += 1;
}
