// What `channel.written` means for the state (runs.md §11.3). A declared channel has a value of its own; any other is
// the run variable of its name.

import type { RunEvent } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";
import { beginAnew } from "../loopback-state.ts";
import type { Applier, RunState } from "../state.ts";
import type { DeclaredChannel } from "./declared.ts";
import { type Folding, reduce } from "./reducers.ts";
import { afterFiring, afterWrite } from "./triggers.ts";

export const channelAppliers: Record<string, Applier> = {
  "channel.written": (state, event, atMs) => {
    const { channel, value = null } = event.payload;
    const name = String(channel);
    const declared = state.channelPlan.declared.get(name);
    const folding = foldingOf(state, event, declared, atMs);
    if (state.channelPlan.triggers.length > 0) {
      state.triggers = afterWrite(state.channelPlan, event, atMs, state.triggers);
    }
    if (!declared) {
      state.variables.set(name, reduce(state.variables.get(name), value, folding));
      return;
    }
    noteVersion(state, event, declared, value);
    state.channels.set(name, reduce(state.channels.get(name), value, folding));
  },
  "parley.trigger.fired": (state, event) => {
    const { triggerId, nodeIds } = event.payload as { triggerId: string; nodeIds: string[] };
    if (!state.triggers) return;
    state.triggers = afterFiring(state.triggers, triggerId, nodeIds);
    beginAnew(state, nodeIds);
  },
};

/** The recorded reducer counts, not the declared one: the channel may have another by now. */
function foldingOf(state: RunState, event: RunEvent, declared: DeclaredChannel | undefined, nowMs: number): Folding {
  const reducer = String(event.payload.reducer);
  return { reducer, nowMs, ...boundsOf(state, declared, event.nodeId) };
}

/** The bounds in force for what this node writes. */
export function boundsOf(
  state: RunState,
  declared: DeclaredChannel | undefined,
  nodeId: string | undefined,
): Pick<Folding, "maxSize" | "ttlMs"> {
  const ttlMs = declared?.ttlMs ?? state.channelPlan.nodeTtlMs.get(nodeId ?? "");
  return {
    ...(declared?.maxSize !== undefined && { maxSize: declared.maxSize }),
    ...(ttlMs !== undefined && { ttlMs }),
  };
}

/** Writes of older versions are kept for whoever reads the channel next: it judges them (evolution.ts). */
function noteVersion(state: RunState, event: RunEvent, declared: DeclaredChannel, value: Json): void {
  const schemaVersion = Number(event.payload.schemaVersion ?? 1);
  if (schemaVersion >= declared.schemaVersion) return;
  const older = state.olderWrites.get(declared.name) ?? [];
  state.olderWrites.set(declared.name, [...older, { eventId: event.eventId, schemaVersion, value }]);
}
