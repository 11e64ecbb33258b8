// The end of a conversation: someone closed it, its time ran out, or its run ended.

import type { ConversationTurn } from "#protocol/conversations.ts";
import { isJsonObject, type Json } from "#protocol/json.ts";
import { writeChannel } from "../channels/write.ts";
import { type Draft, emit } from "../draft.ts";
import type { GraphNode } from "../graph.ts";
import { CONVERSATION_CHANNEL, entryOf, type Said, turnOf } from "./conversation.ts";

/** How a conversation ends. `outcome` absent: nobody named one. */
export interface Ending {
  said: Pick<Said, "role" | "content" | "speakerId">;
  outcome?: Json;
}

/** The ending that an answer with `operation: "close"` asks for. */
export function endingOf(answer: Json): Ending {
  const { turn, outcome, reason } = isJsonObject(answer) ? answer : {};
  const system = {
    role: "system",
    content: typeof reason === "string" ? reason : "The conversation was closed.",
  } as const;
  return { said: isJsonObject(turn) ? (turn as unknown as Said) : system, ...(outcome !== undefined && { outcome }) };
}

/** Writes the end, once; a node without an open conversation has none. */
export function closeConversation(draft: Draft, node: GraphNode, { said, outcome }: Ending): void {
  const nodeId = node.definition.id;
  const conversation = draft.state.nodes.get(nodeId)?.conversation;
  if (!conversation || conversation.closed) return;
  const { conversationId, lastEventId, turns } = conversation;
  const finalTurn = turnOf(conversationId, turns.length, { ...said, ts: draft.nowMs });
  const payload = {
    conversationId,
    turnIndex: finalTurn.turnIndex,
    finalTurn: finalTurn as unknown as Json,
    ...(outcome !== undefined && { outcome }),
  };
  emit(draft, "conversation.closed", payload, { nodeId, causationId: lastEventId });
  foldTurns(draft, node, [finalTurn]);
}

/** Writes turns to the workflow's channel, where it declares one. */
export function foldTurns(draft: Draft, node: GraphNode, turns: readonly ConversationTurn[]): void {
  if (!draft.state.channelPlan.declared.has(CONVERSATION_CHANNEL)) return;
  const { runId } = draft.state.start;
  // A channel that refuses the turn (its bound is reached, its schema is another) does not undo what was said.
  for (const turn of turns) {
    writeChannel(draft, node, { channel: CONVERSATION_CHANNEL, value: entryOf(runId, turn), reducer: "message" });
  }
}
