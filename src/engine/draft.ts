// Draft: one decision while it is being made. Owns a fork of the state, the events written so far and the rows they
// cause. Seen from outside a decision is a pure function; inside, this is its scratch paper.
//
//   D1. An event enters the state the moment it is drafted, so later steps see it.
//   D2. Nothing here reads a clock or a random source: `now` and `ids` came in with the command.

import type { Ids } from "#ports/ids.ts";
import type { RowOp, RunPatch } from "#ports/rows.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import type { EmittedEventType } from "#protocol/event-payloads.ts";
import { ENGINE_VERSION, EVENT_SCHEMA_VERSION, type RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { workingGraph } from "./compensation/inverses.ts";
import type { EngineEnvironment, Inputs } from "./engine.ts";
import { applyEvent } from "./evolve.ts";
import type { Graph, GraphNode } from "./graph.ts";
import type { NodeOutcome } from "./node-type.ts";
import { isWithheld, ownRows, statusAtWork } from "./replay/rows.ts";
import { sealPayload } from "./seal.ts";
import { forkState, type RunState, statusOf, waitingNodeId } from "./state.ts";

export interface Decision {
  /** The state after all events. */
  state: RunState;
  events: RunEvent[];
  rows: RowOp[];
  /** More can be decided without any outside event: commit, then `continue`. */
  unfinished: boolean;
}

export interface EmitOptions {
  nodeId?: string;
  causationId?: string;
}

export interface Draft {
  readonly environment: EngineEnvironment;
  readonly graph: Graph;
  readonly state: RunState;
  nowMs: number;
  readonly ids: Ids;
  readonly events: RunEvent[];
  readonly rows: RowOp[];
  /** Bytes of JSON drafted so far, roughly. */
  size: number;
  timestamp: string;
  readonly engineVersion: string;
  /** Set while a run is played again: what is drafted is held against the record (replay/track.ts). */
  track?: Track;
  /** The event that everything follows from which names no cause of its own. */
  causedBy?: string | undefined;
  /** Nothing outside of the run may change by this decision (replay/rows.ts). */
  withheld: boolean;
}

/** Follows a draft that plays a recorded run again. */
export interface Track {
  /** An event is about to be written: its id, where the record knows one. */
  next(draft: Draft, type: string, payload: JsonObject): string | undefined;
  /** Whether what stands next in the record came from outside: a pass stops for it. */
  isAtNext(state: RunState): boolean;
  /** An event was written: it is now the time at which the source wrote its next one. */
  placed(draft: Draft): void;
  /** What a node comes to that began an attempt: its own outcome, or what the record says. */
  outcomeOf(draft: Draft, node: GraphNode, attempt: number, outcome: NodeOutcome): NodeOutcome;
  /** Writes what the record says about undoing the effects of the source, as it was. */
  undo(draft: Draft): void;
}

export function openDraft(environment: EngineEnvironment, graph: Graph, state: RunState, inputs: Inputs): Draft {
  // A clock that stepped back must not make time run backwards inside one log.
  const nowMs = Math.max(inputs.nowMs, state.lastEventMs);
  return {
    environment,
    graph: state.compensation ? workingGraph(graph, state, environment.nodeTypes) : graph,
    state: forkState(state),
    nowMs,
    ids: inputs.ids,
    events: [],
    rows: [],
    size: 0,
    timestamp: new Date(nowMs).toISOString(),
    engineVersion: String(state.start.forcedEngineVersion ?? ENGINE_VERSION),
    withheld: isWithheld(state),
  };
}

/** A node that the graph has for sure: a command, a plan or the graph itself named it. */
export function nodeIn({ graph }: Pick<Draft, "graph">, nodeId: string): GraphNode {
  const node = graph.nodes.get(nodeId);
  if (!node) throw new Error(`the graph has no node ${nodeId}`);
  return node;
}

/** Drafts an event and folds it into the state. */
export function emit(draft: Draft, type: EmittedEventType, payload: JsonObject, options: EmitOptions = {}): RunEvent {
  const { state } = draft;
  const eventId = draft.track?.next(draft, type, payload) ?? draft.ids.next("evt");
  const causationId = options.causationId ?? draft.causedBy;
  const event: RunEvent = {
    eventId,
    runId: state.start.runId,
    ...(options.nodeId !== undefined && { nodeId: options.nodeId }),
    type,
    sequence: state.lastSequence + 1,
    timestamp: draft.timestamp,
    schemaVersion: EVENT_SCHEMA_VERSION,
    engineVersion: draft.engineVersion,
    ...(causationId !== undefined && { causationId }),
    payload,
  };
  return place(draft, event);
}

/** Drafts an event that is finished, its payload in clear, and folds it into the state. */
export function place(draft: Draft, event: RunEvent): RunEvent {
  const { state } = draft;
  const { type, payload } = event;
  const shown = draft.graph.sensitive ? sealPayload(draft.graph, state, type, payload) : payload;
  applyEvent(state, event);
  draft.size += estimateSize(payload);
  draft.events.push(shown === payload ? event : { ...event, payload: shown });
  if (shown !== payload) keepSealed(draft, event);
  draft.track?.placed(draft);
  return event;
}

/** Id of the content that holds the clear payload of a sealed event. */
export function sealedContentId(runId: string, sequence: number): string {
  return `sealed:${runId}:${sequence}`;
}

function keepSealed(draft: Draft, event: RunEvent): void {
  const body = JSON.stringify(event.payload);
  draft.rows.push({
    op: "putContent",
    contentId: sealedContentId(event.runId, event.sequence),
    runId: event.runId,
    sha256: sha256Hex(body),
    body,
  });
}

/** Envelope of an event without its payload, in bytes of JSON. */
const ENVELOPE_BYTES = 260;

function estimateSize(payload: JsonObject): number {
  let size = ENVELOPE_BYTES;
  for (const value of Object.values(payload)) {
    if (typeof value === "string") size += value.length;
    else if (typeof value === "object" && value !== null) size += JSON.stringify(value).length;
    else size += 8;
  }
  return size;
}

/** The decision the draft amounts to. */
export function closeDraft(draft: Draft, unfinished: boolean): Decision {
  return {
    state: draft.state,
    events: draft.events,
    rows: draft.withheld ? ownRows(draft.rows) : draft.rows,
    unfinished,
  };
}

/** What the run row shows of a state. */
export function patchOf(state: RunState, unfinished: boolean): RunPatch {
  const status = isWithheld(state) ? statusAtWork(state) : statusOf(state);
  const currentNodeId = status.startsWith("waiting-") ? waitingNodeId(state) : undefined;
  return {
    status,
    lastSequence: state.lastSequence,
    unfinished,
    ...(state.startedMs !== undefined && { startedMs: state.startedMs }),
    ...(state.endedMs !== undefined && { endedMs: state.endedMs }),
    ...(currentNodeId !== undefined && { currentNodeId }),
    ...(state.error && { error: state.error }),
    ...(state.usage && { usage: state.usage }),
  };
}
