// How a run ends: completed, failed or cancelled; always with exactly one terminal event, the last of the log.

import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import { abandonNode } from "./abandon.ts";
import { tellParentOfEnd } from "./children/tell.ts";
import { heedParent, undoFirst } from "./compensation/request.ts";
import { type Ending, isCompensating } from "./compensation/state.ts";
import { noteDeadLetter } from "./dead-letter.ts";
import { type Draft, emit, nodeIn } from "./draft.ts";
import { chatOf, tellSender } from "./messages.ts";
import { isOpen, type NodeState } from "./state.ts";

/** Ends the run when nothing runs or waits any more: by what its graph-terminal nodes came to (runs.md §5.4). */
export function finishRun(draft: Draft): void {
  const { state, graph } = draft;
  const ends = graph.terminals.map((id) => state.nodes.get(id)).filter((node): node is NodeState => node !== undefined);
  // The end of a loop that did its part before does not make up for a beginning that failed after.
  const heads = graph.loops.map(({ head }) => state.nodes.get(head));
  const failed = [...ends, ...heads].some((node) => node?.status === "failed");
  const completed = ends.some((node) => node.status === "completed");
  if (failed || !completed) return failRun(draft, failureOf(draft), state.failedNodeId, true);
  completeRun(draft, outputsOf(ends));
}

/** Ends the run as completed; what still works beside its end is cancelled first. */
export function completeRun(draft: Draft, outputs: JsonObject, reason?: string): void {
  if (isCompensating(draft.state)) return;
  cancelOpenNodes(draft, "run-completed", "cancelled");
  emit(draft, "run.completed", { outputs, ...(reason !== undefined && { reason }), durationMs: durationMs(draft) });
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

/**
 * Ends the run as failed; whatever still runs or waits is cancelled first. `asDeadLetter`: because of a node that failed,
 * whose retries may be used up.
 */
export function failRun(draft: Draft, error: RunError, failedNodeId: string | undefined, asDeadLetter = false): void {
  if (isCompensating(draft.state)) return;
  cancelOpenNodes(draft, error.code, "cancelled");
  const failed = failedNodeId === undefined ? {} : { failedNodeId };
  endOrUndo(draft, { status: "failed", error, ...failed, ...(asDeadLetter && { asDeadLetter }) });
}

/** Where the workflow says so, the run first undoes what it did (compensation/request.ts). */
function endOrUndo(draft: Draft, ending: Ending): void {
  if (!draft.graph.compensation || !undoFirst(draft, ending)) endRun(draft, ending);
}

/** Writes the terminal event; nothing is open any more. */
export function endRun(draft: Draft, ending: Ending): void {
  if (ending.status === "failed") endFailed(draft, ending);
  else endCancelled(draft, ending);
}

type EndingAs<Status> = Extract<Ending, { status: Status }>;

function endFailed(draft: Draft, { error, failedNodeId, asDeadLetter }: EndingAs<"failed">): void {
  if (asDeadLetter) noteDeadLetter(draft);
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
  if (isCompensating(draft.state)) return heedParent(draft, parentRunId);
  cancelOpenNodes(
    draft,
    parentRunId === undefined ? "run-cancelled" : "parent-cancelled",
    parentRunId === undefined ? "cancelled" : "gone",
  );
  const given = { ...(reason !== undefined && { reason }), ...(parentRunId !== undefined && { parentRunId }) };
  endOrUndo(draft, { status: "cancelled", by, ...given });
}

function endCancelled(draft: Draft, { by, reason, parentRunId }: EndingAs<"cancelled">): void {
  const interrupts = parentRunId === undefined ? "cancelled" : "gone";
  const shownReason = parentRunId === undefined ? reason : "parent-cancelled";
  emit(draft, "run.cancelled", {
    cancelledBy: by,
    ...(shownReason !== undefined && { reason: shownReason }),
    ...(parentRunId !== undefined && { parentRunId, parentNodeId: draft.state.start.parent?.nodeId ?? "" }),
    durationMs: durationMs(draft),
  });
  closeRows(draft, interrupts);
}

/** Whatever runs or waits is given up. */
export function cancelOpenNodes(draft: Draft, reason: string, interrupts: "cancelled" | "gone"): void {
  for (const nodeId of draft.graph.order) {
    const node = draft.state.nodes.get(nodeId);
    if (!node || !isOpen(node)) continue;
    const childRunIds = node.status === "retrying" ? [] : abandonNode(draft, nodeIn(draft, nodeId));
    const below = childRunIds.length > 0 ? { childRunIds } : {};
    emit(draft, "node.cancelled", { nodeId, reason, ...below }, { nodeId });
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
  const { tenantId } = draft.state.start;
  const chat = chatOf(draft.state.start);
  draft.rows.push({
    op: "settleInterrupt",
    interruptId,
    tenantId,
    status,
    atMs: draft.nowMs,
    by,
    ...(chat && { threadId: chat.threadId }),
  });
}

function durationMs(draft: Draft): number {
  return draft.nowMs - (draft.state.startedMs ?? draft.nowMs);
}

function closeRows(draft: Draft, interrupts: "cancelled" | "gone"): void {
  const { start } = draft.state;
  draft.rows.push({ op: "endRun", runId: start.runId, interrupts, atMs: draft.nowMs });
  releaseScope(draft);
  if (start.parent && interrupts !== "gone") tellParentOfEnd(draft, start.parent);
  if (!start.turn || start.fork) return;
  if (!draft.state.replied) tellSender(draft);
  draft.rows.push({ op: "releaseLane", tenantId: start.tenantId, threadId: start.turn.threadId, runId: start.runId });
}

/** Another run of the scope may now be the only one (`X-Dedup: enforce`). */
function releaseScope({ state, rows }: Draft): void {
  const { tenantId, scopeId, runId } = state.start;
  if (scopeId !== undefined) rows.push({ op: "releaseScope", tenantId, scopeId, runId });
}
