// Decisions of a supervisor (agents.md §7.2; schema `orchestrator-decision`). Each kind is closed.

import Type, { type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Confidence = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));

const NextWorker = Type.Object(
  {
    kind: Type.Literal("next-worker"),
    /** Workflow ids: the only dispatch model is the child run. */
    nextWorkerIds: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1 }),
    confidence: Confidence,
  },
  closed,
);

const AskUser = Type.Object({ kind: Type.Literal("ask-user"), prompt: Type.String({ minLength: 1 }) }, closed);

const Terminate = Type.Object(
  {
    kind: Type.Literal("terminate"),
    reason: Type.Optional(Type.String({ minLength: 1 })),
    confidence: Confidence,
    successCriteria: Type.Optional(
      Type.Array(Type.Object({ key: Type.String({ minLength: 1 }), met: Type.Boolean() }, closed)),
    ),
  },
  closed,
);

const kinds: [typeof NextWorker, typeof AskUser, typeof Terminate] = [NextWorker, AskUser, Terminate];
/** As a part of another schema: it may stand there more than once. */
export const AnyDecision = Type.Union(kinds);
export const OrchestratorDecision = Type.Union(kinds, { $id: "OrchestratorDecision" });
export type OrchestratorDecision = Static<typeof OrchestratorDecision>;
