// The run event: envelope, and the table of every type of the catalogue (runs.md §7, §8).
//
//   admission   which stream modes show an event: `updates` (a transition), `values` (a snapshot follows), `debug` (all)
//               (streams-webhooks.md §2.1). A type that is not in the table is a vendor type: debug only.
//
// Payload schemas of the types that parley writes stand in event-payloads.ts.

import type { Json } from "./json.ts";

/** Version of the event contract written into every event (runs.md §15.1). */
export const EVENT_SCHEMA_VERSION = 1;
/** Version of the engine that writes events; the wire carries it as decimal text (runs.md §7). */
export const ENGINE_VERSION = 1;
/** The version of OpenWOP that is spoken (discovery-auth.md). */
export const PROTOCOL_VERSION = "1.1";
/** Version of the event log as `RunSnapshot.eventLogSchemaVersion` and discovery report it (runs.md §15.1). */
export const EVENT_LOG_SCHEMA_VERSION = 2;

/** One event of a run's log, exactly as it goes over the wire. `sequence` starts at 0 and has no gaps. */
export interface RunEvent {
  eventId: string;
  runId: string;
  sequence: number;
  type: string;
  /** ISO 8601, UTC, milliseconds. */
  timestamp: string;
  nodeId?: string;
  causationId?: string;
  schemaVersion: number;
  engineVersion: string;
  payload: { [key: string]: Json };
}

/** Where an event is shown besides `debug`, which shows all. */
export type Admission = "updates+values" | "updates" | "values" | "debug";

const transition: Admission = "updates+values";

/** Every type of the catalogue and how the stream modes treat it. */
export const eventTypes = {
  "run.started": transition,
  "run.completed": transition,
  "run.failed": transition,
  "run.cancelled": transition,
  "run.resuming": "debug",
  "run.paused": transition,
  "run.resumed": transition,
  "run.restored-from-snapshot": "debug",
  "run.dead_lettered": "debug",
  "node.started": "values",
  "node.completed": transition,
  "node.failed": transition,
  "node.suspended": transition,
  "node.suspend-failed": "debug",
  "node.resumed": transition,
  "node.retried": "debug",
  "node.skipped": transition,
  "node.cancelled": transition,
  "node.dispatched": transition,
  "interrupt.requested": transition,
  "interrupt.resolved": transition,
  "approval.requested": transition,
  "approval.received": transition,
  "approval.granted": "debug",
  "approval.rejected": "debug",
  "approval.overridden": "debug",
  "clarification.requested": transition,
  "clarification.resolved": transition,
  "channel.written": "debug",
  "variable.changed": "debug",
  "artifact.created": transition,
  "output.chunk": "debug",
  "log.appended": "debug",
  "version.pinned": "debug",
  "workflow.restored": "debug",
  "workflow.loopback-limit": "debug",
  "workflow.stalled": "debug",
  "cap.breached": "debug",
  "compensation.requested": "debug",
  "compensation.started": "debug",
  "compensation.completed": "debug",
  "compensation.failed": "debug",
  "compensation.paused": "debug",
  "compensation.manual_intervention_required": "debug",
  "lease.acquired": "debug",
  "lease.renewed": "debug",
  "lease.lost": "debug",
  "lease.handed-off": "debug",
  "replay.diverged": "debug",
  "replay.divergedAtRefusal": "debug",
  "agent.reasoned": "debug",
  "agent.reasoning.delta": "debug",
  "agent.toolCalled": "debug",
  "agent.toolReturned": "debug",
  "agent.handoff": "debug",
  "agent.decided": "debug",
  "agent.verified": "debug",
  "agent.invocation.started": "debug",
  "agent.invocation.completed": "debug",
  "agent.promptResolved": "debug",
  "agent.memory.consolidated": "debug",
  "runOrchestrator.decided": "debug",
  "core.workflowChain.event": "debug",
  "core.workflowChain.confidence-escalated": "debug",
  "conversation.opened": "debug",
  "conversation.exchanged": "debug",
  "conversation.closed": "debug",
  "roster.run.initiated": "debug",
  "provider.usage": "debug",
  "prompt.composed": "debug",
  "model.capability.substituted": "debug",
  "model.capability.insufficient": "debug",
  "envelope.retry.attempted": "debug",
  "envelope.retry.exhausted": "debug",
  "envelope.refusal": "debug",
  "envelope.truncated": "debug",
  "envelope.nlToFormat.engaged": "debug",
  "envelope.recovery.applied": "debug",
  "tool.session.opened": "debug",
  "tool.session.closed": "debug",
  "egress.decided": "debug",
  "memory.written": "updates",
  "memory.compacted": "debug",
  "commitment.fired": "debug",
  "workspace.updated": transition,
  "trigger.subscription.state.changed": "debug",
  "trigger.delivery.attempted": "debug",
  "budget.reserved": "debug",
  "budget.consumed": "debug",
  "budget.threshold.crossed": "debug",
  "budget.exhausted": "debug",
  "eval.started": transition,
  "eval.scored": transition,
  "eval.completed": transition,
  "deployment.promoted": transition,
  "deployment.rolled-back": transition,
  "deployment.canary.adjusted": transition,
  "deployment.state.changed": transition,
  "authorization.decided": "debug",
  "connector.authorized": "debug",
  "connector.auth_expired": "debug",
  "proposal.created": "debug",
  "proposal.activated": "debug",
  "goal.evaluated": "debug",
  "goal.closed": "debug",
  "import.applied": "debug",
  "voice.speech_start": "debug",
  "voice.transcript": "debug",
  "voice.endpoint_candidate": "debug",
  "voice.turn_commit": "debug",
  "voice.synthesis_chunk": "debug",
  "voice.barge_in": "debug",
  "voice.cancelled": "debug",
} as const satisfies Record<string, Admission>;

export type CatalogueEventType = keyof typeof eventTypes;

/** Event types of parley's own (host-surfaces.md §7). Readers that do not know them ignore them. */
export const parleyEventTypes = [
  "parley.interrupt.vote-recorded",
  /** More people may now answer a question: someone handed it on, or nobody answered so far. */
  "parley.interrupt.delegated",
  "parley.interrupt.escalated",
  /** A gate sent back: what lies between it and the producer begins anew. */
  "parley.loopback.taken",
  /** A pause waits for what runs to end; a resume took it back. */
  "parley.run.pause-requested",
  "parley.run.pause-withdrawn",
  /** A write to a state channel starts a node of its run (again). */
  "parley.trigger.fired",
  /** What a model answered, where more follows from it than words: what the turn folds from. */
  "parley.agent.answered",
  /** A run below this one: the id it will have, and whether it waits for people. */
  "parley.child.planned",
  "parley.child.status-changed",
  /** A model call whose end nobody saw. */
  "parley.usage.unknown",
  /** An operator lets a paused compensation go on. */
  "parley.compensation.resumed",
] as const;
export type ParleyEventType = (typeof parleyEventTypes)[number];

export type EventType = CatalogueEventType | ParleyEventType;

/** How the stream modes treat a type; unknown (vendor) types are debug only. */
export function admissionOf(type: string): Admission {
  return Object.hasOwn(eventTypes, type) ? eventTypes[type as CatalogueEventType] : "debug";
}

/** The three types one of which ends every log. */
export function isTerminalEvent(type: string): boolean {
  return type === "run.completed" || type === "run.failed" || type === "run.cancelled";
}
