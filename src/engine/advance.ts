// advance: one command, then every step that follows from it without the outside world.
//
//   A1. Nodes are looked at in rank order in a single pass: a step can only make later nodes ready. Where there is an
//       orchestration loop or a way back, passes go on until one changes nothing.
//   A2. A pass stops after 64 steps or 256 KB; the decision is then `unfinished` and a `continue` goes on.
//   A3. The run waits only when nothing is ready or running (runs.md §5.4).

import type { RunError } from "#protocol/errors.ts";
import { ENGINE_VERSION } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { applies } from "./applies.ts";
import { nodeExecutionLimit, runDurationLimitMs } from "./bounds.ts";
import { fireTrigger } from "./channels/fire.ts";
import { tellParentOfWait } from "./children/tell.ts";
import { compensate, compensateOnRequest, timeOutCompensation } from "./compensation/run.ts";
import { isCompensating } from "./compensation/state.ts";
import { contextOf, emitAll, withContext } from "./context.ts";
import { closeDraft, type Decision, type Draft, emit, nodeIn, openDraft } from "./draft.ts";
import { cancelRun, failRun, finishRun } from "./ending.ts";
import {
  type Chunk,
  type Command,
  type EngineEnvironment,
  type Inputs,
  MAX_BYTES_PER_COMMIT,
  MAX_STEPS_PER_COMMIT,
} from "./engine.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { answerInterrupt, delegate, escalate, expire } from "./interrupts/answering.ts";
import { readinessAgain } from "./loop-again.ts";
import type { NodeContext, NodeOutcome } from "./node-type.ts";
import { applyOutcome, startNode, timeOutNode } from "./outcomes.ts";
import { pauseRun, pauseWhenDrained, resumeRun } from "./pause.ts";
import { readiness } from "./readiness.ts";
import type { RecordCommand } from "./replay/command.ts";
import { openFork } from "./replay/open.ts";
import { followsOn, recordEvents } from "./replay/record.ts";
import { setVariables } from "./set-variables.ts";
import { isClosing, isEnded, type RunState } from "./state.ts";
import { setRunTimeout } from "./timers.ts";
import { unknownUsage, usageEvent } from "./turn/usage.ts";

/** The decision on `command`. `state` is not touched; an empty decision means that the command no longer applies. */
export function advance(
  environment: EngineEnvironment,
  graph: Graph,
  state: RunState,
  command: Command,
  inputs: Inputs,
): Decision {
  if (command.type === "record") return record(environment, graph, state, command, inputs);
  if (!applies(state, command)) return { state, events: [], rows: [], unfinished: false };
  const draft = openDraft(environment, graph, state, inputs);
  const restored = state.lastSequence >= 0 && Math.max(state.lastEventMs, state.start.createdMs) < inputs.bootMs;
  // `run.resumed` is the first event after `run.paused` (runs.md §8).
  if (restored && command.type !== "resume") noteRestored(draft);
  perform(draft, command);
  if (restored && command.type === "resume") noteRestored(draft);
  const unfinished = !isEnded(draft.state) && drain(draft);
  if (command.type === "start" && !isClosing(draft.state)) armRunTimeout(draft);
  if (state.start.parent) tellParentOfWait(draft, state);
  return closeDraft(draft, unfinished);
}

/** Takes events of a fork as they are; a branch whose history then stands whole begins to live. */
function record(
  environment: EngineEnvironment,
  graph: Graph,
  state: RunState,
  command: RecordCommand,
  inputs: Inputs,
): Decision {
  if (!followsOn(state, command)) return { state, events: [], rows: [], unfinished: false };
  const draft = openDraft(environment, graph, state, inputs);
  recordEvents(draft, command);
  if (!command.opening) return closeDraft(draft, !isEnded(draft.state));
  draft.withheld = false;
  if (draft.state.phase === "pending") startRun(draft);
  openFork(draft, command.opening);
  const unfinished = !isEnded(draft.state) && drain(draft);
  if (!isClosing(draft.state)) armRunTimeout(draft);
  return closeDraft(draft, unfinished);
}

function noteRestored(draft: Draft): void {
  emit(draft, "workflow.restored", {
    fromSnapshotSeq: draft.state.lastSequence,
    engineVersion: String(ENGINE_VERSION),
  });
}

