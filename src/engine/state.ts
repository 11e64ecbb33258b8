// RunState: what a run's log adds up to. Nothing here is stored; it is always a fold (evolve.ts) over the log,
// beginning with the run's start row.
//
//   T1. Entries of the maps are never changed in place, so a fork (copy of the maps) is an independent state.
//   T2. State of a node, a variable or an interrupt comes from events only; timers and effects are rows, not state.

import type { RunStart, RunUsage } from "#ports/rows.ts";
import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import {
  type InterruptKind,
  type NodeStatus,
  type RunStatus,
  type TerminalStatus,
  waitingStatusOf,
} from "#protocol/status.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import type { Turn } from "./turn/turn.ts";

/** A decision of the supervisor, and what came of it. */
export interface OrchestrationStep {
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
  /** How often the orchestration loop came by here before. */
  execution: number;
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
  /** Pieces of output that this attempt wrote so far. */
  chunks?: number;
  /** The run that a dispatch waits for. */
  childRunId?: string;
}

export interface RunState {
  readonly start: RunStart;
  /** Sequence of the last event; -1 before the first. */
  lastSequence: number;
  lastEventMs: number;
  phase: "pending" | "running" | TerminalStatus;
  startedMs?: number;
  endedMs?: number;
  inputs: JsonObject;
  variables: Map<string, Json>;
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
  /** The agent whose node started last. */
  activeAgent?: AgentRef;
  /** Runs that were started from here, oldest first. */
  childRunIds: readonly string[];
}

/** The state before the first event. `defaults` are the workflow's variable defaults; inputs overlay them. */
export function initialState(start: RunStart, defaults: JsonObject): RunState {
  return {
    start,
    lastSequence: -1,
    lastEventMs: start.createdMs,
    phase: "pending",
    inputs: start.inputs,
    variables: new Map([...Object.entries(defaults), ...Object.entries(start.inputs)]),
    nodes: new Map(),
    busy: 0,
    waiting: new Map(),
    nodeExecutions: 0,
    replied: false,
    childRunIds: [],
  };
}

/** An independent copy (T1). */
export function forkState(state: RunState): RunState {
  return {
    ...state,
    variables: new Map(state.variables),
    nodes: new Map(state.nodes),
    waiting: new Map(state.waiting),
  };
}

/** The run's status as clients see it: it waits only while nothing runs. */
export function statusOf(state: RunState): RunStatus {
  if (state.phase !== "running") return state.phase;
  const oldest = oldestQuestion(state);
  if (state.busy > 0 || oldest === undefined) return "running";
  return waitingStatusOf(oldest.interrupt.kind);
}

export function isEnded(state: RunState): boolean {
  return state.phase === "completed" || state.phase === "failed" || state.phase === "cancelled";
}

/** The question that has waited longest, and its node. */
export function oldestQuestion(state: RunState): { nodeId: string; interrupt: OpenInterrupt } | undefined {
  for (const [nodeId, interrupt] of state.waiting) return { nodeId, interrupt };
  return undefined;
}
