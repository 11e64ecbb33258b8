// Payload schemas of what a run leaves in its log about the runs below it (runs.md §6.2-§6.4, agents.md §9.2).

import { OrchestratorDecision } from "./orchestration.ts";
import { runStatuses } from "./status.ts";
import Type, { OneOf } from "./type.ts";

const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });
const Share = Type.Number({ minimum: 0, maximum: 1 });

const handoffPhases = [
  "dispatch.began",
  "dispatch.succeeded",
  "dispatch.failed",
  "child.completed",
  "child.failed",
  "child.cancelled",
  "output.harvested",
] as const;

export const childPayloads = {
  "node.dispatched": Type.Object(
    { childRunId: Id, childWorkflowId: Id, childStatus: Type.Optional(Type.String()) },
    closed,
  ),
  "core.workflowChain.event": Type.Object(
    {
      phase: OneOf(handoffPhases),
      workerId: Id,
      parentRunId: Id,
      childRunId: Type.Optional(Id),
      harvestedKeys: Type.Optional(Type.Array(Type.String())),
      error: Type.Optional(Type.Object({ code: Id, message: Type.String() }, open)),
    },
    closed,
  ),
  "core.workflowChain.confidence-escalated": Type.Object(
    {
      confidence: Share,
      floor: Type.Number({ minimum: 0.5, maximum: 1 }),
      escalationKind: OneOf(["clarify", "escalate"]),
      workerId: Type.Optional(Id),
      parentRunId: Id,
      originalDecision: Type.Optional(OrchestratorDecision),
    },
    closed,
  ),
  /** The id that a child run will have, before anybody creates it: a cancel reaches it whatever came first. */
  "parley.child.planned": Type.Object({ nodeId: Id, childRunId: Id, childWorkflowId: Id }, closed),
  /** A child waits for people, or goes on: what its parent shows. `sequence` is the child's own position. */
  "parley.child.status-changed": Type.Object(
    { nodeId: Id, childRunId: Id, status: OneOf(runStatuses), sequence: Type.Integer({ minimum: -1 }) },
    closed,
  ),
} as const;
