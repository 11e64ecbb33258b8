// What the discovery document says about runs below runs (agents.md §2, §9; docs/adr/0012).

import type { JsonObject } from "#protocol/json.ts";

/** Version 3: loop and hand-over, the floor of confidence, and causes across hosts, of which this host makes none yet. */
const EXECUTION_MODEL_VERSION = 3;

/** Members of the document's root. Two of them mirror members of `agents`. */
export function orchestrationClaims(hostId: string): JsonObject {
  return {
    orchestrator: { supported: true },
    dispatch: { supported: true },
    subWorkflow: { inputMapping: true },
    multiAgent: {
      executionModel: {
        supported: true,
        version: EXECUTION_MODEL_VERSION,
        confidenceEscalationInterruptKind: "clarification",
        crossHostCausation: { supported: true, hostId, ancestryEndpointSupported: true },
      },
    },
  };
}

/** Members of `agents`. */
export const orchestrationOfAgents = { orchestrator: true, dispatch: true, dispatchMapping: true } as const;