function perform(draft: Draft, command: Exclude<Command, RecordCommand>): void {
  switch (command.type) {
    case "start":
      return startRun(draft);
    case "continue":
      return;
    case "pause":
      return pauseRun(draft, command);
    case "resume":
      return resumeRun(draft, command, mayStart);
    case "compensate":
      return compensateOnRequest(draft, command);
    case "setVariables":
      return setVariables(draft, command.variables);
    case "cancel":
      // `run.started` is always the first event, also of a run that never got its turn.
      if (draft.state.phase === "pending") startRun(draft);
      return cancelRun(draft, command.by, command.reason, command.parentRunId);
    case "settleEffect":
      return stepNode(draft, command.nodeId, (node, context) => {
        if (!node.type.onEffect) throw new Error(`node type ${node.type.typeId} asked for no effect`);
        return node.type.onEffect(context, command.result, command.effect);
      });
    case "noteCall": {
      const context = contextOf(draft, nodeIn(draft, command.nodeId));
      return emitAll(draft, command.nodeId, [command.call ? usageEvent(context, command.call) : unknownUsage(context)]);
    }
    case "noteChunks":
      return noteChunks(draft, command.nodeId, command.chunks);
    case "answerInterrupt":
      return answerInterrupt(draft, command);
    case "delegateInterrupt":
      return delegate(draft, command);
    case "fireTimer":
      return fire(draft, command);
  }
}

function noteChunks(draft: Draft, nodeId: string, chunks: readonly Chunk[]): void {
  const { runId } = draft.state.start;
  for (const { chunk, isLast, meta } of chunks) {
    emit(draft, "output.chunk", { nodeId, runId, chunk, isLast, meta }, { nodeId });
  }
}

export function startRun(draft: Draft): void {
  const { start } = draft.state;
  const causationId = start.turn?.messageId;
  const payload: JsonObject = {
    workflowId: start.workflowId,
    inputs: start.inputs,
    transport: start.transport,
    engineVersion: draft.engineVersion,
    owner: start.owner as unknown as JsonObject,
    ...(start.parent && { parentRunId: start.parent.runId, parentNodeId: start.parent.nodeId }),
    ...(start.tags.length > 0 && { tags: start.tags }),
    ...(Object.keys(start.metadata).length > 0 && { metadata: start.metadata }),
  };
  emit(draft, "run.started", payload, causationId === undefined ? {} : { causationId });
}

function armRunTimeout(draft: Draft): void {
  const limitMs = runDurationLimitMs(draft.environment.limits, draft.graph, draft.state);
  if (limitMs !== undefined) setRunTimeout(draft, draft.nowMs + limitMs);
}

type Step = (node: GraphNode, context: NodeContext) => NodeOutcome;

function stepNode(draft: Draft, nodeId: string, step: Step): void {
  const node = nodeIn(draft, nodeId);
  applyOutcome(
    draft,
    node,
    withContext(draft, node, (context) => step(node, context)),
  );
}

function fire(draft: Draft, timer: Extract<Command, { type: "fireTimer" }>): void {
  const { nodeId } = timer;
  switch (timer.purpose) {
    case "run-timeout":
      return isCompensating(draft.state) ? timeOutCompensation(draft) : breachDuration(draft);
    case "channel-trigger":
      // What is due fires on the way through the graph.
      return;
    case "retry":
      return void (mayStart(draft) && startNode(draft, nodeIn(draft, nodeId), timer.attempt + 1));
    case "delay":
      return stepNode(
        draft,
        nodeId,
        (node, context) => node.type.onTimer?.(context) ?? { kind: "complete", outputs: {} },
      );
    case "node-timeout": {
      const node = nodeIn(draft, nodeId);
      return timeOutNode(draft, node, timeoutError(node));
    }
    case "interrupt-timeout":
      return expire(draft, nodeId);
    case "escalation":
      return escalate(draft, nodeId);
  }
}

/** What may have happened outside and must not happen twice is not tried again. */
function timeoutError({ definition, timeoutMs, type }: GraphNode): RunError {
  const message = `The node took longer than ${timeoutMs} ms.`;
  if (type.effectClass?.(definition.config as JsonObject) !== "unkeyed") {
    return { code: "node_timeout", message, retryable: true };
  }
  return { code: "interrupted", message: `${message} Its effect may have happened and is not repeated.` };
}

