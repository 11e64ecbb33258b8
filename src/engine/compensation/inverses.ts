// Inverses as nodes: while a run undoes its effects, its graph also has the nodes that do so, after all others and
// without edges. They are nodes like any other: effects, retries, questions and crashes are the engine's business.

import type { CompensationPolicy, NodeCompensation } from "#protocol/compensation.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { PortValue, WorkflowNode } from "#protocol/workflows.ts";
import { buildNode, type Graph } from "../graph.ts";
import { APPROVAL_GATE } from "../loop.ts";
import type { NodeTypes } from "../node-type.ts";
import type { RunState } from "../state.ts";
import { isPlanCopied, type Obligation, type Plan } from "./state.ts";

export const COMPENSATION_PREFIX = "compensate:";
/** `artifactType` of the question whether something shall be undone. */
const COMPENSATION_ARTIFACT = "compensation";

/** The first inverse of a node has the plain name. */
export function compensationNodeIdOf(nodeId: string, repetition: number): string {
  return `${COMPENSATION_PREFIX}${nodeId}${repetition === 0 ? "" : `@${repetition}`}`;
}

export function approvalNodeIdOf({ compensationNodeId }: Obligation): string {
  return `${compensationNodeId}:approval`;
}

/** What was made for a plan: each of its inverses takes several decisions, and the obligations stay the same. */
const made = new WeakMap<Plan["obligations"], { from: Graph; types: NodeTypes; graph: Graph }>();

/** The graph to decide on: with the nodes of the plan, where there is one. */
export function workingGraph(graph: Graph, state: RunState, types: NodeTypes): Graph {
  const plan = state.compensation?.plan;
  if (!plan || isPlanCopied(state)) return graph;
  const { obligations } = plan;
  const known = made.get(obligations);
  if (known?.from === graph && known.types === types) return known.graph;
  const withInverses = addInverses(graph, obligations, types);
  made.set(obligations, { from: graph, types, graph: withInverses });
  return withInverses;
}

function addInverses(graph: Graph, obligations: Plan["obligations"], types: NodeTypes): Graph {
  const added = obligations.flatMap((obligation) => {
    const inverse = graph.compensation?.inverses.get(obligation.nodeId);
    if (!inverse) throw new Error(`node ${obligation.nodeId} declares no inverse`);
    const nodes = [inverseOf(obligation, inverse, graph)];
    return obligation.requiresApproval ? [approvalOf(obligation), ...nodes] : nodes;
  });
  const nodes = new Map(graph.nodes);
  for (const node of added) nodes.set(node.id, buildNode(node, nodes.size, graph.definition, types));
  return { ...graph, nodes, order: [...graph.order, ...added.map(({ id }) => id)] };
}

function inverseOf(obligation: Obligation, inverse: NodeCompensation, { compensation }: Graph): WorkflowNode {
  const retry = inverse.retry ?? compensation?.policy.retry;
  return inverseNode(obligation.compensationNodeId, inverse, obligation.inputs ?? {}, retry);
}

/** An inverse as a document would have it. */
export function inverseNode(
  id: string,
  { nodeTypeId, config = {} }: NodeCompensation,
  inputs: JsonObject,
  retry?: CompensationPolicy["retry"],
): WorkflowNode {
  const ports = Object.entries(inputs).map(([port, value]): [string, PortValue] => [port, { type: "static", value }]);
  return {
    id,
    typeId: nodeTypeId,
    name: id,
    position: { x: 0, y: 0 },
    config,
    inputs: Object.fromEntries(ports),
    ...(retry && { settings: { retry } }),
  };
}

function approvalOf(obligation: Obligation): WorkflowNode {
  const { compensationId, nodeId, compensationNodeTypeId, ordinal } = obligation;
  const id = approvalNodeIdOf(obligation);
  const config = {
    title: `Undo what ${nodeId} did?`,
    artifactType: COMPENSATION_ARTIFACT,
    artifactData: { compensationId, nodeId, compensationNodeTypeId, ordinal },
  };
  return { id, typeId: APPROVAL_GATE, name: id, position: { x: 0, y: 0 }, config, inputs: {} };
}
