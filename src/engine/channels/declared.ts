// State channels of a workflow, as a fold needs them (runs.md §11.1): what the declarations say, made ready once per
// graph.
//
//   state channel   a named value of a run that grows by writes; its reducer says what one write means
//   declared        stands in the definition's `channels`; any other channel is a run variable that a node writes to

import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { loopbackLimitOf } from "../loopback-edges.ts";
import { emptyOf, stampAll } from "./reducers.ts";
import { type ChannelTrigger, channelTriggersOf, triggeredNodesOf } from "./triggers.ts";

/** One declared channel. */
export interface DeclaredChannel {
  name: string;
  reducer: string;
  schema?: JsonObject;
  schemaVersion: number;
  /** Older versions whose writes may still be read. */
  compatibleWith: readonly number[];
  maxSize?: number;
  ttlMs?: number;
  /** Who may read and write; absent = everybody. */
  readers?: readonly string[];
  writers?: readonly string[];
  sensitive: boolean;
  /** Value before the first write; absent = none. */
  initial?: Json;
}

/** All that the fold of `channel.written` must know besides the event. */
export interface ChannelPlan {
  declared: ReadonlyMap<string, DeclaredChannel>;
  /** How long entries live, by the node that writes them, where the channel itself says nothing. */
  nodeTtlMs: ReadonlyMap<string, number>;
  /** Triggers that writes fire. */
  triggers: readonly ChannelTrigger[];
  /** Nodes that start by a trigger only. */
  triggered: ReadonlySet<string>;
  /** How many firings may follow from each other. */
  maxDepth: number;
}

const CHANNEL_WRITE = "core.channelWrite";

/** The plan of a workflow. */
export function channelPlanOf(definition: WorkflowDefinition): ChannelPlan {
  const nodeTtlMs = new Map<string, number>();
  for (const { id, typeId, config } of definition.nodes) {
    if (typeId === CHANNEL_WRITE && typeof config.ttlMs === "number" && config.ttlMs > 0)
      nodeTtlMs.set(id, config.ttlMs);
  }
  const declared = new Map<string, DeclaredChannel>();
  for (const [name, declaration] of Object.entries(definition.channels ?? {})) {
    const { reducer, schema, maxSize, ttlMs, access } = declaration;
    const initial = declaration.default === undefined ? emptyOf(reducer) : (declaration.default as Json);
    const lists = typeof access === "object" ? access : access === "private" ? { readers: [], writers: [] } : {};
    declared.set(name, {
      name,
      reducer,
      schemaVersion: declaration.schemaVersion ?? 1,
      compatibleWith: declaration.compatibleWith ?? [],
      sensitive: declaration.sensitive ?? false,
      ...(schema && { schema: schema as JsonObject }),
      ...(maxSize !== undefined && { maxSize }),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(lists.readers && { readers: lists.readers }),
      ...(lists.writers && { writers: lists.writers }),
      ...(initial !== undefined && { initial }),
    });
  }
  return {
    declared,
    nodeTtlMs,
    triggers: channelTriggersOf(definition),
    triggered: triggeredNodesOf(definition),
    maxDepth: loopbackLimitOf(definition),
  };
}

/** Values of the declared channels before the first event. Entries of a default are as old as the run. */
export function initialChannels(plan: ChannelPlan, createdMs: number): Map<string, Json> {
  const values = new Map<string, Json>();
  for (const { name, initial, ttlMs } of plan.declared.values()) {
    if (initial === undefined) continue;
    values.set(name, ttlMs === undefined ? initial : stampAll(initial, createdMs));
  }
  return values;
}
