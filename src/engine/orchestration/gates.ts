// Decisions that are not carried out before a person agrees (agents.md §4). Two gates, each with a number of its own:
//
//   floor      how sure the decision says it is; below one half it is asked about, whoever decided
//   threshold  how sure the agent is (`agent.decided`); below it the decision is held (CP-1)
//
// Who says nothing about it is never asked about.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import type { InterruptRequest, NodeContext, NodeEvent } from "../node-type.ts";

/** The protocol's own; an operator could only raise it. */
const CONFIDENCE_FLOOR = 0.5;
/** Below this the decision of an agent waits for a person, unless the run says otherwise. */
const ESCALATION_THRESHOLD = 0.7;

/** Says that a decision is below the floor; undefined: it is not. */
export function belowFloor(
  { runId }: NodeContext,
  decision: OrchestratorDecision,
  escalationKind: "clarify" | "escalate",
): NodeEvent | undefined {
  const confidence = "confidence" in decision ? decision.confidence : undefined;
  if (confidence === undefined || confidence >= CONFIDENCE_FLOOR) return undefined;
  const workerId = decision.kind === "next-worker" ? decision.nextWorkerIds[0] : undefined;
  return {
    type: "core.workflowChain.confidence-escalated",
    payload: {
      confidence,
      floor: CONFIDENCE_FLOOR,
      escalationKind,
      ...(workerId !== undefined && { workerId }),
      parentRunId: runId,
      originalDecision: decision as unknown as JsonObject,
    },
  };
}

/** The question that holds a decision; undefined: the agent is sure enough. */
export function lowConfidence(
  { configurable }: NodeContext,
  agentId: string,
  decision: Json,
  confidence: number | undefined,
): InterruptRequest | undefined {
  const { escalationThreshold } = configurable;
  const threshold = typeof escalationThreshold === "number" ? escalationThreshold : ESCALATION_THRESHOLD;
  if (confidence === undefined || confidence >= threshold) return undefined;
  return { kind: "low-confidence", data: { agentId, threshold, observed: confidence, decision } };
}

const QUESTION = "confirm";
const PROCEED = "proceed";

/** Asks whether a decision below the floor shall be carried out. */
export function confirmation(decision: OrchestratorDecision): InterruptRequest {
  const what = decision.kind === "next-worker" ? `hand on to ${decision.nextWorkerIds.join(", then ")}` : "end the run";
  const sure = "confidence" in decision ? Math.round((decision.confidence ?? 0) * 100) : 0;
  const question = `The supervisor wants to ${what}, and is only ${sure} % sure. Shall it proceed, or stop here?`;
  const schema = { type: "string", enum: [PROCEED, "stop"] };
  return { kind: "clarification", data: { questions: [{ id: QUESTION, question, schema }] } };
}

/** What a person decided, in place of or about the decision that was held. */
export function ratified(answer: Json, held: JsonObject | undefined): OrchestratorDecision {
  const answers = isJsonObject(answer) && isJsonObject(answer.answers) ? answer.answers : undefined;
  if (!answers) return answer as unknown as OrchestratorDecision;
  if (answers[QUESTION] === PROCEED && held) return held as unknown as OrchestratorDecision;
  return { kind: "terminate", reason: "declined" };
}
