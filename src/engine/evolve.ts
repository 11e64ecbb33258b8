// evolve: what one event means for the state. Total: an unknown type changes nothing but the position.
//
//   V1. evolve is the only writer of RunState.
//   V2. Folding any prefix of a log gives the state that was there after that prefix.

import type { RunError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import { channelAppliers } from "./channels/evolve.ts";
import { childAppliers, endChildWait } from "./children/evolve.ts";
import { compensationAppliers, noteForward } from "./compensation/evolve.ts";
import { conversationAppliers } from "./conversation/evolve.ts";
import { interruptAppliers } from "./interrupts/evolve.ts";
import { DISPATCH } from "./loop.ts";
import { earlierOf, loopbackAppliers, roundOf } from "./loopback-state.ts";
import { pauseAppliers } from "./pause/evolve.ts";
import { type Applier, forkState, isOpen, type NodeState, type OpenInterrupt, type RunState } from "./state.ts";
import { againTurn, evolveTurn, freshTurn, type Turn } from "./turn/turn.ts";

/** The state after `event`. `state` is not touched. */
export function evolve(state: RunState, event: RunEvent): RunState {
  const next = forkState(state);
  applyEvent(next, event);
  return next;
}

/** The state after all `events`, in order. */
export function fold(state: RunState, events: Iterable<RunEvent>): RunState {
  const next = forkState(state);
  for (const event of events) applyEvent(next, event);
  return next;
}

/** Events of one commit share their time: in a large log most texts were just read. */
const lastTime = { text: "", ms: 0 };

function msOf(timestamp: string): number {
  if (lastTime.text !== timestamp) Object.assign(lastTime, { text: timestamp, ms: Date.parse(timestamp) });
  return lastTime.ms;
}

/** Applies one event to a state that the caller owns (a fork nobody else sees). */
export function applyEvent(state: RunState, event: RunEvent): void {
  const atMs = msOf(event.timestamp);
  state.lastSequence = event.sequence;
  state.lastEventMs = atMs;
  const apply = appliers[event.type];
  if (apply) apply(state, event, atMs);
  if (event.nodeId !== undefined) advanceTurn(state, event, event.nodeId, atMs);
}

/** Events of an agent move the turn of their node. */
function advanceTurn(state: RunState, event: RunEvent, nodeId: string, atMs: number): void {
  const node = state.nodes.get(nodeId);
  if (!node || (!node.turn && event.type !== "agent.invocation.started")) return;
  const before = node.turn ?? freshTurn();
  const turn = evolveTurn(before, event, atMs);
  if (turn !== before) state.nodes.set(nodeId, { ...node, turn });
}

const appliers: Record<string, Applier> = {
  ...pauseAppliers,
  "run.started": (state, _event, atMs) => {
    state.phase = "running";
    state.startedMs = atMs;
  },
  "run.completed": (state, event, atMs) => {
    state.phase = "completed";
    state.endedMs = atMs;
    state.outputs = (event.payload.outputs ?? {}) as JsonObject;
  },
  "run.failed": (state, event, atMs) => {
    state.phase = "failed";
    state.endedMs = atMs;
    state.error = event.payload.error as unknown as RunError;
    if (typeof event.payload.failedNodeId === "string") state.failedNodeId = event.payload.failedNodeId;
  },
  "run.cancelled": (state, _event, atMs) => {
    state.phase = "cancelled";
    state.endedMs = atMs;
  },
  "node.started": (state, event, atMs) => {
    const nodeId = nodeOf(event);
    const before = earlierOf(state, nodeId);
    const attempt = attemptOf(event);
    state.nodeExecutions += 1;
    if (event.payload.agent !== undefined) state.activeAgent = event.payload.agent as unknown as AgentRef;
    setNode(state, nodeId, {
      status: "running",
      typeId: String(event.payload.typeId),
      attempt,
      execution: executionOf(before, event),
      startedMs: atMs,
      interruptCount: before?.interruptCount ?? 0,
      ...(before?.restarts !== undefined && attempt > 0 && { restarts: before.restarts }),
      ...roundOf(before),
      ...turnOf(before, event),
    });
  },
  "node.completed": (state, event, atMs) => {
    const outputs = (event.payload.outputs ?? {}) as JsonObject;
    endNode(state, event, atMs, { status: "completed", outputs });
    if (state.compensation) noteForward(state, event, nodeOf(event), outputs);
    if (state.start.turn && typeof outputs.messageId === "string") state.replied = true;
    noteResult(state, event, outputs);
  },
  "node.failed": (state, event, atMs) => {
    endNode(state, event, atMs, { status: "failed", error: event.payload.error as unknown as RunError });
    state.failedNodeId ??= nodeOf(event);
  },
  "node.cancelled": (state, event, atMs) => endNode(state, event, atMs, { status: "cancelled" }),
  "node.skipped": (state, event, atMs) =>
    setNode(state, nodeOf(event), {
      status: "skipped",
      typeId: "",
      attempt: 0,
      execution: executionOf(state.nodes.get(nodeOf(event)), event),
      startedMs: atMs,
      endedMs: atMs,
      interruptCount: 0,
      skipReason: String(event.payload.reason ?? ""),
    }),
  "node.retried": (state, event) =>
    setNode(state, nodeOf(event), {
      ...endChildWait(state, event, existing(state, nodeOf(event))),
      status: "retrying",
    }),
  "node.suspended": (state, event) =>
    patchNode(state, nodeOf(event), { interruptId: String(event.payload.interruptId) }),
  "interrupt.requested": openQuestion,
  ...interruptAppliers,
  ...conversationAppliers,
  ...loopbackAppliers,
  "node.resumed": (state, event) => {
    state.waiting.delete(nodeOf(event));
    const { interrupt: _answered, ...node } = existing(state, nodeOf(event));
    setNode(state, nodeOf(event), { ...node, status: "running" });
  },
  "variable.changed": (state, event) => {
    const name = String(event.payload.name);
    if (event.payload.next === undefined) state.variables.delete(name);
    else state.variables.set(name, event.payload.next as Json);
  },
  ...channelAppliers,
  "provider.usage": addUsage,
  "runOrchestrator.decided": (state, event) => {
    const { agentId, decision } = event.payload as { agentId: string; decision: JsonObject };
    const before = state.orchestration;
    const known = [before?.agent, state.activeAgent, state.start.agent].find((agent) => agent?.agentId === agentId);
    const step = { eventId: event.eventId, decision };
    state.orchestration = { agent: known ?? { agentId }, steps: [...(before?.steps ?? []), step] };
  },
  "output.chunk": (state, event) => {
    const { chunks = 0 } = existing(state, nodeOf(event));
    patchNode(state, nodeOf(event), { chunks: chunks + 1 });
  },
  ...childAppliers,
  ...compensationAppliers,
};

/** A node that had completed and starts again: the orchestration loop came by. */
function executionOf(before: NodeState | undefined, event: RunEvent): number {
  if (!before) return 0;
  const again = !isOpen(before) && attemptOf(event) === 0;
  return again ? before.execution + 1 : before.execution;
}

/** The loop goes on with the turn it has; another attempt begins a new one. */
function turnOf(before: NodeState | undefined, event: RunEvent): { turn?: Turn } {
  if (!before?.turn) return {};
  return { turn: attemptOf(event) === 0 ? before.turn : againTurn(before.turn) };
}

/** What a dispatch brought back belongs to the decision it carried out. */
function noteResult(state: RunState, event: RunEvent, outputs: JsonObject): void {
  const { orchestration } = state;
  const last = orchestration?.steps.at(-1);
  if (!orchestration || !last || state.nodes.get(nodeOf(event))?.typeId !== DISPATCH) return;
  const { output } = outputs;
  if (output === undefined) return;
  const result = typeof output === "string" ? output : JSON.stringify(output);
  state.orchestration = { ...orchestration, steps: [...orchestration.steps.slice(0, -1), { ...last, result }] };
}

function openQuestion(state: RunState, event: RunEvent, atMs: number): void {
  const { payload } = event;
  const nodeId = nodeOf(event);
  const node = existing(state, nodeId);
  const timeoutMs = payload.timeoutMs as number | undefined;
  const interrupt: OpenInterrupt = {
    interruptId: node.interruptId ?? "",
    kind: payload.kind as InterruptKind,
    key: String(payload.key),
    data: payload.data as JsonObject,
    requestedMs: atMs,
    votes: [],
    ...(payload.resumeSchema !== undefined && { resumeSchema: payload.resumeSchema as JsonObject }),
    ...(timeoutMs !== undefined && timeoutMs > 0 && { deadlineMs: atMs + timeoutMs }),
  };
  state.waiting.set(nodeId, interrupt);
  setNode(state, nodeId, { ...node, status: "waiting", interrupt, interruptCount: node.interruptCount + 1 });
}

function addUsage(state: RunState, event: RunEvent): void {
  const { payload } = event;
  const before = state.usage ?? { inputTokens: 0, outputTokens: 0 };
  const cost = typeof payload.costEstimateUsd === "number" ? payload.costEstimateUsd : undefined;
  const total = cost === undefined ? before.costUsd : (before.costUsd ?? 0) + cost;
  state.usage = {
    inputTokens: before.inputTokens + Number(payload.inputTokens ?? 0),
    outputTokens: before.outputTokens + Number(payload.outputTokens ?? 0),
    provider: String(payload.provider),
    model: String(payload.model),
    ...(total !== undefined && { costUsd: total }),
  };
}

function nodeOf(event: RunEvent): string {
  return event.nodeId ?? String(event.payload.nodeId ?? "");
}

/** Which attempt began. */
function attemptOf(event: RunEvent): number {
  return Number(event.payload.attempt ?? 0);
}

function existing(state: RunState, nodeId: string): NodeState {
  return (
    state.nodes.get(nodeId) ?? {
      status: "running",
      typeId: "",
      attempt: 0,
      execution: 0,
      startedMs: state.lastEventMs,
      interruptCount: 0,
    }
  );
}

function patchNode(state: RunState, nodeId: string, patch: Partial<NodeState>): void {
  setNode(state, nodeId, { ...existing(state, nodeId), ...patch });
}

function endNode(state: RunState, event: RunEvent, atMs: number, patch: Partial<NodeState>): void {
  const nodeId = nodeOf(event);
  const { interrupt: _closed, ...node } = endChildWait(state, event, existing(state, nodeId));
  state.waiting.delete(nodeId);
  setNode(state, nodeId, { ...node, ...patch, endedMs: atMs });
}

function setNode(state: RunState, nodeId: string, node: NodeState): void {
  const before = state.nodes.get(nodeId);
  state.busy += busyWeight(node) - busyWeight(before);
  state.nodes.set(nodeId, node);
}

function busyWeight(node: NodeState | undefined): number {
  return node?.status === "running" || node?.status === "retrying" ? 1 : 0;
}
