// Interrupts on the wire: the closed payload and its shapes per kind (schema `suspend-request`).

import { type InterruptKind, interruptKinds } from "./status.ts";
import Type, { AnyObject, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

export const Question = Type.Object(
  {
    id: Type.String({ minLength: 1 }),
    question: Type.String({ minLength: 1 }),
    schema: Type.Optional(AnyObject),
  },
  closed,
);

export const ClarificationData = Type.Object(
  { questions: Type.Array(Question, { minItems: 1 }), contextType: Type.Optional(Type.String()) },
  closed,
);

export const ExternalEventData = Type.Object({ eventType: Type.String(), correlation: AnyObject }, closed);

export const CustomData = Type.Object(
  { customKind: Type.String({ minLength: 1 }), payload: Type.Optional(Type.Unknown()) },
  closed,
);

export const InterruptKindSchema = Type.Unsafe<InterruptKind>({ type: "string", enum: [...interruptKinds] });

/** `interrupt.requested` payload: exactly these members. */
export const InterruptPayload = Type.Object(
  {
    kind: InterruptKindSchema,
    key: Type.String({ minLength: 1, maxLength: 256 }),
    resumeSchema: Type.Optional(AnyObject),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 0 })),
    data: AnyObject,
  },
  { ...closed, $id: "InterruptPayload" },
);

/** Body of both resolve routes (interrupts-conversations.md §7). */
export const ResolveInterrupt = Type.Object({ resumeValue: Type.Unknown() }, { ...closed, $id: "ResolveInterrupt" });

export const InterruptResolved = Type.Object(
  { runId: Type.String(), nodeId: Type.String(), status: Type.String() },
  { $id: "InterruptResolved", additionalProperties: true },
);

/** `GET /v1/interrupts/{token}`: the payload plus where it stands. */
export const InspectedInterrupt = Type.Object(
  {
    kind: InterruptKindSchema,
    key: Type.String(),
    data: AnyObject,
    resumeSchema: Type.Optional(AnyObject),
    timeoutMs: Type.Optional(Type.Integer()),
    requestedAt: Type.String(),
    expiresAt: Type.String(),
    resolved: Type.Boolean(),
  },
  { $id: "InspectedInterrupt", additionalProperties: true },
);

/** One item of the pending lists. `token` only for callers that may answer. */
export const PendingInterrupt = Type.Object(
  {
    interruptId: Type.String(),
    runId: Type.String(),
    nodeId: Type.String(),
    threadId: Type.Optional(Type.String()),
    kind: InterruptKindSchema,
    data: AnyObject,
    resumeSchema: Type.Optional(AnyObject),
    token: Type.Optional(Type.String()),
    requestedAt: Type.String(),
    expiresAt: Type.Optional(Type.String()),
  },
  { $id: "PendingInterrupt" },
);
export type PendingInterrupt = Static<typeof PendingInterrupt>;
