// What the events of a run amount to in the contract's metrics (operations.md §4.5). Pure: a run's entry is a fold of its
// events, and each event says what it adds.

import type { RunStart } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";

/** What must be remembered of a run between its events. */
export interface TrackedRun {
  workflowId: string;
  tenantId: string;
  createdMs: number;
  startedMs: number;
  nodes: Map<string, { typeId: string; startedMs: number; attempt: number }>;
  /** Open questions by node. */
  questions: Map<string, { kind: string; askedMs: number }>;
  /** Open tool calls by call id. */
  calls: Map<string, { toolName: string; calledMs: number }>;
  decisions: number;
}

export type Measurement =
  | { of: "run.started"; backlogMs: number }
  | { of: "run.completed"; status: string; durationMs: number; decisions: number }
  | { of: "node.completed"; nodeId: string; nodeType: string; status: string; durationMs: number; attempt: number }
  | { of: "node.skipped" }
  | { of: "node.retried"; nodeType: string }
  | { of: "activity"; nodeId: string; provider: string; status: "success" | "error"; durationMs: number }
  | { of: "usage"; nodeId: string; provider: string; input: number; output: number; usd: number | undefined }
  | { of: "cap.exceeded"; kind: string; limit: number; observed: number }
  | { of: "interrupt.requested"; kind: string }
  | { of: "interrupt.ended"; kind: string; status: "resolved" | "timeout" | "cancelled"; durationMs: number }
  | { of: "orchestrator.decided"; kind: string };

export function trackedRun(start: RunStart): TrackedRun {
  return {
    workflowId: start.workflowId,
    tenantId: start.tenantId,
    createdMs: start.createdMs,
    startedMs: start.createdMs,
    nodes: new Map(),
    questions: new Map(),
    calls: new Map(),
    decisions: 0,
  };
}

/** Folds the event into the run's entry and says what it adds. Total: unknown types add nothing. */
export function measure(run: TrackedRun, event: RunEvent): Measurement[] {
  const { payload } = event;
  const atMs = Date.parse(event.timestamp);
  const nodeId = event.nodeId ?? "";
  switch (event.type) {
    case "run.started":
      run.startedMs = atMs;
      return [{ of: "run.started", backlogMs: Math.max(0, atMs - run.createdMs) }];
    case "run.completed":
    case "run.failed":
    case "run.cancelled":
      return endRun(run, event.type.slice("run.".length), atMs);
    case "node.started":
      run.nodes.set(nodeId, { typeId: String(payload.typeId), startedMs: atMs, attempt: Number(payload.attempt ?? 0) });
      return [];
    case "node.retried":
      return [{ of: "node.retried", nodeType: run.nodes.get(nodeId)?.typeId ?? UNKNOWN }];
    case "node.completed":
    case "node.failed":
    case "node.cancelled":
      return endNode(run, nodeId, event.type.slice("node.".length), atMs);
    case "node.skipped":
      return [{ of: "node.skipped" }];
    case "interrupt.requested":
      run.questions.set(nodeId, { kind: String(payload.kind), askedMs: atMs });
      return [{ of: "interrupt.requested", kind: String(payload.kind) }];
    case "interrupt.resolved":
      return endQuestion(run, nodeId, payload.reason === "timeout" ? "timeout" : "resolved", atMs);
    case "cap.breached":
      return [capOf(payload)];
    case "provider.usage":
      return usageOf(run, nodeId, payload, atMs);
    case "agent.toolCalled":
      run.calls.set(String(payload.callId), { toolName: String(payload.toolName), calledMs: atMs });
      return [];
    case "agent.toolReturned":
      return endCall(run, nodeId, payload, atMs);
    case "runOrchestrator.decided":
      run.decisions += 1;
      return [{ of: "orchestrator.decided", kind: decisionKindOf(payload) }];
    default:
      return [];
  }
}

const UNKNOWN = "unknown";

function endRun(run: TrackedRun, status: string, atMs: number): Measurement[] {
  const open = [...run.questions.keys()].flatMap((nodeId) => endQuestion(run, nodeId, "cancelled", atMs));
  return [...open, { of: "run.completed", status, durationMs: atMs - run.startedMs, decisions: run.decisions }];
}

function endNode(run: TrackedRun, nodeId: string, status: string, atMs: number): Measurement[] {
  const node = run.nodes.get(nodeId);
  run.nodes.delete(nodeId);
  const ended = status === "completed" ? "resolved" : "cancelled";
  return [
    ...endQuestion(run, nodeId, ended, atMs),
    {
      of: "node.completed",
      nodeId,
      nodeType: node?.typeId ?? UNKNOWN,
      status,
      durationMs: atMs - (node?.startedMs ?? atMs),
      attempt: node?.attempt ?? 0,
    },
  ];
}

function endQuestion(
  run: TrackedRun,
  nodeId: string,
  status: "resolved" | "timeout" | "cancelled",
  atMs: number,
): Measurement[] {
  const question = run.questions.get(nodeId);
  if (!question) return [];
  run.questions.delete(nodeId);
  return [{ of: "interrupt.ended", kind: question.kind, status, durationMs: atMs - question.askedMs }];
}

function capOf(payload: RunEvent["payload"]): Measurement {
  const { kind, limit, observed } = payload;
  return { of: "cap.exceeded", kind: String(kind), limit: Number(limit), observed: Number(observed) };
}

/** A call to a model: its own length is not written down, so the time since the node began stands for it. */
function usageOf(run: TrackedRun, nodeId: string, payload: RunEvent["payload"], atMs: number): Measurement[] {
  const { inputTokens, outputTokens, costEstimateUsd } = payload;
  const provider = String(payload.provider);
  const startedMs = run.nodes.get(nodeId)?.startedMs ?? atMs;
  const usd = typeof costEstimateUsd === "number" ? costEstimateUsd : undefined;
  return [
    { of: "activity", nodeId, provider, status: "success", durationMs: atMs - startedMs },
    { of: "usage", nodeId, provider, input: Number(inputTokens), output: Number(outputTokens), usd },
  ];
}

function endCall(run: TrackedRun, nodeId: string, payload: RunEvent["payload"], atMs: number): Measurement[] {
  const callId = String(payload.callId);
  const call = run.calls.get(callId);
  run.calls.delete(callId);
  const durationMs = Number(payload.durationMs ?? atMs - (call?.calledMs ?? atMs));
  const status = payload.status === "ok" ? "success" : "error";
  return [{ of: "activity", nodeId, provider: call?.toolName ?? String(payload.toolName), status, durationMs }];
}

function decisionKindOf(payload: RunEvent["payload"]): string {
  const decision = payload.decision as { kind?: unknown } | undefined;
  return String(decision?.kind ?? payload.kind ?? UNKNOWN);
}
