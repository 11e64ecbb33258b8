// Graph: a definition made ready to run. Built once per definition hash; never changed afterwards.
//
//   rank       place in the topological order, ties broken by node id, so that the order of events is reproducible
//   incoming   edges into a node; their sources decide, by the trigger rule, whether it runs

import type { Json, JsonObject } from "#protocol/json.ts";
import type { TriggerRule, WorkflowDefinition, WorkflowEdge, WorkflowNode } from "#protocol/workflows.ts";
import { channelPlanOf } from "./channels/declared.ts";
import { compensationOf, type DeclaredCompensation } from "./compensation/declared.ts";
import { compileCondition } from "./expression/condition.ts";
import { type Program, parseExpression } from "./expression/expression.ts";
import { type Loop, loopEdgesOf } from "./loop.ts";
import { type Loopback, loopbackEdgesOf, loopbacksOf } from "./loopback-edges.ts";
import type { NodeType, NodeTypes } from "./node-type.ts";
import { type RetryPolicy, retryPolicyOf } from "./retry.ts";
import type { Defaults } from "./state.ts";

export interface GraphEdge {
  id: string;
  source: string;
  target: string;
  sourceOutput: string | undefined;
  targetInput: string | undefined;
  /** Judges the source's result; absent = always. */
  test?: (result: Json) => boolean;
}

export interface GraphNode {
  definition: WorkflowNode;
  type: NodeType;
  rank: number;
  rule: TriggerRule;
  incoming: GraphEdge[];
  outgoing: GraphEdge[];
  /** Parsed programs of the ports that are expressions. */
  programs: Map<string, Program>;
  retry: RetryPolicy;
  /** 0 = none. */
  timeoutMs: number;
}

export interface Graph {
  definition: WorkflowDefinition;
  hash: string;
  /** Node ids by rank. */
  order: string[];
  nodes: Map<string, GraphNode>;
  /** The orchestration loops; their edges back stand nowhere else. `test` judges the result of the tail. */
  loops: readonly (Loop & Pick<GraphEdge, "test">)[];
  /** Ways back of the gates, by gate; their edges stand nowhere else. */
  loopbacks: ReadonlyMap<string, readonly Loopback<GraphEdge>[]>;
  /** Nodes without outgoing edges, by rank: their ends are the run's end. */
  terminals: string[];
  /** Defaults of the declared variables, and the declared channels. */
  defaults: Defaults;
  /** What the workflow declares about undoing its effects; absent: nothing. */
  compensation?: DeclaredCompensation;
  /** Declared variables whose values must not be shown. */
  sensitiveVariables: string[];
  /** Some variable, channel or output port is sensitive, or effects can be undone: events go through the seal (seal.ts). */
  sensitive: boolean;
}

/** Builds the graph of a definition that `checkDefinition` found sound. Throws when it was not. */
export function buildGraph(definition: WorkflowDefinition, hash: string, types: NodeTypes): Graph {
  const { back, sentBack, forward } = sortedOut(definition);
  const order = orderOf(definition.nodes, forward);
  if (order === undefined) throw new Error(`workflow ${definition.id} has a cycle`);
  forward.sort((a, b) => (a.id < b.id ? -1 : 1));
  const edges = forward.map(buildEdge);
  const nodes = new Map<string, GraphNode>();
  const byId = new Map(definition.nodes.map((node) => [node.id, node]));
  for (const [rank, id] of order.entries())
    nodes.set(id, buildNode(byId.get(id) as WorkflowNode, rank, definition, types));
  for (const edge of edges) {
    nodes.get(edge.source)?.outgoing.push(edge);
    nodes.get(edge.target)?.incoming.push(edge);
  }
  for (const edge of forward.toReversed()) {
    const target = nodes.get(edge.targetNodeId);
    // Edges into one target should agree; if not, the edge with the lowest id decides (runs.md §5.3).
    if (target) target.rule = edge.triggerRule ?? "all_success";
  }
  const compensation = compensationOf(definition);
  const sensitiveVariables = definition.variables.filter((v) => v.sensitive).map((v) => v.name);
  return {
    definition,
    hash,
    order,
    nodes,
    loops: definition.edges.flatMap((edge) => {
      const loop = back.get(edge.id);
      return loop ? [{ ...buildEdge(edge), ...loop }] : [];
    }),
    loopbacks: loopbacksOf(definition.edges.filter(({ id }) => sentBack.has(id)).map(buildEdge), nodes),
    terminals: order.filter((id) => nodes.get(id)?.outgoing.length === 0),
    defaults: {
      variables: variableDefaults(definition),
      channels: channelPlanOf(definition),
      ...(compensation && { compensable: compensation.compensable }),
    },
    ...(compensation && { compensation }),
    sensitiveVariables,
    sensitive:
      // What inverses get to know is kept out of the log.
      compensation !== undefined ||
      sensitiveVariables.length > 0 ||
      Object.values(definition.channels ?? {}).some((channel) => channel.sensitive === true) ||
      definition.nodes.some((node) => Object.values(node.outputSensitivity ?? {}).includes(true)),
  };
}

