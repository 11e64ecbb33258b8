// Decisions that a conformance document brings along, in place of a model's (runs.md §6.4, agents.md §7.1).

import type { OrchestratorDecision } from "#protocol/orchestration.ts";
import type { NodeContext } from "../node-type.ts";
import type { SupervisorConfig } from "./config.ts";

export interface PlannedDecision {
  decision: OrchestratorDecision;
  /** Of the agent that decides, not of the decision. */
  confidence?: number;
}

const END: OrchestratorDecision = { kind: "terminate", reason: "goal-reached" };

/** The one document that has a plan without saying so. */
const LOOP_FIXTURE = "conformance-dispatch-loop";
const loopPlan: readonly OrchestratorDecision[] = [{ kind: "next-worker", nextWorkerIds: ["conformance-noop"] }, END];

/** What the plan says at this point of the run; undefined: there is no plan, a model decides. */
export function plannedDecision({ config, workflow, orchestration }: NodeContext): PlannedDecision | undefined {
  const plan = planOf(config as SupervisorConfig, workflow.id);
  if (!plan) return undefined;
  const decision = plan[orchestration?.steps.length ?? 0];
  // After its end a plan knows one answer only, and is sure of it.
  if (!decision) return { decision: END };
  const { mockConfidence } = config as SupervisorConfig;
  return { decision, ...(mockConfidence !== undefined && { confidence: mockConfidence }) };
}

function planOf(config: SupervisorConfig, workflowId: string): readonly OrchestratorDecision[] | undefined {
  const { mockPendingDecision, mockDispatchPlan, mockDecisions, mockConfidence } = config;
  if (mockPendingDecision) return [mockPendingDecision];
  const plan = mockDispatchPlan ?? mockDecisions;
  if (plan) return plan;
  if (mockConfidence !== undefined) return [END];
  return workflowId === LOOP_FIXTURE && config.prompt === undefined ? loopPlan : undefined;
}
