// Interrupts: raising a question, and what an accepted answer means (interrupts-conversations.md).
//
//   I1. A node has at most one open interrupt; its key is `runId:nodeId:count`, or `runId:nodeId:callId` inside a turn.
//   I2. Votes are keyed by voter, the last one counts; the terminal tally closes the gate (interrupts/votes.ts).
//   I3. `interrupt.requested` carries exactly the closed payload; ids stand on `node.suspended`.

import type { InterruptRow } from "#ports/rows.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { outgoingTrace } from "#protocol/trace.ts";
import { foldTurns } from "./conversation/closing.ts";
import { type Draft, emit } from "./draft.ts";
import { settleRow } from "./ending.ts";
import type { GraphNode } from "./graph.ts";
import { escalationOf } from "./interrupts/people.ts";
import { chatOf, queueOutbox } from "./messages.ts";
import type { InterruptRequest } from "./node-type.ts";
import type { NodeState, OpenInterrupt } from "./state.ts";
import { endNodeTimer, setNodeTimer } from "./timers.ts";

/** Suspends the node with a question: events, row and deadline. */
export function raiseInterrupt(draft: Draft, node: GraphNode, request: InterruptRequest): void {
  const nodeId = node.definition.id;
  const { start } = draft.state;
  const before = draft.state.nodes.get(nodeId) as NodeState;
  const interruptId = draft.ids.next("int");
  const { kind, data } = request;
  const key = request.key ?? `${start.runId}:${nodeId}:${before.interruptCount}`;
  const chat = chatOf(start);
  foldTurns(draft, node, request.turns ?? []);
  const reason = reasonOf(request);
  const suspended = emit(draft, "node.suspended", { nodeId, interruptId, kind, key, ...reason }, { nodeId });
  const optional = {
    ...(request.resumeSchema && { resumeSchema: request.resumeSchema }),
    ...(request.timeoutMs && { timeoutMs: request.timeoutMs }),
  };
  emit(draft, "interrupt.requested", { kind, key, data, ...optional }, { nodeId, causationId: suspended.eventId });
  emitMirror(draft, nodeId, interruptId, request);
  const deadlineMs = request.timeoutMs ? draft.nowMs + request.timeoutMs : undefined;
  const row: InterruptRow = {
    interruptId,
    runId: start.runId,
    tenantId: start.tenantId,
    nodeId,
    kind,
    key,
    data,
    ...optional,
    requestedMs: draft.nowMs,
    ...(deadlineMs !== undefined && { deadlineMs }),
    status: "open",
    ...(chat && { threadId: chat.threadId }),
    authRequired: request.authRequired ?? false,
  };
  draft.rows.push({ op: "putInterrupt", interrupt: row });
  if (deadlineMs !== undefined) setNodeTimer(draft, nodeId, "interrupt-timeout", deadlineMs);
  const escalation = escalationOf(data);
  if (escalation) setNodeTimer(draft, nodeId, "escalation", draft.nowMs + escalation.afterMs);
  if (start.callbackUrl !== undefined) notifyCallback(draft, interruptId, nodeId, start.callbackUrl);
}

function reasonOf(request: InterruptRequest): JsonObject {
  if (request.kind === "low-confidence") {
    const { agentId, threshold, observed } = request.data as Record<string, Json>;
    return { reason: "low-confidence", agentId, threshold, observed } as JsonObject;
  }
  return request.kind === "conversation.exchange" ? { reason: "conversation-input" } : {};
}

function emitMirror(draft: Draft, nodeId: string, interruptId: string, request: InterruptRequest): void {
  const { data } = request;
  if (request.kind === "clarification") {
    const questions = data.questions as Json;
    emit(draft, "clarification.requested", { nodeId, interruptId, questions }, { nodeId });
  }
  if (request.kind !== "approval" || !request.mirrorApproval) return;
  // The legacy event spells `edit-accept` as `edit` (runs.md §18 no. 4).
  const actions = (data.actions as string[]).map((action) => (action === "edit-accept" ? "edit" : action));
  const { artifactId, artifactType, title, approversList, requiredApprovals } = data;
  const payload: JsonObject = {
    nodeId,
    interruptId,
    artifactId: artifactId as Json,
    artifactType: artifactType as Json,
    title: title as Json,
    actions,
    ...(approversList !== undefined && { approversList }),
    ...(requiredApprovals !== undefined && { requiredApprovals }),
  };
  emit(draft, "approval.requested", payload, { nodeId });
}

function notifyCallback(draft: Draft, interruptId: string, nodeId: string, callbackUrl: string): void {
  const { runId } = draft.state.start;
  queueOutbox(draft, {
    kind: "interrupt-callback",
    destination: `callback:${runId}`,
    clientId: interruptId,
    payload: { interruptId, runId, nodeId, url: callbackUrl, trace: { ...outgoingTrace(draft.state.start) } },
    // The receiver can tell a repetition by the interruptId.
    repeatable: true,
  });
}

/** Closes the question with its answer: received, resolved, resumed, row settled. */
export function closeInterrupt(draft: Draft, nodeId: string, interrupt: OpenInterrupt, answer: Json, by: string): void {
  const { interruptId, kind } = interrupt;
  if (kind === "approval") emit(draft, "approval.received", approvalReceived(nodeId, answer, by), { nodeId });
  if (kind === "clarification") {
    const { answers } = answer as { answers: JsonObject };
    emit(draft, "clarification.resolved", { nodeId, answers, answeredBy: by }, { nodeId });
  }
  const resolved = { nodeId, interruptId, kind, resumeValue: answer, resolvedBy: by, resolvedAt: draft.timestamp };
  emit(draft, "interrupt.resolved", resolved, { nodeId });
  emit(draft, "node.resumed", { nodeId, interruptId, resumeValue: answer }, { nodeId });
  settleRow(draft, interruptId, "resolved", by);
  clearTimers(draft, nodeId, interrupt);
}

function approvalReceived(nodeId: string, answer: Json, by: string): JsonObject {
  const { action, comment, feedback, refineFeedback, editedArtifactData, decidedAt } = answer as JsonObject;
  return {
    nodeId,
    action: action as Json,
    decidedBy: by,
    ...(decidedAt !== undefined && { decidedAt }),
    ...(comment !== undefined && { comment }),
    ...(feedback !== undefined && { feedback }),
    ...(refineFeedback !== undefined && { refineFeedback }),
    ...(editedArtifactData !== undefined && { editedArtifactData }),
  };
}

/** The deadline passed: the question is closed as rejected (§3 "Timeout"). */
export function expireInterrupt(draft: Draft, nodeId: string, interrupt: OpenInterrupt): void {
  const { interruptId, kind } = interrupt;
  if (kind === "approval") {
    const received = { nodeId, action: "timeout", decidedAt: draft.timestamp };
    emit(draft, "approval.received", received, { nodeId });
  }
  const resolved = { nodeId, interruptId, kind, resumeValue: null, outcome: "rejected", reason: "timeout" };
  emit(draft, "interrupt.resolved", { ...resolved, resolvedBy: "system" }, { nodeId });
  emit(draft, "node.resumed", { nodeId, interruptId, resumeValue: null }, { nodeId });
  settleRow(draft, interruptId, "expired", "system");
  clearTimers(draft, nodeId, interrupt);
}

function clearTimers(draft: Draft, nodeId: string, interrupt: OpenInterrupt): void {
  if (interrupt.deadlineMs !== undefined) endNodeTimer(draft, nodeId, "interrupt-timeout");
  if (escalationOf(interrupt.data)) endNodeTimer(draft, nodeId, "escalation");
}
