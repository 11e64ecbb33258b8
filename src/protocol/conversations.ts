// Conversations inside a run, on the wire (interrupts-conversations.md §8; schemas `conversation-turn` and
// `conversation-event`).

import Type, { AnyObject, OneOf, type Static } from "./type.ts";

const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 256 });

export const ConversationTurn = Type.Object(
  {
    messageId: Name,
    /** An agent, `system`, or literally `user`. */
    from: Name,
    content: Type.Unknown(),
    /** Epoch ms. */
    ts: Type.Integer({ minimum: 0 }),
    role: OneOf(["user", "agent", "system"]),
    turnIndex: Type.Integer({ minimum: 0 }),
    /** The roster instance that speaks; every turn of an agent has it. */
    speakerId: Type.Optional(Name),
    to: Type.Optional(Type.String({ maxLength: 256 })),
    groupId: Type.Optional(Type.String({ maxLength: 256 })),
    /** The retry key of the exchange that brought it. */
    exchangeKey: Type.Optional(Name),
  },
  open,
);
export type ConversationTurn = Static<typeof ConversationTurn>;

/** One of the agents that may speak, by roster instance id. */
export const Participant = Type.Object({ agentId: Name, name: Type.Optional(Type.String({ maxLength: 256 })) }, open);

/** Agents that can take part in one conversation. */
export const MAX_PARTICIPANTS = 16;

export const conversationPayloads = {
  "conversation.opened": Type.Object(
    {
      conversationId: Name,
      initialTurn: ConversationTurn,
      participants: Type.Optional(Type.Array(Participant)),
      schema: Type.Optional(AnyObject),
      capabilities: Type.Optional(Type.Array(OneOf(["multi-turn", "streaming"]))),
    },
    closed,
  ),
  "conversation.exchanged": Type.Object(
    { conversationId: Name, turnIndex: Type.Integer({ minimum: 1 }), turn: ConversationTurn },
    closed,
  ),
  "conversation.closed": Type.Object(
    {
      conversationId: Name,
      turnIndex: Type.Integer({ minimum: 0 }),
      finalTurn: ConversationTurn,
      outcome: Type.Optional(Type.Unknown()),
    },
    closed,
  ),
} as const;
