// The plan: what a run that fails or is cancelled has to undo, in which order, and what each inverse gets to know.
// Made once, from recorded facts only; the same log always gives the same plan.

import { sha256Base64Url } from "#protocol/canonical.ts";
import type { NodeCompensation } from "#protocol/compensation.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Graph } from "../graph.ts";
import type { RunState } from "../state.ts";
import type { DeclaredCompensation } from "./declared.ts";
import { resolveFacts } from "./facts.ts";
import { compensationNodeIdOf } from "./inverses.ts";
import type { Forward, Obligation } from "./state.ts";

/** Obligations in the order in which they are met, and the nodes whose effects stay. */
export function planOf(
  graph: Graph,
  state: RunState,
  declared: DeclaredCompensation,
): { obligations: Obligation[]; irreversibleNodeIds: string[] } {
  const { forward = [], compensable } = state.compensation ?? {};
  const undone = forward.filter(({ nodeId }) => declared.inverses.has(nodeId));
  const obligations = undone.map((one, ordinal) => obligationOf(state, declared, one, ordinal));
  const stay = forward.filter(({ nodeId }) => compensable?.irreversible.has(nodeId)).map(({ nodeId }) => nodeId);
  const rankOf = ({ nodeId }: Obligation) => graph.nodes.get(nodeId)?.rank ?? 0;
  const latestFirst = (a: Obligation, b: Obligation) => b.ordinal - a.ordinal;
  const order =
    declared.policy.orderingModel === "reverse-completion"
      ? latestFirst
      : (a: Obligation, b: Obligation) => rankOf(b) - rankOf(a) || latestFirst(a, b);
  return { obligations: obligations.sort(order), irreversibleNodeIds: [...new Set(stay)] };
}

function obligationOf(
  state: RunState,
  { policy, inverses }: DeclaredCompensation,
  { nodeId, repetition, outputs }: Forward,
  ordinal: number,
): Obligation {
  const { tenantId, runId } = state.start;
  const { profileVersion } = policy;
  const inverse = inverses.get(nodeId) as NodeCompensation;
  const forwardLogicalInvocationId = digest("parley:forward:v1", tenantId, runId, nodeId, repetition);
  const inputs = inputsOf(state, inverse, nodeId, outputs);
  return {
    compensationId: digest(
      "parley:compensation:v1",
      tenantId,
      runId,
      forwardLogicalInvocationId,
      ordinal,
      profileVersion,
    ),
    nodeId,
    forwardLogicalInvocationId,
    ordinal,
    profileVersion,
    compensationNodeId: compensationNodeIdOf(nodeId, repetition),
    compensationNodeTypeId: inverse.nodeTypeId,
    requiresApproval: needsApproval(policy, inverse),
    ...(inputs ? { inputs } : { unresolved: true }),
  };
}

/** What the execution itself put out, and what every other node did last. */
function inputsOf(
  { nodes, inputs }: RunState,
  { inputMapping = {} }: NodeCompensation,
  ownId: string,
  own: JsonObject,
): JsonObject | undefined {
  return resolveFacts(inputMapping, (nodeId) => (nodeId === ownId ? own : nodes.get(nodeId)?.outputs), inputs);
}

function needsApproval(
  { approvalScope }: DeclaredCompensation["policy"],
  { requiresApproval, waiveRequiresApproval }: NodeCompensation,
): boolean {
  if (requiresApproval) return true;
  return approvalScope === "all" && !waiveRequiresApproval;
}

function digest(...parts: (string | number)[]): string {
  return sha256Base64Url(parts.map(String).join("\0"));
}
