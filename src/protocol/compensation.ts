// Compensation on the wire (runs.md §12.3): what a workflow declares.
//
//   inverse      the node that undoes what a node of the workflow did; it runs only when the run fails or is cancelled
//   obligation   one completed execution of a node that declares an inverse
//   plan         the obligations of a run, in order, with the inputs of their inverses; made once

import Type, { AnyObject, OneOf, type Static } from "./type.ts";

const closed = { additionalProperties: false } as const;

export const orderingModels = ["reverse-completion", "dependency-graph"] as const;
export const compensationTriggers = ["node-failure", "run-cancel", "cap-breach", "operator-request"] as const;
export type CompensationTrigger = (typeof compensationTriggers)[number];
export const exhaustedDispositions = ["record-outcome", "manual-intervention"] as const;
export const approvalScopes = ["declared", "all"] as const;
export const parentCancelPolicies = ["continue", "pause", "manual"] as const;

/** What became of the effects of a run; apart from its status. */
export const compensationStatuses = ["none", "pending", "running", "completed", "partial", "failed", "manual"] as const;
export type CompensationStatus = (typeof compensationStatuses)[number];

export const DEFAULT_COMPENSATION_TIMEOUT_MS = 24 * 3600 * 1000;
const MAX_COMPENSATION_TIMEOUT_MS = 31 * 24 * 3600 * 1000;

/** As a node's own `settings.retry` (runs.md §12.1); attempts in all. */
const Retry = Type.Object(
  {
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    backoffMs: Type.Optional(Type.Integer({ minimum: 0 })),
    multiplier: Type.Optional(Type.Number({ minimum: 1 })),
    maxBackoffMs: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);

/** `settings.compensation` of a workflow. */
export const CompensationPolicy = Type.Object(
  {
    /** Part of the identity of every obligation; not interpreted. */
    profileVersion: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0 })]),
    ),
    orderingModel: Type.Optional(OneOf(orderingModels)),
    triggers: Type.Array(OneOf(compensationTriggers), { minItems: 1, uniqueItems: true }),
    retry: Type.Optional(Retry),
    /** Longest time from the plan to the end of the last inverse. */
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_COMPENSATION_TIMEOUT_MS })),
    exhaustedDisposition: Type.Optional(OneOf(exhaustedDispositions)),
    approvalScope: Type.Optional(OneOf(approvalScopes)),
    onParentCancel: Type.Optional(OneOf(parentCancelPolicies)),
  },
  closed,
);
export type CompensationPolicy = Static<typeof CompensationPolicy>;

/** `compensation` of a node. `config` is parley's addition, for node types that do nothing without one. */
export const NodeCompensation = Type.Object(
  {
    nodeTypeId: Type.String({ minLength: 1, pattern: "^[a-z][a-zA-Z0-9._-]*$" }),
    config: Type.Optional(AnyObject),
    inputMapping: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    retry: Type.Optional(Retry),
    requiresApproval: Type.Optional(Type.Boolean()),
    waiveRequiresApproval: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type NodeCompensation = Static<typeof NodeCompensation>;

/** Members of a workflow node that this profile adds. */
export const compensationNodeMembers = {
  compensation: Type.Optional(NodeCompensation),
  irreversibleEffect: Type.Optional(Type.Literal(true)),
} as const;
