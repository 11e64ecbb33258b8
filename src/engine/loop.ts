// The orchestration loop: the one cycle a workflow may have. A dispatch hands back to its supervisor, which decides
// again, until it says that the run is over (runs.md §5.4, agents.md §9.1).

import type { WorkflowDefinition } from "#protocol/workflows.ts";

export const SUPERVISOR = "core.orchestrator.supervisor";
export const DISPATCH = "core.dispatch";

/** A supervisor and the dispatch that hands back to it. */
export interface Loop {
  supervisor: string;
  dispatch: string;
}

/** Ids of the edges that lead from a dispatch back to its supervisor: they are no part of the order of the graph. */
export function loopEdgesOf({ nodes, edges }: Pick<WorkflowDefinition, "nodes" | "edges">): Map<string, Loop> {
  const ofType = (typeId: string) => new Set(nodes.filter((node) => node.typeId === typeId).map((node) => node.id));
  const supervisors = ofType(SUPERVISOR);
  const dispatches = ofType(DISPATCH);
  const found = new Map<string, Loop>();
  for (const { id, sourceNodeId, targetNodeId } of edges) {
    if (!dispatches.has(sourceNodeId) || !supervisors.has(targetNodeId)) continue;
    found.set(id, { supervisor: targetNodeId, dispatch: sourceNodeId });
  }
  return found;
}
