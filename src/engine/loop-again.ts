// When a node of an orchestration loop is to begin again: the loop came by.
//
//   The head begins again when every tail that hands back to it has come to its end in the same round, and one of them
//   hands back. What lies behind the head follows it, round by round, by its trigger rule.

import type { Graph, GraphNode } from "./graph.ts";
import { type Readiness, readiness, resultOf } from "./readiness.ts";
import type { NodeState, RunState } from "./state.ts";

/** What is to become now of a node that came to an end before. */
export function readinessAgain(graph: Graph, node: GraphNode, state: RunState): Readiness {
  const { id } = node.definition;
  const own = state.nodes.get(id);
  if (!own || !hasEnded(own)) return "wait";
  const loops = graph.loops.filter(({ body }) => body.includes(id));
  if (loops.length === 0) return "wait";
  const led = loops.filter(({ head }) => head === id);
  if (led.length > 0 && isHandedBack(led, own, state)) return "run";
  const round = own.execution + 1;
  const sources = node.incoming.filter(({ source }) =>
    loops.some((loop) => loop.head !== id && loop.body.includes(source)),
  );
  const followed = sources.length > 0 && sources.every(({ source }) => isThrough(state.nodes.get(source), round));
  return followed ? readiness(graph, node, state) : "wait";
}

function isHandedBack(loops: Graph["loops"], own: NodeState, state: RunState): boolean {
  if (own.status !== "completed") return false;
  const tails = loops.map(({ tail, test }) => ({ node: state.nodes.get(tail), test }));
  if (!tails.every(({ node }) => isThrough(node, own.execution))) return false;
  return tails.some(({ node, test }) => node?.status === "completed" && (test?.(resultOf(node)) ?? true));
}

function isThrough(node: NodeState | undefined, execution: number): boolean {
  return node !== undefined && hasEnded(node) && node.execution === execution;
}

function hasEnded({ status }: NodeState): boolean {
  return status === "completed" || status === "failed" || status === "skipped";
}
