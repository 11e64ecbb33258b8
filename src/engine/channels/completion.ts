// What a node that completes writes: channels first, then variables, both before `node.completed` (runs.md §11.3).

import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "../draft.ts";
import { deepEqual } from "../expression/deep-equal.ts";
import type { GraphNode } from "../graph.ts";
import { legacyReducer } from "./legacy.ts";
import { writeChannel } from "./write.ts";
import type { ChannelWrite } from "./writes.ts";

/** What is to be written. */
export interface StateWrites {
  variables?: JsonObject;
  channelWrites?: readonly ChannelWrite[];
}

export type StateWritten = { ok: true; sizes: JsonObject } | { ok: false; error: RunError };

/** Writes one after the other. The first that is refused fails the node; what was written before it stands. */
export function writeState(draft: Draft, node: GraphNode, { variables, channelWrites }: StateWrites): StateWritten {
  const names = variables ? Object.keys(variables) : [];
  const declared = names.find((name) => draft.state.channelPlan.declared.has(name));
  if (declared !== undefined) return { ok: false, error: notAVariable(declared) };
  const sizes: JsonObject = {};
  for (const write of channelWrites ?? []) {
    const written = writeChannel(draft, node, write);
    if (!written.ok) return written;
    if (write.sizePort !== undefined) sizes[write.sizePort] = written.size;
  }
  for (const name of names) {
    const written = changeVariable(draft, node, name, variables?.[name] as Json);
    if (!written.ok) return written;
  }
  return { ok: true, sizes };
}

function notAVariable(channel: string): RunError {
  const message = `${channel} is a declared channel: it is written by core.channelWrite, not as a variable.`;
  return { code: "validation_error", message, details: { channel, variable: channel } };
}

/** A name with the beginning of an old channel is folded as one, and the variable takes what came of it. */
function changeVariable(draft: Draft, node: GraphNode, name: string, value: Json): StateWritten {
  const nodeId = node.definition.id;
  const previous = draft.state.variables.get(name);
  let next = value;
  if (legacyReducer(name) !== undefined) {
    const written = writeChannel(draft, node, { channel: name, value });
    if (!written.ok) return written;
    next = draft.state.variables.get(name) as Json;
  }
  if (previous === undefined || !deepEqual(previous, next)) {
    emit(draft, "variable.changed", { name, ...(previous !== undefined && { previous }), next, nodeId }, { nodeId });
  }
  return { ok: true, sizes: {} };
}
