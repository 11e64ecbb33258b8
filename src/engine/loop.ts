// The orchestration loop: the one cycle that a workflow may have without an approval gate. It goes through a supervisor
// or a dispatch: a dispatch hands back to its supervisor, which decides again, until it says that the run is over
// (runs.md §5.4, agents.md §9.1).
//
//   L1. The edge back ends or begins at a supervisor or a dispatch. Any other cycle makes the document unsound.
//   L2. An edge that leads from a dispatch to a supervisor is taken for the edge back before any other; then one that
//       leads to a supervisor, one that leads to a dispatch, one that leaves either.

import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { lineageOf } from "./reach.ts";

export const SUPERVISOR = "core.orchestrator.supervisor";
export const DISPATCH = "core.dispatch";
export const APPROVAL_GATE = "core.approvalGate";

/** Where a loop begins, where it hands back, and the nodes on the ways between, both ends included. */
export interface Loop {
  edgeId: string;
  head: string;
  tail: string;
  body: readonly string[];
}

type Shape = Pick<WorkflowDefinition, "nodes" | "edges">;
type Edge = Shape["edges"][number];

/** The edges back by their ids: they are no part of the order of the graph. */
export function loopEdgesOf({ nodes, edges }: Shape): Map<string, Loop> {
  const typeOf = new Map(nodes.map(({ id, typeId }) => [id, typeId]));
  if (!nodes.some(({ typeId }) => isLoopNode(typeId))) return new Map();
  // A gate's own way back is another kind of cycle (loopback.ts), unless it leads into the loop.
  const walked = edges.filter((edge) => {
    return typeOf.get(edge.sourceNodeId) !== APPROVAL_GATE || isLoopNode(typeOf.get(edge.targetNodeId));
  });
  const back = new Map<string, Edge>();
  for (const isCandidate of candidates(typeOf)) {
    for (const edge of walked.filter(isCandidate)) {
      const rest = walked.filter((other) => other.id !== edge.id && !back.has(other.id));
      if (!back.has(edge.id) && lineageOf(edge.targetNodeId, rest).has(edge.sourceNodeId)) back.set(edge.id, edge);
    }
  }
  const forward = edges.filter((edge) => !back.has(edge.id));
  return new Map([...back].map(([edgeId, edge]) => [edgeId, loopOf(edge, forward)]));
}

function isLoopNode(typeId: string | undefined): boolean {
  return typeId === SUPERVISOR || typeId === DISPATCH;
}

/** Which edges may be edges back, the likeliest first (L2). */
function candidates(typeOf: ReadonlyMap<string, string>): ((edge: Edge) => boolean)[] {
  const from = (edge: Edge) => typeOf.get(edge.sourceNodeId);
  const to = (edge: Edge) => typeOf.get(edge.targetNodeId);
  return [
    (edge) => from(edge) === DISPATCH && to(edge) === SUPERVISOR,
    (edge) => to(edge) === SUPERVISOR,
    (edge) => to(edge) === DISPATCH,
    (edge) => isLoopNode(from(edge)),
  ];
}

function loopOf({ id, sourceNodeId: tail, targetNodeId: head }: Edge, forward: readonly Edge[]): Loop {
  const turned = forward.map((edge) => ({ sourceNodeId: edge.targetNodeId, targetNodeId: edge.sourceNodeId }));
  const above = lineageOf(tail, turned);
  return { edgeId: id, head, tail, body: [...lineageOf(head, forward)].filter((nodeId) => above.has(nodeId)) };
}
