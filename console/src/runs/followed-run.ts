// A run as far as it is known: what is drawn and listed of it.

import type { RunEvent, RunSummary } from "../api/types.ts";

export interface FollowedRun {
  run: RunSummary;
  events: readonly RunEvent[];
  /** 0 for the run that was opened. */
  depth: number;
}
