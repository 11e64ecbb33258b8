// What the events of a pause mean for the state. In the history that a fork took over, and in a replay, they mean
// nothing: what was paused there is not paused here (runs.md §8), and nobody would resume it.

import type { Applier, NodeState, RunState } from "../state.ts";

function own(apply: Applier): Applier {
  return (state, event, atMs) => {
    const { fork } = state.start;
    if (fork && (fork.mode === "replay" || event.sequence < fork.fromSeq)) return;
    apply(state, event, atMs);
  };
}

export const pauseAppliers: Record<string, Applier> = {
  "parley.run.pause-requested": own((state, event) => {
    state.pausing = event.payload;
  }),
  "parley.run.pause-withdrawn": own((state) => {
    delete state.pausing;
  }),
  "run.paused": own((state, event, atMs) => {
    const { interruptedNodes = [] } = event.payload as { interruptedNodes?: string[] };
    state.phase = "paused";
    state.pausedAtMs = atMs;
    state.interrupted = interruptedNodes;
    delete state.pausing;
    for (const nodeId of interruptedNodes) interrupt(state, nodeId);
  }),
  "run.resumed": own((state, _event, atMs) => {
    state.phase = "running";
    state.pausedMs += atMs - (state.pausedAtMs ?? atMs);
    state.interrupted = [];
    delete state.pausedAtMs;
  }),
};

/** It stays among the busy nodes: on resume it begins again. */
function interrupt(state: RunState, nodeId: string): void {
  const node = state.nodes.get(nodeId);
  if (!node) return;
  const restarts = (node.restarts ?? 0) + 1;
  state.nodes.set(nodeId, { ...node, status: "retrying", restarts } satisfies NodeState);
}
