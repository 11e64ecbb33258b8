// How a run ends: completed, failed or cancelled; always with exactly one terminal event, the last of the log.

import type { ParentRef } from "#ports/rows.ts";
import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import { abandonNode } from "./abandon.ts";
import { type Draft, emit } from "./draft.ts";
import type { GraphNode } from "./graph.ts";
import { chatOf, tellSender } from "./messages.ts";
import type { NodeState } from "./state.ts";
import { CHILD_ENDED_EFFECT } from "./turn/calls.ts";

/** Local work of ours: it commits. */
const TELL_TIMEOUT_MS = 30_000;

/** Ends the run when nothing runs or waits any more: by what its graph-terminal nodes came to (runs.md §5.4). */
export function finishRun(draft: Draft): void {
  const { state, graph } = draft;
  const ends = graph.terminals.map((id) => state.nodes.get(id)).filter((node): node is NodeState => node !== undefined);
  // A dispatch that did its part before does not make up for a supervisor that failed after.
  const leads = graph.loops.map(({ supervisor }) => state.nodes.get(supervisor));
  const failed = [...ends, ...leads].some((node) => node?.status === "failed");
  const completed = ends.some((node) => node.status === "completed");
  if (failed || !completed) return failRun(draft, failureOf(draft), state.failedNodeId);
  completeRun(draft, outputsOf(ends));
}

/** Ends the run as completed; what still works beside its end is cancelled first. */
export function completeRun(draft: Draft, outputs: JsonObject): void {
  cancelOpenNodes(draft, "run-completed", "cancelled");
  emit(draft, "run.completed", { outputs, durationMs: durationMs(draft) });
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
    if (node.status !== "retrying") abandonNode(draft, draft.graph.nodes.get(nodeId) as GraphNode);
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
  if (start.parent && interrupts !== "gone") tellParent(draft, start.parent);
  if (!start.turn) return;
  if (!draft.state.replied) tellSender(draft);
  draft.rows.push({ op: "releaseLane", tenantId: start.tenantId, threadId: start.turn.threadId, runId: start.runId });
}

/** The end of a child is an effect of the parent's node, in the same commit: it cannot get lost between the two. */
function tellParent(draft: Draft, parent: ParentRef): void {
  const { start, phase, outputs = {}, error } = draft.state;
  draft.rows.push({
    op: "putEffect",
    effect: {
      effectId: `${CHILD_ENDED_EFFECT}:${start.runId}`,
      runId: parent.runId,
      tenantId: start.tenantId,
      nodeId: parent.nodeId,
      attempt: parent.attempt,
      ordinal: parent.ordinal,
      kind: CHILD_ENDED_EFFECT,
      class: "read",
      request: {
        childRunId: start.runId,
        workflowId: start.workflowId,
        status: phase,
        outputs,
        ...(error && { error: { code: error.code, message: error.message } }),
      },
      state: "planned",
      timeoutMs: TELL_TIMEOUT_MS,
      plannedMs: draft.nowMs,
    },
  });
}
