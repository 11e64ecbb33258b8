// Rows while a run is paused: its timers do not fire, and what its effects brought back is kept for later.

import type { JsonObject } from "#protocol/json.ts";

/** All change nothing when what they name is not there. */
export type PauseOp =
  /** Timers of the run are due no more, until they are released. */
  | { op: "holdTimers"; runId: string }
  /** Held timers are due again; those that measure how long something works move by the time it stood still. */
  | { op: "releaseTimers"; runId: string; pausedMs: number }
  /** An open effect has its result, and stays open until its run takes it. */
  | { op: "keepEffectResult"; effectId: string; result: JsonObject }
  /** Open effects of one node: it will begin anew. */
  | { op: "dropEffects"; runId: string; nodeId: string };

/** Timers of these purposes bound how long something may work; a pause does not count. */
export const workTimers = ["run-timeout", "node-timeout"] as const;
