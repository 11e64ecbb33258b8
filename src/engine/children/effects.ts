// The effects by which runs speak to each other (ADR 0009), and the one that starts a run below.

import type { ChildCause } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { EffectRequest } from "../node-type.ts";

export const START_RUN_EFFECT = "start-run";
export const CHILD_ENDED_EFFECT = "child-ended";
export const CHILD_STATUS_EFFECT = "child-status";

/** Creating a run is one commit of ours. */
export const START_RUN_TIMEOUT_MS = 30_000;

/** A run to be started. Its id is chosen and in the log before, so that a repetition finds the same run. */
export interface ChildRequest {
  childRunId: string;
  workflowId: string;
  inputs: JsonObject;
  /** Inputs that come from variables which the parent keeps out of its log. */
  sensitive?: string[];
  /** Variables that stay without a value. */
  unset?: string[];
  /** Variables whose values are wanted at the end. */
  harvest?: string[];
  cause?: ChildCause;
  /** Other workflows that must be there too, or nothing is started. */
  needed?: string[];
}

/** The effect that starts a run below. A cancel reaches it by its id, whatever came first. */
export function startRun(ordinal: number, request: ChildRequest): EffectRequest {
  return {
    kind: START_RUN_EFFECT,
    class: "keyed",
    providerKey: `run:${request.workflowId}`,
    ordinal,
    request: { ...request } as unknown as JsonObject,
    timeoutMs: START_RUN_TIMEOUT_MS,
  };
}
