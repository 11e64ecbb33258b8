// Whether a node may run now: the trigger rules over its incoming edges (runs.md §5.3).
//
// An edge contributes what its source came to. It contributes nothing ("skipped") when its condition is false, when the
// source was skipped, or when the source chooses the way and did not write this edge's port.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { TriggerRule } from "#protocol/workflows.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph.ts";
import type { NodeState, RunState } from "./state.ts";

export type Contribution = "pending" | "completed" | "failed" | "skipped";
export type Readiness = "wait" | "run" | "skip";

export function readiness(graph: Graph, node: GraphNode, state: RunState): Readiness {
  if (node.incoming.length === 0) return awaitsTrigger(node, state) ? "wait" : "run";
  const tally = { pending: 0, completed: 0, failed: 0, skipped: 0 };
  for (const edge of node.incoming) tally[contribution(graph, edge, state)] += 1;
  return judge(node.rule, tally);
}

/** A node of a channel-write trigger starts when a write fires it (runs.md §11.5). */
function awaitsTrigger({ definition: { id } }: GraphNode, { channelPlan, triggers }: RunState): boolean {
  return channelPlan.triggered.has(id) && triggers?.fired.has(id) !== true;
}

/** What one edge brings to its target. */
export function contribution(graph: Graph, edge: GraphEdge, state: RunState): Contribution {
  const source = state.nodes.get(edge.source);
  if (source === undefined) return "pending";
  switch (source.status) {
    case "running":
    case "waiting":
    case "retrying":
      return "pending";
    case "skipped":
      return "skipped";
    case "cancelled":
    case "failed":
      return edge.test && !edge.test(resultOf(source)) ? "skipped" : "failed";
    case "completed":
      return isTaken(graph, edge, source) ? "completed" : "skipped";
  }
}

function isTaken(graph: Graph, edge: GraphEdge, source: NodeState): boolean {
  const routes = graph.nodes.get(edge.source)?.type.routes === true;
  if (routes && edge.sourceOutput !== undefined && !Object.hasOwn(source.outputs ?? {}, edge.sourceOutput))
    return false;
  return edge.test === undefined || edge.test(resultOf(source));
}

/** What conditions see of a node that has ended. */
export function resultOf(node: NodeState): JsonObject {
  const outputs = node.outputs ?? {};
  return {
    status: node.status,
    outputs,
    ...(Object.hasOwn(outputs, "output") && { output: outputs.output as Json }),
    ...(node.error && { error: { code: node.error.code, message: node.error.message } }),
  };
}

export function judge(rule: TriggerRule, tally: Readonly<Record<Contribution, number>>): Readiness {
  const allEnded = tally.pending === 0;
  switch (rule) {
    case "all_success":
      if (!allEnded) return "wait";
      return tally.failed === 0 && tally.completed > 0 ? "run" : "skip";
    case "any_success":
      if (tally.completed > 0) return "run";
      return allEnded ? "skip" : "wait";
    case "all_complete":
      return allEnded ? "run" : "wait";
    case "none_failed":
      if (tally.failed > 0) return "skip";
      return allEnded ? "run" : "wait";
    case "any_failed":
      if (tally.failed > 0) return "run";
      return allEnded ? "skip" : "wait";
  }
}
