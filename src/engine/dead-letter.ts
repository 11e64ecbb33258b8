// Dead letters: a run that fails for good because a node used up its retries (runs.md §12.2).
//
// A failure that no retry could have mended, or of a node that asked for none, is a failure and no dead letter.

import { type Draft, emit } from "./draft.ts";

/** Notes that the run about to fail does so by exhausted retries; to be called before `run.failed`. */
export function noteDeadLetter(draft: Draft): void {
  const { state, graph } = draft;
  const nodeId = state.failedNodeId ?? "";
  const node = state.nodes.get(nodeId);
  const maxAttempts = graph.nodes.get(nodeId)?.retry.maxAttempts ?? 1;
  if (node?.status !== "failed" || node.error?.retryable !== true) return;
  const attempts = node.attempt + 1;
  if (maxAttempts === 1 || attempts < maxAttempts) return;
  const { runId, tenantId, workflowId } = state.start;
  // The error's own text may quote anything; its code does not.
  const reason = `Node ${nodeId} failed ${attempts} times, last with ${node.error.code}.`;
  emit(draft, "run.dead_lettered", { runId, nodeId, reason, attempts }, { nodeId });
  const letter = { runId, tenantId, workflowId, nodeId, reason, attempts, atMs: draft.nowMs };
  draft.rows.push({ op: "putDeadLetter", letter });
}
