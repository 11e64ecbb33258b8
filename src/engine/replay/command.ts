// The command by which a fork gets events that are already decided.

import type { InterruptRow, RowOp } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";

export interface RecordCommand {
  type: "record";
  /** Where the first event stands. */
  fromSequence: number;
  /** In order and without a gap; payloads in clear. */
  events: readonly RunEvent[];
  /** Texts that the events refer to. */
  rows: readonly RowOp[];
  /** Given with the last events of a branch's history: what stands open then is opened anew, and the run goes on. */
  opening?: Opening;
}

/** What a branch is opened with (open.ts). */
export interface Opening {
  /** The last event of each node in the history, by node id. */
  lastEvents: ReadonlyMap<string, RunEvent>;
  /** Rows of the source's questions that are open at the fork point, by interrupt id. */
  interrupts: ReadonlyMap<string, InterruptRow>;
  /** Values that take the place of the source's. */
  variables: JsonObject;
}
