// Writing to a channel (runs.md §11.3): judged first, then one `channel.written`. The event carries what was written
// and the reducer in force; what becomes of it is the fold's matter (evolve.ts).

import type { RunError } from "#protocol/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "../draft.ts";
import type { GraphNode } from "../graph.ts";
import { refuseAccess } from "./access.ts";
import type { DeclaredChannel } from "./declared.ts";
import { breakingChange, fitsSchema } from "./evolution.ts";
import { boundsOf } from "./evolve.ts";
import { announceWrite } from "./fire.ts";
import { legacyReducer } from "./legacy.ts";
import { ages, reduce, sizeOf, unstamped } from "./reducers.ts";
import type { ChannelWrite } from "./writes.ts";

export type Written = { ok: true; size: number } | { ok: false; error: RunError };

/** Writes, or says why not; then nothing was written. */
export function writeChannel(draft: Draft, node: GraphNode, write: ChannelWrite): Written {
  const { channelPlan } = draft.state;
  const declared = channelPlan.declared.get(write.channel);
  const reducer = declared?.reducer ?? write.reducer ?? legacyReducer(write.channel) ?? "replace";
  const refused = declared && refuseUse(draft, declared, node);
  if (refused) return { ok: false, error: refused };
  const judged = judge(draft, node, declared, { ...write, reducer });
  if (!judged.ok) return judged;
  const nodeId = node.definition.id;
  const payload: JsonObject = {
    channel: write.channel,
    value: write.value,
    reducer,
    writtenAt: draft.timestamp,
    nodeId,
    ...(declared && { schemaVersion: declared.schemaVersion }),
  };
  announceWrite(draft, emit(draft, "channel.written", payload, { nodeId }));
  return judged;
}

function refuseUse(draft: Draft, declared: DeclaredChannel, node: GraphNode): RunError | undefined {
  const denied = refuseAccess(declared, "writers", node.definition);
  return denied ?? breakingChange(draft.state, declared, draft.environment.validateForeign);
}

/** Whether the value may be written, and how large the channel is then. */
function judge(
  draft: Draft,
  node: GraphNode,
  declared: DeclaredChannel | undefined,
  { channel, value, reducer }: ChannelWrite & { reducer: string },
): Written {
  const prior = declared ? draft.state.channels.get(channel) : draft.state.variables.get(channel);
  const problem = problemOfValue(reducer, value) ?? problemOfPrior(reducer, prior);
  if (problem !== undefined) return refusal(channel, reducer, problem);
  const bounds = boundsOf(draft.state, declared, node.definition.id);
  const next = reduce(prior, value, { reducer, nowMs: draft.nowMs, ...bounds });
  if (typeof next === "number" && !Number.isFinite(next)) return refusal(channel, reducer, "the sum is out of range");
  const size = sizeOf(next);
  if (bounds.maxSize !== undefined && !ages(reducer) && size > bounds.maxSize) {
    return refusal(channel, reducer, `it would hold more than ${bounds.maxSize}`, { maxSize: bounds.maxSize, size });
  }
  const schema = declared?.schema;
  if (schema && !fitsSchema(schema, value, unstamped(next) ?? null, draft.environment.validateForeign)) {
    const [first] = draft.environment.validateForeign(schema, value);
    return refusal(channel, reducer, `the value does not fit its schema: ${first?.path ?? ""} ${first?.message ?? ""}`);
  }
  return { ok: true, size };
}

/** What a reducer cannot fold; undefined: it can. */
export function problemOfValue(reducer: string, value: Json): string | undefined {
  switch (reducer) {
    case "counter":
      return typeof value === "number" ? undefined : "a counter takes numbers";
    case "merge":
      return isJsonObject(value) ? undefined : "merge takes objects";
    case "feedback":
      return isJsonObject(value) ? undefined : "feedback takes objects";
    case "votes":
      return isJsonObject(value) && isText(value.userId) ? undefined : "a vote names its userId";
    case "message":
      return problemOfMessage(value);
    default:
      return undefined;
  }
}

const roles: readonly Json[] = ["system", "user", "assistant", "tool"];

function problemOfMessage(value: Json): string | undefined {
  if (!isJsonObject(value) || !isText(value.messageId)) return "a message names its messageId";
  if (value.role === undefined || roles.includes(value.role)) return undefined;
  return `the role of a message is one of ${roles.join(", ")}`;
}

/** A variable of another shape is not silently overwritten. */
function problemOfPrior(reducer: string, prior: Json | undefined): string | undefined {
  if (prior === undefined) return undefined;
  switch (reducer) {
    case "append":
    case "feedback":
    case "votes":
    case "message":
      return Array.isArray(prior) ? undefined : "the variable of this name holds no list";
    case "merge":
      return isJsonObject(prior) ? undefined : "the variable of this name holds no object";
    case "counter":
      return typeof prior === "number" ? undefined : "the variable of this name holds no number";
    default:
      return undefined;
  }
}

function refusal(channel: string, reducer: string, problem: string, more: object = {}): Written {
  const message = `Nothing was written to channel ${channel}: ${problem}.`;
  return { ok: false, error: { code: "validation_error", message, details: { channel, reducer, ...more } } };
}

function isText(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}
