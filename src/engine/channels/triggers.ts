// Channel-write triggers (runs.md §11.5): a write to a channel starts a node of the same run, again and again.
//
//   lineage   the node of a trigger and all that follows it by edges
//   firing    one start that a write caused; its depth counts the firings that led to it
//
//   G1. What a lineage writes does not fire its own trigger. Triggers that fire each other end at the depth
//       `settings.maxLoopbackIterations`.
//   G2. Firings that wait are part of the state: writes put them there, in the order of the log.
//   G3. A trigger fires when its lineage is at rest, so that no firing overtakes the one before.

import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { lineageOf } from "../reach.ts";

export interface ChannelTrigger {
  id: string;
  channel: string;
  nodeId: string;
  /** Writes of which engine: of another one, of ours, or of both. */
  onlyFrom: "child" | "parent" | "any";
  /** Fires when no write came for so long. */
  debounceMs: number;
  lineage: ReadonlySet<string>;
}

/** A start of a trigger's node that a write asked for. */
export interface Firing {
  triggerId: string;
  nodeId: string;
  channel: string;
  value: Json;
  /** Of the write. */
  eventId: string;
  depth: number;
  /** Not before, epoch ms. */
  dueMs: number;
}

export interface TriggerState {
  /** Asked for and not yet done, oldest first. */
  readonly pending: readonly Firing[];
  /** The last firing of each node. */
  readonly fired: ReadonlyMap<string, Firing>;
  /** Depth of the firing that last ran over a node. */
  readonly depths: ReadonlyMap<string, number>;
}

const noTriggers: TriggerState = { pending: [], fired: new Map(), depths: new Map() };

type Shape = Pick<WorkflowDefinition, "triggers" | "edges">;

/** The enabled triggers of a sound definition. */
export function channelTriggersOf({ triggers, edges }: Shape): ChannelTrigger[] {
  return triggers
    .filter(({ type, enabled }) => type === "channel-write" && enabled !== false)
    .map(({ id, nodeId = "", config = {} }) => ({
      id,
      nodeId,
      channel: String(config.channel),
      onlyFrom: (config.onlyFrom ?? "any") as ChannelTrigger["onlyFrom"],
      debounceMs: Number(config.debounceMs ?? 0),
      lineage: lineageOf(nodeId, edges),
    }));
}

/** Nodes that start by such a trigger only, also while it is switched off. */
export function triggeredNodesOf({ triggers }: Pick<Shape, "triggers">): Set<string> {
  return new Set(triggers.filter(({ type }) => type === "channel-write").map(({ nodeId = "" }) => nodeId));
}

/** What a write asks of a trigger; undefined: nothing (G1). */
export function firingOf(
  trigger: ChannelTrigger,
  event: RunEvent,
  atMs: number,
  triggers: TriggerState = noTriggers,
): Firing | undefined {
  const { channel, value = null, sourceEngineId } = event.payload;
  if (trigger.channel !== channel) return undefined;
  if (event.nodeId !== undefined && trigger.lineage.has(event.nodeId)) return undefined;
  const from = sourceEngineId === undefined ? "parent" : "child";
  if (trigger.onlyFrom !== "any" && trigger.onlyFrom !== from) return undefined;
  const depth = (triggers.depths.get(event.nodeId ?? "") ?? 0) + 1;
  const { id, nodeId, debounceMs } = trigger;
  return { triggerId: id, nodeId, channel, value, eventId: event.eventId, depth, dueMs: atMs + debounceMs };
}

/** The triggers after a write. A write within the debounce time of another takes its place. */
export function afterWrite(
  plan: { triggers: readonly ChannelTrigger[]; maxDepth: number },
  event: RunEvent,
  atMs: number,
  before: TriggerState = noTriggers,
): TriggerState {
  let { pending } = before;
  for (const trigger of plan.triggers) {
    const firing = firingOf(trigger, event, atMs, before);
    if (!firing || firing.depth > plan.maxDepth) continue;
    const stays = (other: Firing) => other.triggerId !== trigger.id || other.dueMs <= atMs;
    pending = [...(trigger.debounceMs > 0 ? pending.filter(stays) : pending), firing];
  }
  return pending === before.pending ? before : { ...before, pending };
}

/** The triggers after the oldest firing of one was carried out over the nodes of its lineage. */
export function afterFiring(before: TriggerState, triggerId: string, lineage: readonly string[]): TriggerState {
  const firing = before.pending.find((other) => other.triggerId === triggerId);
  if (!firing) return before;
  const depths = new Map(before.depths);
  for (const nodeId of lineage) depths.set(nodeId, firing.depth);
  return {
    pending: before.pending.filter((other) => other !== firing),
    fired: new Map(before.fired).set(firing.nodeId, firing),
    depths,
  };
}

/** What the node sees as its port `input`. */
export function inputOf({ triggerId, channel, value }: Firing): JsonObject {
  return { triggerId, channel, value };
}
