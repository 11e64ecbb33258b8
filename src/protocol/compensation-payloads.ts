// Payloads of the compensation events (runs.md §12.3). Free of content: ids, node ids, counts, codes; never an input, an
// output or the text of an error.
//
// `nodeId` names the node of the workflow whose effect is undone, `compensationNodeId` the node that undoes it; the
// latter has node events of its own.

import { approvalScopes, compensationTriggers, exhaustedDispositions, orderingModels } from "./compensation.ts";
import Type, { OneOf } from "./type.ts";

const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });
const ProfileVersion = Type.Union([Type.String(), Type.Integer()]);

/** The obligation; with the tenant and the run of the event, `compensationId` stands for all of it. */
const identity = {
  compensationId: Id,
  nodeId: Id,
  forwardLogicalInvocationId: Id,
  ordinal: Type.Integer({ minimum: 0 }),
  profileVersion: ProfileVersion,
  compensationNodeId: Id,
  compensationNodeTypeId: Id,
};

const CompensationIds = Type.Array(Id);

export const compensationPayloads = {
  /** The plan is made and durable; nothing of it has begun. */
  "compensation.requested": Type.Object(
    {
      trigger: OneOf(compensationTriggers),
      requestedBy: Type.Optional(Id),
      profileVersion: ProfileVersion,
      orderingModel: OneOf(orderingModels),
      exhaustedDisposition: OneOf(exhaustedDispositions),
      approvalScope: OneOf(approvalScopes),
      timeoutMs: Type.Integer({ minimum: 1 }),
      /** What the run will be when it is over. */
      endsAs: OneOf(["failed", "cancelled"]),
      /** In the order in which they will be met. */
      obligations: Type.Array(
        Type.Object(
          { ...identity, requiresApproval: Type.Boolean(), unresolved: Type.Optional(Type.Boolean()) },
          closed,
        ),
      ),
      /** Nodes that completed and declare that their effect cannot be undone. */
      irreversibleNodeIds: Type.Array(Id),
    },
    closed,
  ),
  "compensation.started": Type.Object(identity, closed),
  "compensation.completed": Type.Object(identity, closed),
  "compensation.failed": Type.Object({ ...identity, code: Id, attempts: Type.Integer({ minimum: 0 }) }, closed),
  "compensation.paused": Type.Object({ reason: OneOf(["parent-cancelled"]), parentRunId: Id }, closed),
  /** Nothing more is undone by itself: what these obligations name is left to people. */
  "compensation.manual_intervention_required": Type.Object(
    {
      reason: OneOf(["exhausted", "timeout", "parent-cancelled"]),
      compensationIds: CompensationIds,
    },
    closed,
  ),
  "parley.compensation.resumed": Type.Object({ resumedBy: Id }, closed),
} as const;
