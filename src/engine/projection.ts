// Projections: what clients see of a run (runs.md §10). Sensitive values are masked here as in events.

import type { RunRow, RunStart } from "#ports/rows.ts";
import { ENGINE_VERSION, EVENT_LOG_SCHEMA_VERSION } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { RunStatus } from "#protocol/status.ts";
import { shownChannels } from "./channels/read.ts";
import { compensationStatusOf } from "./compensation/state.ts";
import type { Graph } from "./graph.ts";
import { shownInterrupt } from "./interrupts/shown.ts";
import { maskVariables, sealPayload } from "./seal.ts";
import { type NodeState, oldestQuestion, type RunState, statusOf, waitingNodeId } from "./state.ts";

/** The whole snapshot, from the folded state. */
export function snapshotOf(graph: Graph, state: RunState): JsonObject {
  const status = statusOf(state);
  const isWaiting = status.startsWith("waiting-");
  const question = isWaiting ? oldestQuestion(state) : undefined;
  const currentNodeId = isWaiting ? waitingNodeId(state) : undefined;
  const channels = shownChannels(state);
  const open: JsonObject = {
    ...common(state.start, status),
    ...times(state.startedMs, state.endedMs),
    ...(state.pausedAtMs !== undefined && { pausedAt: iso(state.pausedAtMs) }),
    ...(currentNodeId !== undefined && { currentNodeId }),
    ...(question && {
      interrupt: { nodeId: question.nodeId, ...shownInterrupt(question.interrupt) },
    }),
    inputs: maskVariables(graph, state.inputs),
    nodeStates: nodeStatesOf(state),
    // A channel can be read under its name among the variables, too (runs.md §6.1).
    variables: { ...maskVariables(graph, Object.fromEntries(state.variables)), ...channels },
    channels,
    ...(state.activeAgent && { agent: state.activeAgent as unknown as JsonObject }),
    ...(state.orchestration && { runOrchestrator: state.orchestration.agent as unknown as JsonObject }),
    ...(state.childRuns.length > 0 && { childRuns: state.childRuns.map(({ runId, status }) => ({ runId, status })) }),
    ...(state.compensation && { compensationStatus: compensationStatusOf(state) as string }),
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
    ...forkMembers(start),
  };
}

function forkMembers({ fork }: RunStart): JsonObject {
  return fork ? { sourceRunId: fork.sourceRunId, forkMode: fork.mode, fromSeq: fork.fromSeq } : {};
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

/** Events of one commit share their time: in a large run most texts were just made. */
const lastIso = { ms: Number.NaN, text: "" };

function iso(ms: number): string {
  if (lastIso.ms !== ms) Object.assign(lastIso, { ms, text: new Date(ms).toISOString() });
  return lastIso.text;
}
