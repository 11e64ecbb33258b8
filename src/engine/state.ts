// RunState: what a run's log adds up to. Nothing here is stored; it is always a fold (evolve.ts) over the log,
// beginning with the run's start row.
//
//   T1. Entries of the maps are never changed in place, so a fork (copy of the maps) is an independent state.
//   T2. State of a node, a variable or an interrupt comes from events only; timers and effects are rows, not state.

import type { RunStart, RunUsage } from "#ports/rows.ts";
import type { RunError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import {
  type InterruptKind,
  type NodeStatus,
  type RunStatus,
  type TerminalStatus,
  waitingStatusOf,
} from "#protocol/status.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import { type ChannelPlan, initialChannels } from "./channels/declared.ts";
import type { TriggerState } from "./channels/triggers.ts";
import type { OlderWrite } from "./channels/writes.ts";
import type { ChildRun, ChildWait } from "./children/state.ts";
import { type Compensable, type Compensation, isCompensating } from "./compensation/state.ts";
import type { Conversation } from "./conversation/conversation.ts";
import type { Turn } from "./turn/turn.ts";

/** A decision of the supervisor, and what came of it. */
export interface OrchestrationStep {
  /** Of its `runOrchestrator.decided`: what everything that carries it out follows from. */
  eventId: string;
  decision: JsonObject;
  /** The worker's answer, or the user's. */
  result?: string;
}

/** What the supervisor of a run decided so far. Its identity never changes (agents.md §7.3, CO-2). */
export interface Orchestration {
  agent: AgentRef;
  steps: readonly OrchestrationStep[];
}

/** One vote on an approval; the last one of a voter counts. */
export interface Vote {
  voter: string;
  action: "accept" | "reject";
}

export interface OpenInterrupt {
  interruptId: string;
  kind: InterruptKind;
  key: string;
  data: JsonObject;
  resumeSchema?: JsonObject;
  deadlineMs?: number;
  requestedMs: number;
  votes: readonly Vote[];
}

export interface NodeState {
  status: NodeStatus;
  typeId: string;
  /** Zero-based attempt that is running or ran last. */
  attempt: number;
  /** Attempts among these that began because a pause had interrupted the one before. */
  restarts?: number;
  /** How often the orchestration loop came by here before. */
  execution: number;
  /** How often a gate sent back over it; absent: never. */
  round?: number;
  startedMs: number;
  endedMs?: number;
  outputs?: JsonObject;
  error?: RunError;
  interrupt?: OpenInterrupt;
  interruptCount: number;
  /** Id of the suspension that the next `interrupt.requested` describes (its payload is closed and has no room). */
  interruptId?: string;
  skipReason?: string;
  /** How far the agent of this node has come. */
  turn?: Turn;
  /** What was said, at a node that converses. */
  conversation?: Conversation;
  /** Pieces of output that this attempt wrote so far. */
  chunks?: number;
  /** The run below that it waits for. */
  child?: ChildWait;
  /** The decision of a supervisor that a person is asked about. */
  heldDecision?: JsonObject;
}

/** What came of the ways back of a run so far. */
export interface LoopbackState {
  /** How often each gate sent back. */
  readonly iterations: ReadonlyMap<string, number>;
  /** Nodes as they were when control went back over them. */
  readonly earlier: ReadonlyMap<string, NodeState>;
  /** What each target was told the last time, and the port it reads it from. */
  readonly feedback: ReadonlyMap<string, { port: string; value: Json }>;
}

export interface RunState {
  readonly start: RunStart;
  /** Sequence of the last event; -1 before the first. */
  lastSequence: number;
  lastEventMs: number;
  phase: "pending" | "running" | "paused" | TerminalStatus;
  /** A pause that was asked for and waits for what runs to end. */
  pausing?: JsonObject;
  pausedAtMs?: number;
  /** How long the run stood still, pauses that are over. */
  pausedMs: number;
  /** Nodes that begin anew when the run goes on. */
  interrupted: readonly string[];
  startedMs?: number;
  endedMs?: number;
  inputs: JsonObject;
  variables: Map<string, Json>;
  readonly channelPlan: ChannelPlan;
  /** Values of the declared state channels; a channel without a value is not in it. */
  channels: Map<string, Json>;
  /** What writes asked of the channel-write triggers; absent: nothing yet. */
  triggers?: TriggerState;
  /** Writes to declared channels under versions of their schemas that are older than today's. */
  olderWrites: Map<string, readonly OlderWrite[]>;
  nodes: Map<string, NodeState>;
  /** Nodes that run or wait for a retry. */
  busy: number;
  /** Nodes with an open interrupt, oldest question first. */
  waiting: Map<string, OpenInterrupt>;
  /** Transitions into started, retries included (runs.md §9). */
  nodeExecutions: number;
  failedNodeId?: string;
  outputs?: JsonObject;
  error?: RunError;
  usage?: RunUsage;
  /** The turn has its reply. */
  replied: boolean;
  orchestration?: Orchestration;
  /** What gates sent back. Replaced as a whole, so a fork shares it. */
  loopback?: LoopbackState;
  /** The agent whose node started last. */
  activeAgent?: AgentRef;
  /** Runs that were started from here, oldest first. */
  childRuns: readonly ChildRun[];
  /** Running nodes whose child waits for people, and what it shows. Replaced as a whole, so a fork shares it. */
  mirrors: ReadonlyMap<string, RunStatus>;
  /** What can be undone, and how far that has come; absent: the workflow has no policy. */
  compensation?: Compensation;
}

/** What an event of one type means for a state that the caller owns. */
export type Applier = (state: RunState, event: RunEvent, atMs: number) => void;

/** What the definition gives a run to begin with. */
export interface Defaults {
  variables: JsonObject;
  channels: ChannelPlan;
  compensable?: Compensable;
}

/** The state before the first event. Inputs overlay the defaults of variables, not those of channels. */
export function initialState(start: RunStart, defaults: Defaults): RunState {
  return {
    start,
    lastSequence: -1,
    lastEventMs: start.createdMs,
    phase: "pending",
    pausedMs: 0,
    interrupted: [],
    inputs: start.inputs,
    variables: initialVariables(start, defaults),
    channelPlan: defaults.channels,
    channels: initialChannels(defaults.channels, start.createdMs),
    olderWrites: new Map(),
    nodes: new Map(),
    busy: 0,
    waiting: new Map(),
    nodeExecutions: 0,
    replied: false,
    childRuns: [],
    mirrors: new Map(),
    ...(defaults.compensable && {
      compensation: { compensable: defaults.compensable, status: "none", forward: [] },
    }),
  };
}

/** A declared channel cannot be written through variables, so an input of its name is an input only (runs.md §11.3). */
function initialVariables(start: RunStart, { variables, channels }: Defaults): Map<string, Json> {
  const bag = new Map([...Object.entries(variables), ...Object.entries(start.inputs)]);
  for (const name of start.unset ?? []) bag.delete(name);
  for (const name of channels.declared.keys()) bag.delete(name);
  return bag;
}

/** An independent copy (T1). */
export function forkState(state: RunState): RunState {
  return {
    ...state,
    variables: new Map(state.variables),
    channels: new Map(state.channels),
    olderWrites: new Map(state.olderWrites),
    nodes: new Map(state.nodes),
    waiting: new Map(state.waiting),
  };
}

/** The run's status as clients see it: it waits only while nothing runs. */
export function statusOf(state: RunState): RunStatus {
  if (state.phase !== "running") return state.phase;
  if (!isWaiting(state)) return workingStatus(state);
  const oldest = oldestQuestion(state);
  if (oldest) return waitingStatusOf(oldest.interrupt.kind);
  for (const status of state.mirrors.values()) return status;
  return workingStatus(state);
}

/** A cancelled run that undoes what it did is not over before it has. */
function workingStatus({ compensation }: RunState): RunStatus {
  return compensation?.plan?.endsAs === "cancelled" ? "cancelling" : "running";
}

/** Nothing of the workflow begins any more: the run has ended, or undoes what it did before it does. */
export function isClosing(state: RunState): boolean {
  return isEnded(state) || isCompensating(state);
}

/** The node has begun and not come to an end: it works, waits, or waits for another attempt. */
export function isOpen(node: Pick<NodeState, "status"> | undefined): boolean {
  return node?.status === "running" || node?.status === "waiting" || node?.status === "retrying";
}

export function isEnded(state: RunState): boolean {
  return state.phase === "completed" || state.phase === "failed" || state.phase === "cancelled";
}

/** Nothing works here: every open node waits for people, or for a child that does (runs.md §4.1). */
export function isWaiting(state: RunState): boolean {
  if (state.mirrors.size === 0) return state.busy === 0;
  const shown = [...state.mirrors.keys()].filter((nodeId) => state.nodes.get(nodeId)?.status === "running");
  return state.busy === shown.length;
}

/** The node that is waited for: the oldest question's, or the one whose child has one. */
export function waitingNodeId(state: RunState): string | undefined {
  const question = oldestQuestion(state);
  if (question) return question.nodeId;
  for (const nodeId of state.mirrors.keys()) return nodeId;
  return undefined;
}

/** A fork whose fixed history does not stand whole yet: nothing may be decided on it, what stands is its source's. */
export function isCopying(state: RunState): boolean {
  const { fork } = state.start;
  return fork !== undefined && state.lastSequence + 1 < fork.fromSeq && !isEnded(state);
}

/** The question that has waited longest, and its node. */
export function oldestQuestion(state: RunState): { nodeId: string; interrupt: OpenInterrupt } | undefined {
  for (const [nodeId, interrupt] of state.waiting) return { nodeId, interrupt };
  return undefined;
}
