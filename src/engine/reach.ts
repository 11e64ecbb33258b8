// What can be reached in a graph, step by step.

import type { WorkflowEdge } from "#protocol/workflows.ts";

/** `start`, and all that `next` leads to from it, in the order in which it is found. */
export function reach(start: string, next: (id: string) => Iterable<string>): Set<string> {
  const reached = new Set([start]);
  for (const id of reached) for (const other of next(id)) reached.add(other);
  return reached;
}

/** A node and all that edges of a document lead to from it. */
export function lineageOf(
  nodeId: string,
  edges: readonly Pick<WorkflowEdge, "sourceNodeId" | "targetNodeId">[],
): Set<string> {
  const targets = new Map<string, string[]>();
  for (const { sourceNodeId, targetNodeId } of edges) {
    const list = targets.get(sourceNodeId);
    if (list) list.push(targetNodeId);
    else targets.set(sourceNodeId, [targetNodeId]);
  }
  return reach(nodeId, (id) => targets.get(id) ?? []);
}
