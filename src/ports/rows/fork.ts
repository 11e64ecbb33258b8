// What a forked run knows of its source (runs.md §14).

import type { JsonObject } from "#protocol/json.ts";

/** `branch`: goes on live from a point of the source. `replay`: is played again from what the source recorded. */
export type ForkMode = "replay" | "branch";

export interface ForkRef {
  sourceRunId: string;
  /** Events of the source below this sequence are the fixed history of the fork. */
  fromSeq: number;
  mode: ForkMode;
  /** Last sequence of the source when it was forked: a replay reads no further, however long the source still goes on. */
  throughSeq: number;
  /** Id of the principal that forked it; the run belongs to its source's owner. */
  by: string;
  /** Values that a branch begins with in place of its source's. */
  variables?: JsonObject;
}
