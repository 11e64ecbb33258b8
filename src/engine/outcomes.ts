// What a node's outcome means for the log and the rows. The only caller of `emit` for node events.

import { sha256Base64Url } from "#protocol/canonical.ts";
import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "./draft.ts";
import { addMessage } from "./ending.ts";
import { deepEqual } from "./expression/deep-equal.ts";
import type { GraphNode } from "./graph.ts";
import { resolveInputs } from "./inputs.ts";
import { raiseInterrupt } from "./interrupts.ts";
import type { EffectRequest, NodeContext, NodeEvent, NodeOutcome } from "./node-type.ts";
import { retryDelayMs } from "./retry.ts";
import type { NodeState } from "./state.ts";

/** Starts an attempt of a node: `node.started`, its inputs, its executor. */
export function startNode(draft: Draft, node: GraphNode, attempt: number): void {
  const { id: nodeId, typeId } = node.definition;
  emit(draft, "node.started", { nodeId, typeId, attempt }, { nodeId });
  applyOutcome(
    draft,
    node,
    withContext(draft, node, (context) => node.type.start(context)),
  );
  armNodeTimeout(draft, node);
}

/** Runs a step of the node's executor; inputs that cannot be resolved fail the node without running it. */
export function withContext(draft: Draft, node: GraphNode, step: (context: NodeContext) => NodeOutcome): NodeOutcome {
  const { state } = draft;
  const resolved = resolveInputs(draft.graph, node, state);
  if (!resolved.ok) {
    return {
      kind: "fail",
      error: { code: "validation_error", message: resolved.message, details: { port: resolved.port } },
    };
  }
  return step({
    runId: state.start.runId,
    nodeId: node.definition.id,
    attempt: state.nodes.get(node.definition.id)?.attempt ?? 0,
    config: node.definition.config as JsonObject,
    inputs: resolved.inputs,
    deliveries: resolved.deliveries,
    runInputs: state.inputs,
    configurable: state.start.configurable,
    variables: Object.fromEntries(state.variables),
    turn: state.start.turn,
    routesOn: (result) => node.outgoing.some((edge) => edge.test?.(result)),
  });
}

/** Writes what the outcome means. */
export function applyOutcome(draft: Draft, node: GraphNode, outcome: NodeOutcome): void {
  switch (outcome.kind) {
    case "complete":
      emitAll(draft, node, outcome.events);
      return completeNode(draft, node, outcome);
    case "fail":
      emitAll(draft, node, outcome.events);
      return failNode(draft, node, outcome.error);
    case "ask":
      return raiseInterrupt(draft, node, outcome.interrupt);
    case "sleep":
      return setTimer(draft, node, "delay", draft.nowMs + outcome.durationMs);
    case "effect":
      emitAll(draft, node, outcome.events);
      return planEffect(draft, node, outcome.effect);
  }
}

function emitAll(draft: Draft, node: GraphNode, events: NodeEvent[] | undefined): void {
  for (const event of events ?? []) emit(draft, event.type, event.payload, { nodeId: node.definition.id });
}

function completeNode(draft: Draft, node: GraphNode, outcome: Extract<NodeOutcome, { kind: "complete" }>): void {
  const nodeId = node.definition.id;
  for (const [name, next] of Object.entries(outcome.variables ?? {})) changeVariable(draft, nodeId, name, next);
  const shown = outcome.reply ? addMessage(draft, "agent", outcome.reply.text, outcome.reply.agent) : {};
  const outputs: JsonObject = { ...outcome.outputs, ...shown };
  emit(draft, "node.completed", { nodeId, outputs, durationMs: nodeDurationMs(draft, nodeId) }, { nodeId });
  clearNodeTimers(draft, node);
}

function changeVariable(draft: Draft, nodeId: string, name: string, next: Json): void {
  const previous = draft.state.variables.get(name);
  if (previous !== undefined && deepEqual(previous, next)) return;
  emit(draft, "variable.changed", { name, ...(previous !== undefined && { previous }), next, nodeId }, { nodeId });
}

/** Retries while the policy allows, else `node.failed` once (runs.md §12.1). */
export function failNode(draft: Draft, node: GraphNode, error: RunError): void {
  const nodeId = node.definition.id;
  const tries = (draft.state.nodes.get(nodeId)?.attempt ?? 0) + 1;
  const delayMs = retryDelayMs(node.retry, tries, error);
  if (delayMs !== undefined) {
    const lastError = error as unknown as JsonObject;
    emit(draft, "node.retried", { nodeId, attempt: tries, delayMs, lastError }, { nodeId });
    clearNodeTimers(draft, node);
    return setTimer(draft, node, "retry", draft.nowMs + delayMs);
  }
  emit(draft, "node.failed", { nodeId, error: error as unknown as JsonObject, attempts: tries }, { nodeId });
  clearNodeTimers(draft, node);
}

function planEffect(draft: Draft, node: GraphNode, effect: EffectRequest): void {
  const { start } = draft.state;
  const nodeId = node.definition.id;
  draft.rows.push({
    op: "putEffect",
    effect: {
      effectId: invocationId(start.tenantId, start.runId, nodeId, effect.ordinal, effect.providerKey),
      runId: start.runId,
      tenantId: start.tenantId,
      nodeId,
      attempt: stateOf(draft, nodeId).attempt,
      ordinal: effect.ordinal,
      kind: effect.kind,
      class: effect.class,
      request: effect.request,
      state: "planned",
      timeoutMs: effect.timeoutMs,
      plannedMs: draft.nowMs,
    },
  });
}

/** Layer-2 identity (runs.md §3.2): the same for every attempt of the same logical effect. */
export function invocationId(
  tenantId: string,
  runId: string,
  nodeId: string,
  ordinal: number,
  providerKey: string,
): string {
  return sha256Base64Url(["openwop:activity:v2", tenantId, runId, nodeId, String(ordinal), providerKey].join("\0"));
}

function setTimer(draft: Draft, node: GraphNode, purpose: "delay" | "retry" | "node-timeout", dueMs: number): void {
  const nodeId = node.definition.id;
  const { runId } = draft.state.start;
  const { attempt } = stateOf(draft, nodeId);
  draft.rows.push({ op: "putTimer", timer: { runId, purpose, nodeId, attempt, dueMs } });
}

function armNodeTimeout(draft: Draft, node: GraphNode): void {
  if (node.timeoutMs === 0 || stateOf(draft, node.definition.id).status !== "running") return;
  setTimer(draft, node, "node-timeout", draft.nowMs + node.timeoutMs);
}

function clearNodeTimers(draft: Draft, node: GraphNode): void {
  if (node.timeoutMs === 0) return;
  const { runId } = draft.state.start;
  draft.rows.push({ op: "deleteTimer", runId, purpose: "node-timeout", nodeId: node.definition.id });
}

function nodeDurationMs(draft: Draft, nodeId: string): number {
  return draft.nowMs - stateOf(draft, nodeId).startedMs;
}

function stateOf(draft: Draft, nodeId: string): NodeState {
  const node = draft.state.nodes.get(nodeId);
  if (!node) throw new Error(`node ${nodeId} has not started`);
  return node;
}
