// Projections: what clients see of a run (runs.md §10). Sensitive values are masked here as in events.

import type { RunRow, RunStart } from "#ports/rows.ts";
import { ENGINE_VERSION, EVENT_LOG_SCHEMA_VERSION } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { RunStatus } from "#protocol/status.ts";
import type { Graph } from "./graph.ts";
import { sealPayload } from "./seal.ts";
import { type NodeState, oldestQuestion, type RunState, statusOf } from "./state.ts";

/** The whole snapshot, from the folded state. */
export function snapshotOf(graph: Graph, state: RunState): JsonObject {
  const status = statusOf(state);
  const question = status.startsWith("waiting-") ? oldestQuestion(state) : undefined;
  const variables: JsonObject = {};
  for (const [name, value] of state.variables) {
    const hidden = graph.sensitiveVariables.includes(name);
    Object.defineProperty(variables, name, {
      value: hidden ? `[REDACTED:variable:${name}]` : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  const open: JsonObject = {
    ...common(state.start, status),
    ...times(state.startedMs, state.endedMs),
    ...(question && {
      currentNodeId: question.nodeId,
      interrupt: { kind: question.interrupt.kind, nodeId: question.nodeId, data: question.interrupt.data },
    }),
    inputs: state.inputs,
    nodeStates: nodeStatesOf(state),
    variables,
    channels: {},
    ...(state.activeAgent && { agent: state.activeAgent as unknown as JsonObject }),
    ...(state.orchestration && { runOrchestrator: state.orchestration.agent as unknown as JsonObject }),
    ...(state.childRunIds.length > 0 && { childRuns: state.childRunIds.map((runId) => ({ runId })) }),
    ...(state.error && { error: shownError(state.error) }),
    ...(state.usage && { metrics: metricsOf(state.usage, state.startedMs, state.endedMs) }),
  };
  return graph.sensitive ? sealPayload(graph, state, "state.snapshot", open) : open;
}

/** What a list shows: everything that the row knows, nothing that needs the log. */
export function summaryOf(row: RunRow): JsonObject {
  return {
    ...common(row.start, row.status),
    ...times(row.startedMs, row.endedMs),
    ...(row.currentNodeId !== undefined && { currentNodeId: row.currentNodeId }),
    ...(row.error && { error: shownError(row.error) }),
    ...(row.usage && { metrics: metricsOf(row.usage, row.startedMs, row.endedMs) }),
  };
}

function common(start: RunStart, status: RunStatus): JsonObject {
  return {
    runId: start.runId,
    workflowId: start.workflowId,
    status,
    owner: start.owner as unknown as JsonObject,
    createdAt: iso(start.createdMs),
    definitionHash: start.definitionHash,
    engineVersion: String(start.forcedEngineVersion ?? ENGINE_VERSION),
    eventLogSchemaVersion: EVENT_LOG_SCHEMA_VERSION,
    tags: start.tags,
    metadata: start.metadata,
    configurable: start.configurable,
    ...(start.turn && { threadId: start.turn.threadId }),
    ...(start.chat && { threadId: start.chat.threadId }),
    ...(start.agent && { agent: start.agent as unknown as JsonObject }),
    ...(start.parent && { parentRunId: start.parent.runId, parentNodeId: start.parent.nodeId }),
  };
}

function times(startedMs: number | undefined, endedMs: number | undefined): JsonObject {
  return {
    ...(startedMs !== undefined && { startedAt: iso(startedMs) }),
    ...(endedMs !== undefined && { completedAt: iso(endedMs) }),
  };
}

function nodeStatesOf(state: RunState): JsonObject {
  return Object.fromEntries([...state.nodes].map(([nodeId, node]) => [nodeId, nodeStateOf(node)]));
}

function nodeStateOf(node: NodeState): JsonObject {
  if (node.status === "skipped") return { status: node.status, attempts: 0, reason: node.skipReason ?? "" };
  return {
    status: node.status,
    attempts: node.attempt + 1,
    startedAt: iso(node.startedMs),
    ...(node.endedMs !== undefined && { completedAt: iso(node.endedMs) }),
    ...(node.error && { error: shownError(node.error) }),
  };
}

function shownError(error: { code: string; message: string; details?: Record<string, unknown> }): JsonObject {
  const details = error.details as JsonObject | undefined;
  return { code: error.code, message: error.message, ...(details && { details }) };
}

function metricsOf(
  usage: { inputTokens: number; outputTokens: number; costUsd?: number; provider?: string; model?: string },
  startedMs: number | undefined,
  endedMs: number | undefined,
): JsonObject {
  const cost: Record<string, Json> = { tokens: { input: usage.inputTokens, output: usage.outputTokens } };
  if (usage.costUsd !== undefined) cost.usd = usage.costUsd;
  if (usage.model !== undefined) cost.model = usage.model;
  if (usage.provider !== undefined) cost.provider = usage.provider;
  if (startedMs !== undefined && endedMs !== undefined) cost.duration_ms = endedMs - startedMs;
  return { openwopCost: cost };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
