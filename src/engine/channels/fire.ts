// Carrying out what writes asked of triggers (triggers.ts): the node of the trigger, and what follows it, begin anew.

import type { RunEvent } from "#protocol/events.ts";
import { type Draft, emit, nodeIn } from "../draft.ts";
import { readiness } from "../readiness.ts";
import { isOpen } from "../state.ts";
import { setTriggerTimer } from "../timers.ts";
import { type ChannelTrigger, firingOf } from "./triggers.ts";

/** After a write: a timer where the trigger waits for more, and a word where triggers go round in circles (G1). */
export function announceWrite(draft: Draft, written: RunEvent): void {
  const { channelPlan, triggers } = draft.state;
  for (const trigger of channelPlan.triggers) {
    const firing = firingOf(trigger, written, draft.nowMs, triggers);
    if (!firing) continue;
    const { maxDepth: limit } = channelPlan;
    const writer = written.nodeId === undefined ? {} : { nodeId: written.nodeId };
    if (firing.depth > limit) {
      emit(draft, "workflow.loopback-limit", { nodeId: trigger.nodeId, iterations: limit, limit }, writer);
    } else if (trigger.debounceMs > 0) {
      setTriggerTimer(draft, firing.triggerId, firing.dueMs);
    }
  }
}

/** Timers of the firings that wait, for a run that took over the log of another: quiet since then counts. */
export function rearmTriggers(draft: Draft): void {
  for (const { triggerId, dueMs } of draft.state.triggers?.pending ?? []) {
    if (dueMs > draft.nowMs) setTriggerTimer(draft, triggerId, dueMs);
  }
}

/** Lets the time pass that the next trigger waits for, in a replay. False: none waits. */
export function passDebounce(draft: Draft): boolean {
  const dueMs = Math.min(...(draft.state.triggers?.pending ?? []).map((firing) => firing.dueMs));
  if (dueMs === Number.POSITIVE_INFINITY) return false;
  draft.nowMs = Math.max(draft.nowMs, dueMs);
  draft.timestamp = new Date(draft.nowMs).toISOString();
  return true;
}

/** Whether a trigger still waits. */
export function isTriggerPending({ triggers }: Draft["state"], triggerId: string): boolean {
  return triggers?.pending.some((firing) => firing.triggerId === triggerId) ?? false;
}

/** Fires the oldest trigger that can (G3). False: none can now. */
export function fireTrigger(draft: Draft): boolean {
  const { state, graph } = draft;
  for (const firing of state.triggers?.pending ?? []) {
    const trigger = state.channelPlan.triggers.find(({ id }) => id === firing.triggerId);
    if (!trigger || firing.dueMs > draft.nowMs || !isAtRest(draft, trigger)) continue;
    const { triggerId, nodeId: targetNodeId, channel, eventId } = firing;
    const nodeIds = graph.order.filter((id) => trigger.lineage.has(id));
    // It is the run's event, not the node's: the node has not begun.
    emit(draft, "parley.trigger.fired", { triggerId, targetNodeId, channel, nodeIds }, { causationId: eventId });
    return true;
  }
  return false;
}

/** Nothing of the lineage works or is about to. */
function isAtRest(draft: Draft, trigger: ChannelTrigger): boolean {
  const { state, graph } = draft;
  return [...trigger.lineage].every((id) => {
    const node = state.nodes.get(id);
    if (node) return !isOpen(node);
    return readiness(graph, nodeIn(draft, id), state) === "wait";
  });
}