function breachDuration(draft: Draft): void {
  const limit = runDurationLimitMs(draft.environment.limits, draft.graph, draft.state) ?? 0;
  const elapsedMs = draft.nowMs - (draft.state.startedMs ?? draft.nowMs) - draft.state.pausedMs;
  // `observed` is always greater than the limit, also when the timer fires on the very millisecond.
  emit(draft, "cap.breached", { kind: "run-duration", limit, observed: Math.max(elapsedMs, limit + 1) });
  const message = `The run took longer than ${limit} ms.`;
  failRun(draft, { code: "run_timeout", message, details: { elapsedMs } }, undefined);
}

/** Passes over the nodes that are to begin: one (A1), or as many as an orchestration loop needs. True: stopped (A2). */
export function drain(draft: Draft): boolean {
  const { state, graph } = draft;
  if (state.phase === "paused" || state.pausing) {
    pauseWhenDrained(draft);
    return false;
  }
  if (isCompensating(state)) return compensate(draft);
  const room = { steps: 0, inFlight: countInFlight(draft) };
  for (;;) {
    const before = room.steps;
    const passed = pass(draft, room);
    // The workflow is given up; what it did is undone after a commit.
    if (isCompensating(state)) return true;
    if (passed !== "through") return passed === "stopped";
    if (!isEnded(state) && fireTrigger(draft)) continue;
    const isStraight = graph.loops.length === 0 && graph.loopbacks.size === 0;
    if (isStraight || room.steps === before || isEnded(state)) break;
  }
  if (draft.track?.isAtNext(state)) return true;
  const isOver = state.busy === 0 && state.waiting.size === 0 && (state.triggers?.pending ?? []).length === 0;
  if (!isEnded(state) && isOver) finishRun(draft);
  return isCompensating(state) && !isEnded(state);
}

/** What one decision may still do. */
interface Room {
  steps: number;
  inFlight: number;
}

function pass(draft: Draft, room: Room): "through" | "stopped" | "ended" {
  const { graph, state } = draft;
  for (const nodeId of graph.order) {
    const again = state.nodes.has(nodeId);
    if (again && graph.loops.length === 0) continue;
    const node = nodeIn(draft, nodeId);
    const verdict = again ? readinessAgain(graph, node, state) : readiness(graph, node, state);
    if (verdict === "wait") continue;
    if (room.steps >= MAX_STEPS_PER_COMMIT || draft.size >= MAX_BYTES_PER_COMMIT) return "stopped";
    if (draft.track?.isAtNext(state)) return "stopped";
    if (verdict === "skip" || node.definition.disabled) {
      const reason = verdict === "skip" ? "trigger-rule" : "disabled";
      emit(draft, "node.skipped", { nodeId, reason }, { nodeId });
    } else {
      if (node.type.effectful && room.inFlight >= draft.environment.limits.maxInFlightNodes) continue;
      if (!mayStart(draft)) return "ended";
      startNode(draft, node, 0);
      if (isClosing(state)) return "ended";
      if (node.type.effectful && state.nodes.get(nodeId)?.status === "running") room.inFlight += 1;
    }
    room.steps += 1;
  }
  return "through";
}

function countInFlight(draft: Draft): number {
  let count = 0;
  for (const [nodeId, node] of draft.state.nodes) {
    if (node.status === "running" && draft.graph.nodes.get(nodeId)?.type.effectful) count += 1;
  }
  return count;
}

/** False when one more node would pass the limit: the run has then been failed (runs.md §9). */
export function mayStart(draft: Draft): boolean {
  // What undoes is bounded by what there is to undo.
  if (isCompensating(draft.state)) return true;
  const limit = nodeExecutionLimit(draft.environment.limits, draft.state);
  const observed = draft.state.nodeExecutions + 1;
  if (observed <= limit) return true;
  emit(draft, "cap.breached", { kind: "node-executions", limit, observed });
  const message = `The run started more than ${limit} nodes.`;
  failRun(draft, { code: "recursion_limit_exceeded", message, details: { limit, observed } }, undefined);
  return false;
}
