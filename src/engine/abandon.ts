// Work that is given up before it is done: its node says what is left to say, and the runs below it end with it.

import { tell } from "./children/tell.ts";
import { contextOf, emitAll } from "./context.ts";
import { closeConversation } from "./conversation/closing.ts";
import type { Draft } from "./draft.ts";
import type { GraphNode } from "./graph.ts";

/** Kind of the effect by which the end of a run reaches the runs it started. */
export const CANCEL_RUN_EFFECT = "cancel-run";

/** A node stops working. Runs it waits for, whose ids are returned, are told by an effect of theirs, which survives us. */
export function abandonNode(draft: Draft, node: GraphNode): string[] {
  closeConversation(draft, node, { said: { role: "system", content: "The run ended." } });
  if (!node.type.onAbandon) return [];
  const { events, childRunIds } = node.type.onAbandon(contextOf(draft, node));
  emitAll(draft, node.definition.id, events);
  for (const childRunId of childRunIds) cancelChild(draft, childRunId);
  return childRunIds;
}

function cancelChild(draft: Draft, childRunId: string): void {
  const { runId } = draft.state.start;
  const wholeRun = { runId: childRunId, nodeId: "", attempt: 0, ordinal: 0 };
  tell(draft, wholeRun, `${CANCEL_RUN_EFFECT}:${childRunId}`, CANCEL_RUN_EFFECT, { parentRunId: runId });
}
