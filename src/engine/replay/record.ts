// record: events of a fork that are decided before they come here. They are folded and written as they are; the rows
// they once caused belong to the source and do not come along, except for texts of the run itself.

import { type Draft, place } from "../draft.ts";
import { isEnded, type RunState } from "../state.ts";
import type { RecordCommand } from "./command.ts";

/** Whether the events continue the log; those of a repeated command, or of a run that has ended, do not. */
export function followsOn(state: RunState, command: RecordCommand): boolean {
  return !isEnded(state) && state.lastSequence + 1 === command.fromSequence;
}

export function recordEvents(draft: Draft, { events, rows }: RecordCommand): void {
  for (const event of events) place(draft, event);
  draft.rows.push(...rows);
}
