// What a supervisor is made of: in parley's own documents a whole agent of the roster, in all others a prompt, a model
// and the workers it may choose among.

import type { JsonObject } from "#protocol/json.ts";
import { AnyDecision } from "#protocol/orchestration.ts";
import Type, { type Static } from "#protocol/type.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import { SUPERVISOR } from "../loop.ts";
import type { NodeContext, NodeProblem, Offered } from "../node-type.ts";
import { type AgentConfig, agentConfigOf, type Colleague } from "../turn/config.ts";

const Text = Type.String({ minLength: 1 });

export const SupervisorConfig = Type.Object({
  prompt: Type.Optional(Text),
  model: Type.Optional(Type.String({ minLength: 1, description: "Alias under `models` in the configuration." })),
  agentId: Type.Optional(Type.String({ minLength: 3, maxLength: 256 })),
  /** Workflows it may choose among; absent: whatever the prompt says. */
  workers: Type.Optional(Type.Array(Type.Object({ workflowId: Text, description: Type.Optional(Type.String()) }))),
  iterationCap: Type.Optional(Type.Integer({ minimum: 1 })),
  mockDispatchPlan: Type.Optional(Type.Array(AnyDecision)),
  mockDecisions: Type.Optional(Type.Array(AnyDecision)),
  mockConfidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  mockPendingDecision: Type.Optional(AnyDecision),
});
export type SupervisorConfig = Static<typeof SupervisorConfig>;

/** Offered only where `conformance.mockAgent` is. */
export const MOCK_AGENT = "core.conformance.mock-agent";

const mockKeys = ["mockDispatchPlan", "mockDecisions", "mockConfidence", "mockPendingDecision"] as const;

/** Config that says what to decide is for conformance documents; that of a roster agent for the documents we ship. */
export function checkSupervisor({ config }: WorkflowNode, { id }: WorkflowDefinition, offered: Offered): NodeProblem[] {
  if (Object.hasOwn(config, "manifestHash")) {
    return [{ path: "config.manifestHash", message: "Only agents of this host's own roster have a manifest here." }];
  }
  if (id.startsWith("conformance-") || offered.nodeType(MOCK_AGENT)) return [];
  return mockKeys
    .filter((key) => Object.hasOwn(config, key))
    .map((key) => ({
      path: `config.${key}`,
      message: "This is for conformance workflows.",
      requiredCapability: "conformance.mockAgent",
    }));
}

/** A supervisor of parley's own roster: no other document can have such a config. */
export function isShippedSupervisor({ typeId, config }: Pick<WorkflowNode, "typeId" | "config">): boolean {
  return typeId === SUPERVISOR && Object.hasOwn(config, "manifestHash");
}

/** A workflow of parley's own roster: its workers are agents, its words are for people. */
export function isRoster({ workflow }: Pick<NodeContext, "workflow">): boolean {
  return workflow.nodes.some(isShippedSupervisor);
}

/** The agent that a node runs, whichever kind of document it stands in. */
export function agentOfNode(node: Pick<WorkflowNode, "typeId" | "config" | "agent" | "name">): AgentConfig {
  if (node.typeId !== SUPERVISOR || isShippedSupervisor(node)) return agentConfigOf(node.config as JsonObject);
  const config = node.config as SupervisorConfig;
  const agentId = config.agentId ?? node.agent?.agentId ?? SUPERVISOR;
  return {
    agent: agentId,
    agentId,
    persona: node.agent?.name ?? node.name,
    modelClass: node.agent?.modelClass ?? "reasoning",
    model: config.model ?? "default",
    systemPrompt: [config.prompt ?? "You decide what happens next in this workflow.", INSTRUCTIONS].join("\n\n"),
    promptRef: INLINE,
    promptHash: INLINE,
    manifestHash: INLINE,
    tools: [],
    colleagues: (config.workers ?? []).map(colleagueOf),
    // The loop has bounds of its own (bounds.ts).
    bounds: { maxRounds: NO_BOUND, maxTokens: NO_BOUND, maxWallMs: NO_BOUND },
  };
}

/** In place of hashes, for an agent that is no more than its node. */
export const INLINE = "inline";

const NO_BOUND = Number.MAX_SAFE_INTEGER;

const INSTRUCTIONS =
  'Answer with one JSON object {"decision": …}. The decision is one of {"kind": "next-worker", "nextWorkerIds": [workflow ' +
  'ids]}, {"kind": "ask-user", "prompt": a question} and {"kind": "terminate", "reason": why}; "confidence" from 0 to 1 ' +
  "says how sure you are.";

function colleagueOf({
  workflowId,
  description = workflowId,
}: {
  workflowId: string;
  description?: string;
}): Colleague {
  return { rosterId: workflowId, workflowId, persona: workflowId, agentId: workflowId, description };
}
