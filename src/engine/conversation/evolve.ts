// What the events of a conversation mean for the state.

import type { ConversationTurn } from "#protocol/conversations.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";
import type { RunState } from "../state.ts";
import type { Conversation } from "./conversation.ts";

export const conversationAppliers = {
  "conversation.opened": (state: RunState, event: RunEvent): void => {
    const { conversationId, initialTurn, participants } = event.payload;
    const named = (participants as { agentId: string }[] | undefined)?.map(({ agentId }) => agentId);
    put(state, event, {
      conversationId: String(conversationId),
      turns: [initialTurn as unknown as ConversationTurn],
      lastEventId: event.eventId,
      ...(named && { participants: named }),
      closed: false,
    });
  },
  "conversation.exchanged": (state: RunState, event: RunEvent): void => add(state, event, event.payload.turn),
  "conversation.closed": (state: RunState, event: RunEvent): void => {
    const { finalTurn, outcome } = event.payload;
    add(state, event, finalTurn, { closed: true, ...(outcome !== undefined && { outcome }) });
  },
};

function add(state: RunState, event: RunEvent, turn: Json | undefined, ending: Partial<Conversation> = {}): void {
  const before = state.nodes.get(event.nodeId ?? "")?.conversation;
  if (!before) return;
  const turns = [...before.turns, turn as unknown as ConversationTurn];
  put(state, event, { ...before, turns, lastEventId: event.eventId, ...ending });
}

function put(state: RunState, event: RunEvent, conversation: Conversation): void {
  const nodeId = event.nodeId ?? "";
  const node = state.nodes.get(nodeId);
  if (node) state.nodes.set(nodeId, { ...node, conversation });
}
