// Payload schemas of what questions leave in the log beside the closed payload of `interrupt.requested`: conversations,
// ways back, and parley's own events about votes and whom a question waits for.

import { conversationPayloads } from "./conversations.ts";
import { InterruptKindSchema } from "./interrupts.ts";
import Type, { AnyObject, OneOf } from "./type.ts";

const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });
const Count = Type.Integer({ minimum: 0 });
const People = Type.Array(Id, { minItems: 1 });

export const interruptPayloads = {
  ...conversationPayloads,
  "workflow.loopback-limit": Type.Object(
    { nodeId: Id, iterations: Type.Integer({ minimum: 1 }), limit: Type.Optional(Type.Integer({ minimum: 1 })) },
    open,
  ),
  "agent.reasoning.delta": Type.Object(
    {
      agentId: Type.String({ minLength: 3, maxLength: 256 }),
      delta: Type.String(),
      sequence: Count,
      verbosity: Type.Optional(OneOf(["summary", "full", "off"])),
    },
    open,
  ),
  "parley.interrupt.vote-recorded": Type.Object(
    {
      nodeId: Id,
      interruptId: Id,
      kind: InterruptKindSchema,
      voter: Id,
      /** Who cast the vote, where it was for someone else. */
      castBy: Type.Optional(Id),
      action: OneOf(["accept", "reject"]),
      reason: Type.Optional(Type.String()),
      accepts: Count,
      rejects: Count,
      required: Type.Integer({ minimum: 1 }),
    },
    closed,
  ),
  "parley.interrupt.delegated": Type.Object(
    { nodeId: Id, interruptId: Id, to: Id, delegatedBy: Id, reason: Type.Optional(Type.String()) },
    closed,
  ),
  "parley.interrupt.escalated": Type.Object({ nodeId: Id, interruptId: Id, to: People, afterMs: Count }, closed),
  "parley.loopback.taken": Type.Object(
    {
      /** The gate. */
      nodeId: Id,
      targetNodeId: Id,
      edgeId: Id,
      iteration: Type.Integer({ minimum: 1 }),
      /** The nodes that begin anew. */
      nodeIds: Type.Array(Id),
      /** Input port of the target that takes the feedback. */
      port: Id,
      feedback: AnyObject,
    },
    closed,
  ),
} as const;