function variableDefaults({ variables }: WorkflowDefinition): JsonObject {
  const given = variables.filter(({ defaultValue }) => defaultValue !== undefined);
  return Object.fromEntries(given.map(({ name, defaultValue }) => [name, defaultValue as Json]));
}

/** A node without its edges. */
export function buildNode(
  definition: WorkflowNode,
  rank: number,
  workflow: WorkflowDefinition,
  types: NodeTypes,
): GraphNode {
  const type = types.get(definition.typeId);
  if (!type) throw new Error(`unknown node type ${definition.typeId}`);
  const programs = new Map<string, Program>();
  for (const [port, value] of Object.entries(definition.inputs)) {
    if (value.type !== "expression") continue;
    const parsed = parseExpression(value.expression);
    if (!parsed.ok) throw new Error(parsed.error.message);
    programs.set(port, parsed.program);
  }
  const timeout = definition.settings?.timeoutMs;
  return {
    definition,
    type,
    rank,
    rule: "all_success",
    incoming: [],
    outgoing: [],
    programs,
    retry: retryPolicyOf(definition, workflow),
    timeoutMs: typeof timeout === "number" && timeout > 0 ? timeout : 0,
  };
}

function buildEdge(edge: WorkflowEdge): GraphEdge {
  const built: GraphEdge = {
    id: edge.id,
    source: edge.sourceNodeId,
    target: edge.targetNodeId,
    sourceOutput: edge.sourceOutput,
    targetInput: edge.targetInput,
  };
  if (edge.condition) {
    const condition = compileCondition(edge.condition as Parameters<typeof compileCondition>[0]);
    if (!condition.ok) throw new Error(condition.error.message);
    built.test = condition.test;
  }
  return built;
}

type Shape = Pick<WorkflowDefinition, "nodes" | "edges">;

/** The edges back of the orchestration loops, those of the gates, and all others. */
function sortedOut(definition: Shape) {
  const back = loopEdgesOf(definition);
  const sentBack = loopbackEdgesOf(definition, back);
  const forward = definition.edges.filter(({ id }) => !back.has(id) && !sentBack.has(id));
  return { back, sentBack, forward };
}

/**
 * Node ids in topological order, the smallest ready id first; undefined when there is a cycle that is not an
 * orchestration loop and no way back of a gate.
 */
export function topologicalOrder(definition: Shape): string[] | undefined {
  return orderOf(definition.nodes, sortedOut(definition).forward);
}

/** Kahn's algorithm; the frontier is kept sorted by binary insertion. */
function orderOf(nodes: Shape["nodes"], forward: Shape["edges"]): string[] | undefined {
  const open = new Map<string, number>(nodes.map((node) => [node.id, 0]));
  const targets = new Map<string, string[]>();
  for (const edge of forward) {
    open.set(edge.targetNodeId, (open.get(edge.targetNodeId) ?? 0) + 1);
    const list = targets.get(edge.sourceNodeId);
    if (list) list.push(edge.targetNodeId);
    else targets.set(edge.sourceNodeId, [edge.targetNodeId]);
  }
  const order: string[] = [];
  // Largest first, so that taking the smallest is a pop.
  const frontier = nodes
    .map((node) => node.id)
    .filter((id) => open.get(id) === 0)
    .sort()
    .reverse();
  for (let id = frontier.pop(); id !== undefined; id = frontier.pop()) {
    order.push(id);
    for (const target of targets.get(id) ?? []) {
      const left = (open.get(target) ?? 0) - 1;
      open.set(target, left);
      if (left === 0) insertDescending(frontier, target);
    }
  }
  return order.length === nodes.length ? order : undefined;
}

function insertDescending(list: string[], id: string): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as string) > id) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, id);
}
