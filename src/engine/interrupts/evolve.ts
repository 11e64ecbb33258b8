// What the events of parley's own about questions mean for the state.

import type { RunEvent } from "#protocol/events.ts";
import type { Applier, OpenInterrupt, RunState } from "../state.ts";
import { withDelegates } from "./people.ts";

export const interruptAppliers: Record<string, Applier> = {
  "parley.interrupt.vote-recorded": (state, event) => {
    const voter = String(event.payload.voter);
    const action = event.payload.action === "reject" ? "reject" : "accept";
    change(state, event, (interrupt) => ({
      ...interrupt,
      votes: [...interrupt.votes.filter((vote) => vote.voter !== voter), { voter, action }],
    }));
  },
  "parley.interrupt.delegated": (state, event) => {
    change(state, event, ({ data, ...rest }) => ({ ...rest, data: withDelegates(data, [String(event.payload.to)]) }));
  },
  "parley.interrupt.escalated": (state, event) => {
    change(state, event, ({ data, ...rest }) => ({ ...rest, data: withDelegates(data, event.payload.to as string[]) }));
  },
};

function change(state: RunState, event: RunEvent, next: (before: OpenInterrupt) => OpenInterrupt): void {
  const nodeId = event.nodeId ?? String(event.payload.nodeId);
  const node = state.nodes.get(nodeId);
  if (!node?.interrupt || node.interrupt.interruptId !== event.payload.interruptId) return;
  const interrupt = next(node.interrupt);
  state.waiting.set(nodeId, interrupt);
  state.nodes.set(nodeId, { ...node, interrupt });
}
