// A conversation inside a run: its turns (interrupts-conversations.md §8). What its events mean stands in evolve.ts.
//
//   K1. Turns count from 0 without gaps; the initial one is 0, the closing one the last.
//   K2. Ids of messages follow from conversation, index and role; entries of the channel do not depend on the run.
//   K3. Nothing is said after the conversation was closed.

import type { ConversationTurn } from "#protocol/conversations.ts";
import type { Json, JsonObject } from "#protocol/json.ts";

/** Name of the channel that takes the turns, where the workflow declares it. */
export const CONVERSATION_CHANNEL = "conversation";

export interface Conversation {
  conversationId: string;
  turns: readonly ConversationTurn[];
  /** The event that the next one follows from. */
  lastEventId: string;
  /** Agents that may speak; absent: any. */
  participants?: readonly string[];
  closed: boolean;
  /** What it came to; absent: nobody named it, or it goes on. */
  outcome?: Json;
}

/** What is known of a turn before it has its place. */
export interface Said {
  role: ConversationTurn["role"];
  content: Json;
  /** Epoch ms. */
  ts: number;
  /** Who spoke, for agents. */
  speakerId?: string;
  to?: string;
  groupId?: string;
  exchangeKey?: string;
}

/** The turn at its place. */
export function turnOf(conversationId: string, turnIndex: number, said: Said): ConversationTurn {
  const { role, speakerId } = said;
  const from = role === "agent" ? (speakerId ?? "agent") : role;
  return { messageId: `${conversationId}:${turnIndex}:${role}`, from, turnIndex, ...said };
}

const channelRoles = { user: "user", agent: "assistant", system: "system" } as const;

/** The entry of a turn in the channel (K2). `prefix`: what the conversation's id has of the run. */
export function entryOf(runId: string, turn: ConversationTurn): JsonObject {
  const { messageId, role, content, speakerId, ts } = turn;
  return {
    messageId: messageId.startsWith(`${runId}:`) ? messageId.slice(runId.length + 1) : messageId,
    role: channelRoles[role as keyof typeof channelRoles],
    content: content as Json,
    ...(speakerId !== undefined && { agentId: speakerId }),
    timestamp: new Date(ts).toISOString(),
  };
}
