// Threads and messages on the wire (triggers-channels.md C6).

import Type, { OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

export const THREAD_ID_PATTERN = "^[A-Za-z0-9_.:-]{1,128}$";

/** Longest message text, in characters: the web's soft limit of 16 k (triggers-channels.md B7), doubled for pastes. */
export const MAX_MESSAGE_LENGTH = 32_768;

/** No half of a surrogate pair: it cannot be stored, and two ids that differ in it would be one. */
const WHOLE_CHARACTERS = "^\\P{Cs}*$";

export const PostMessage = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: MAX_MESSAGE_LENGTH, pattern: "\\S" }),
    clientMessageId: Type.Optional(Type.String({ minLength: 1, maxLength: 128, pattern: WHOLE_CHARACTERS })),
    agent: Type.Optional(Type.String({ minLength: 3, maxLength: 256 })),
  },
  { ...closed, $id: "PostMessage" },
);
export type PostMessage = Static<typeof PostMessage>;

export const MessageAccepted = Type.Object(
  {
    accepted: Type.Boolean(),
    duplicate: Type.Boolean(),
    messageId: Type.String(),
    threadId: Type.String(),
    runId: Type.String(),
  },
  { $id: "MessageAccepted" },
);
export type MessageAccepted = Static<typeof MessageAccepted>;

export const Message = Type.Object(
  {
    messageId: Type.String(),
    role: Type.Union([Type.Literal("user"), Type.Literal("agent"), Type.Literal("system")]),
    text: Type.String(),
    agent: Type.Optional(Type.String()),
    runId: Type.String(),
    inReplyTo: Type.Optional(Type.String()),
    alsoAnswers: Type.Optional(Type.Array(Type.String())),
    at: Type.String(),
  },
  { $id: "Message" },
);
export type Message = Static<typeof Message>;

export const MessagePage = Type.Object(
  { messages: Type.Array(Message), nextCursor: Type.Optional(Type.String()) },
  { $id: "MessagePage" },
);
export type MessagePage = Static<typeof MessagePage>;

export const ThreadList = Type.Object(
  {
    threads: Type.Array(
      Type.Object({
        threadId: Type.String(),
        channel: Type.String(),
        title: Type.Optional(Type.String()),
        lastAt: Type.String(),
        runId: Type.Optional(Type.String()),
      }),
    ),
    nextCursor: Type.Optional(Type.String()),
  },
  { $id: "ThreadList" },
);

/** Without a running turn there was nothing to stop: no `runId`, `status` is `idle`. Else the run's status. */
export const ThreadStopped = Type.Object(
  { threadId: Type.String(), runId: Type.Optional(Type.String()), status: Type.String() },
  { $id: "ThreadStopped" },
);
export type ThreadStopped = Static<typeof ThreadStopped>;

/** One moment on the way of a message. `text` is one plain sentence, `detail` what it was about. */
export const TraceStep = Type.Object({
  /** ISO 8601. */
  at: Type.String(),
  kind: OneOf(["received", "stored", "run", "step", "outbox", "delivered"]),
  text: Type.String(),
  runId: Type.Optional(Type.String()),
  nodeId: Type.Optional(Type.String()),
  eventId: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
});
export type TraceStep = Static<typeof TraceStep>;

/** The way of a message, in the order of time; `runId` is the newest run that answers it. */
export const MessageTrace = Type.Object(
  { messageId: Type.String(), threadId: Type.String(), runId: Type.String(), steps: Type.Array(TraceStep) },
  { $id: "MessageTrace" },
);
export type MessageTrace = Static<typeof MessageTrace>;
