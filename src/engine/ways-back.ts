// The ways back of one gate, as it sees them when it asks and when it is answered.

import type { Graph } from "./graph.ts";
import { loopbackLimitOf, type WaysBack } from "./loopback-edges.ts";
import type { RunState } from "./state.ts";

/** What the gate sees; undefined for a node without a way back. */
export function waysBackOf(graph: Graph, state: RunState, nodeId: string): WaysBack | undefined {
  const ways = graph.loopbacks.get(nodeId);
  if (!ways) return undefined;
  const limit = loopbackLimitOf(graph.definition);
  const iterations = state.loopback?.iterations.get(nodeId) ?? 0;
  const actions = graph.nodes.get(nodeId)?.definition.config.actions;
  const refines = Array.isArray(actions) && actions.includes("refine");
  return {
    iterations,
    limit,
    edgeFor(action, result) {
      if (iterations >= limit) return undefined;
      // Without a condition the way is for `refine`, or for `reject` where the gate knows nothing milder.
      const isPlain = action === "refine" || !refines;
      return ways.find(({ edge }) => (edge.test ? edge.test(result) : isPlain))?.edge.id;
    },
  };
}
