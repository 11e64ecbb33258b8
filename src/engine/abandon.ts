// Work that is given up before it is done: its node says what is left to say, and the runs below it end with it.

import { contextOf, emitAll } from "./context.ts";
import { closeConversation } from "./conversation/closing.ts";
import type { Draft } from "./draft.ts";
import type { GraphNode } from "./graph.ts";

/** Kind of the effect by which the end of a run reaches the runs it started. */
export const CANCEL_RUN_EFFECT = "cancel-run";

/** Local work of ours: it commits. */
const CANCEL_TIMEOUT_MS = 30_000;

/** A node stops working. Runs it waits for, whose ids are returned, are told by an effect of theirs, which survives us. */
export function abandonNode(draft: Draft, node: GraphNode): string[] {
  closeConversation(draft, node, { said: { role: "system", content: "The run ended." } });
  if (!node.type.onAbandon) return [];
  const { events, childRunIds } = node.type.onAbandon({ ...contextOf(draft, node), inputs: {}, deliveries: [] });
  emitAll(draft, node.definition.id, events);
  for (const childRunId of childRunIds) cancelChild(draft, childRunId);
  return childRunIds;
}

function cancelChild(draft: Draft, childRunId: string): void {
  const { runId, tenantId } = draft.state.start;
  draft.rows.push({
    op: "putEffect",
    effect: {
      effectId: `${CANCEL_RUN_EFFECT}:${childRunId}`,
      runId: childRunId,
      tenantId,
      nodeId: "",
      attempt: 0,
      ordinal: 0,
      kind: CANCEL_RUN_EFFECT,
      class: "read",
      request: { parentRunId: runId },
      state: "planned",
      timeoutMs: CANCEL_TIMEOUT_MS,
      plannedMs: draft.nowMs,
    },
  });
}
