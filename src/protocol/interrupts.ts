// Interrupts on the wire: the closed payload and its shapes per kind (schema `suspend-request`).

import { type InterruptKind, interruptKinds } from "./status.ts";
import Type, { AnyObject, OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

const refineWords = { tags: Type.Optional(Type.Array(Type.String())), text: Type.Optional(Type.String()) };

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

/** What is to be changed, and where (interrupts-conversations.md §2.1). */
export const RefineFeedback = Type.Union([
  Type.Object({ scope: Type.Literal("whole"), ...refineWords }),
  Type.Object({ scope: Type.Literal("section"), sectionPath: Type.String({ minLength: 1 }), ...refineWords }),
  Type.Object({
    scope: Type.Literal("items"),
    itemIds: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
    ...refineWords,
  }),
]);

/** Open: what a gate has to say of its own stands beside the members of the schema. */
export const ApprovalData = Type.Object({
  artifactId: Type.String({ minLength: 1 }),
  artifactType: Type.String({ minLength: 1 }),
  title: Type.String({ minLength: 1 }),
  actions: Type.Array(OneOf(["accept", "reject", "refine", "edit-accept", "ask"]), { minItems: 1, uniqueItems: true }),
  description: Type.Optional(Type.String()),
  artifactData: Type.Optional(Type.Unknown()),
  requiredApprovals: Type.Optional(Type.Integer({ minimum: 1 })),
  approversList: Type.Optional(Type.Array(Type.String())),
  rejectionPolicy: Type.Optional(OneOf(["single-veto", "majority"])),
});

export const LowConfidenceData = Type.Object(
  {
    agentId: Type.String({ minLength: 3, maxLength: 256 }),
    threshold: Type.Number({ minimum: 0, maximum: 1 }),
    observed: Type.Number({ minimum: 0, maximum: 1 }),
    decision: Type.Optional(Type.Unknown()),
  },
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

/** Body of the route that hands an approval on. */
export const DelegateInterrupt = Type.Object(
  {
    to: Type.String({ minLength: 1, maxLength: 256, description: "The principal who may then decide, too." }),
    reason: Type.Optional(Type.String({ maxLength: 2_000 })),
  },
  { ...closed, $id: "DelegateInterrupt" },
);
export type DelegateInterrupt = Static<typeof DelegateInterrupt>;

export const InterruptDelegated = Type.Object(
  {
    interruptId: Type.String(),
    runId: Type.String(),
    nodeId: Type.String(),
    approvers: Type.Array(Type.String()),
  },
  { $id: "InterruptDelegated" },
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
    /** Whom an approval waits for; absent: whoever may answer. */
    approvers: Type.Optional(Type.Array(Type.String())),
    token: Type.Optional(Type.String()),
    /** A token that can look, and not answer. */
    inspectToken: Type.Optional(Type.String()),
    requestedAt: Type.String(),
    expiresAt: Type.Optional(Type.String()),
  },
  { $id: "PendingInterrupt" },
);
export type PendingInterrupt = Static<typeof PendingInterrupt>;
