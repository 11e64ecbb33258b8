// What a way back means for the state: the nodes between begin anew, and keep what must not begin anew with them.

import type { Json } from "#protocol/json.ts";
import type { Applier, LoopbackState, NodeState, RunState } from "./state.ts";

const none: LoopbackState = { iterations: new Map(), earlier: new Map(), feedback: new Map() };

/** A node as it was before: now, or when control went back over it. */
export function earlierOf(state: RunState, nodeId: string): NodeState | undefined {
  return state.nodes.get(nodeId) ?? state.loopback?.earlier.get(nodeId);
}

/** How often control went back over a node; what it does in another round is another effect. */
export function roundOf(before: NodeState | undefined): { round?: number } {
  return before?.round === undefined ? {} : { round: before.round };
}

/** Nodes that are to run again. What they came to is kept beside, for what must not begin anew with them. */
export function beginAnew(state: RunState, nodeIds: readonly string[]): void {
  const before = state.loopback ?? none;
  const earlier = new Map(before.earlier);
  for (const nodeId of nodeIds) {
    const node = state.nodes.get(nodeId);
    if (!node) continue;
    if (node.status === "running" || node.status === "retrying") state.busy -= 1;
    const { interrupt: _, turn: _turn, conversation: _conversation, ...kept } = node;
    earlier.set(nodeId, { ...kept, status: "completed", round: (node.round ?? 0) + 1 });
    state.nodes.delete(nodeId);
    state.waiting.delete(nodeId);
  }
  state.loopback = { ...before, earlier };
}

export const loopbackAppliers: Record<string, Applier> = {
  "parley.loopback.taken": (state, event) => {
    const payload = event.payload as { nodeId: string; targetNodeId: string; iteration: number; port: string };
    beginAnew(state, event.payload.nodeIds as string[]);
    const before = state.loopback ?? none;
    state.loopback = {
      earlier: before.earlier,
      iterations: new Map(before.iterations).set(payload.nodeId, payload.iteration),
      feedback: new Map(before.feedback).set(payload.targetNodeId, {
        port: payload.port,
        value: event.payload.feedback as Json,
      }),
    };
  },
};
