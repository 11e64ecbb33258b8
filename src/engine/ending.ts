// How a run ends: completed, failed or cancelled; always with exactly one terminal event, the last of the log.

import type { MessageRow } from "#ports/rows.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "./draft.ts";
import type { NodeState } from "./state.ts";

/** Ends the run when nothing runs or waits any more: by what its graph-terminal nodes came to (runs.md §5.4). */
export function finishRun(draft: Draft): void {
  const { state, graph } = draft;
  const ends = graph.terminals.map((id) => state.nodes.get(id)).filter((node): node is NodeState => node !== undefined);
  const failed = ends.some((node) => node.status === "failed");
  const completed = ends.some((node) => node.status === "completed");
  if (failed || !completed) return failRun(draft, failureOf(draft), state.failedNodeId);
  emit(draft, "run.completed", { outputs: outputsOf(ends), durationMs: durationMs(draft) });
  closeRows(draft, "cancelled");
}

/** Outputs of the completed end nodes, in graph order. */
function outputsOf(ends: NodeState[]): JsonObject {
  return Object.assign({}, ...ends.filter((node) => node.status === "completed").map((node) => node.outputs));
}

function failureOf(draft: Draft): RunError {
  const { failedNodeId, nodes } = draft.state;
  const failed = failedNodeId === undefined ? undefined : nodes.get(failedNodeId);
  return failed?.error ?? { code: "validation_error", message: "No end of the workflow was reached." };
}

/** Ends the run as failed; whatever still runs or waits is cancelled first. */
export function failRun(draft: Draft, error: RunError, failedNodeId: string | undefined): void {
  cancelOpenNodes(draft, error.code, "cancelled");
  const { retryable: _, ...shown } = error;
  emit(draft, "run.failed", {
    error: shown as unknown as JsonObject,
    ...(failedNodeId !== undefined && { failedNodeId }),
    durationMs: durationMs(draft),
  });
  closeRows(draft, "cancelled");
}

/** Ends the run as cancelled. A cancel that came down from a parent names it (runs.md §4.2). */
export function cancelRun(draft: Draft, by: string, reason: string | undefined, parentRunId: string | undefined): void {
  const interrupts = parentRunId === undefined ? "cancelled" : "gone";
  cancelOpenNodes(draft, parentRunId === undefined ? "run-cancelled" : "parent-cancelled", interrupts);
  const shownReason = parentRunId === undefined ? reason : "parent-cancelled";
  emit(draft, "run.cancelled", {
    cancelledBy: by,
    ...(shownReason !== undefined && { reason: shownReason }),
    ...(parentRunId !== undefined && { parentRunId }),
    durationMs: durationMs(draft),
  });
  closeRows(draft, interrupts);
}

function cancelOpenNodes(draft: Draft, reason: string, interrupts: "cancelled" | "gone"): void {
  for (const nodeId of draft.graph.order) {
    const node = draft.state.nodes.get(nodeId);
    if (node?.status !== "running" && node?.status !== "waiting" && node?.status !== "retrying") continue;
    emit(draft, "node.cancelled", { nodeId, reason }, { nodeId });
    if (node.interrupt) settleRow(draft, node.interrupt.interruptId, interrupts, "system");
  }
}

/** The row of an interrupt that is over. */
export function settleRow(
  draft: Draft,
  interruptId: string,
  status: "resolved" | "expired" | "cancelled" | "gone",
  by: string,
): void {
  const { tenantId, turn } = draft.state.start;
  draft.rows.push({
    op: "settleInterrupt",
    interruptId,
    tenantId,
    status,
    atMs: draft.nowMs,
    by,
    ...(turn && { threadId: turn.threadId }),
  });
}

function durationMs(draft: Draft): number {
  return draft.nowMs - (draft.state.startedMs ?? draft.nowMs);
}

function closeRows(draft: Draft, interrupts: "cancelled" | "gone"): void {
  const { start } = draft.state;
  draft.rows.push({ op: "endRun", runId: start.runId, interrupts, atMs: draft.nowMs });
  if (!start.turn) return;
  if (!draft.state.replied) tellSender(draft);
  draft.rows.push({ op: "releaseLane", tenantId: start.tenantId, threadId: start.turn.threadId, runId: start.runId });
}

/** A turn that ends without a reply ends with a notice: every accepted message comes to an end its sender sees (P-2). */
function tellSender(draft: Draft): void {
  const { phase, start } = draft.state;
  const text =
    phase === "cancelled"
      ? "Stopped: this message was not answered."
      : `Sorry, this message could not be answered. The details are under ${start.runId}.`;
  addMessage(draft, "system", text);
}

/** Writes a message of the turn's thread and the outbox row that carries it; returns what the log may show of it. */
export function addMessage(draft: Draft, role: "agent" | "system", text: string, agent?: string): JsonObject {
  const { start } = draft.state;
  const { turn } = start;
  if (!turn) throw new Error(`run ${start.runId} has no thread to write to`);
  const messageId = draft.ids.next("msg");
  const contentId = `body:${messageId}`;
  const sha256 = sha256Hex(text);
  const message: MessageRow = {
    messageId,
    tenantId: start.tenantId,
    threadId: turn.threadId,
    role,
    contentId,
    runId: start.runId,
    inReplyTo: turn.messageId,
    atMs: draft.nowMs,
    ...(agent !== undefined && { agent }),
  };
  draft.rows.push(
    { op: "putContent", contentId, runId: start.runId, sha256, body: text },
    { op: "insertMessage", message, channel: "web" },
    { op: "putOutbox", row: outboxRow(draft, messageId, turn.threadId) },
  );
  return { messageId, contentId, sha256 };
}

function outboxRow(draft: Draft, messageId: string, threadId: string) {
  const { start } = draft.state;
  return {
    outboxId: draft.ids.next("obx"),
    tenantId: start.tenantId,
    kind: "message" as const,
    destination: `web:${start.tenantId}:${threadId}`,
    clientId: `${start.runId}:${messageId}`,
    payload: { messageId, threadId },
    state: "queued" as const,
    attempts: 0,
    dueMs: draft.nowMs,
    createdMs: draft.nowMs,
    // Whoever reads the thread twice sees one message: it is found by its id.
    repeatable: true,
  };
}
