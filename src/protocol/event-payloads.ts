// Payload schemas of the events that parley writes (runs.md §8). Every object is open unless the catalogue closes it;
// a test holds each event of many runs against these and against the published schemas.

import { agentPayloads } from "./agent-payloads.ts";
import { artifactPayloads } from "./artifacts.ts";
import { channelPayloads } from "./channel-payloads.ts";
import { childPayloads } from "./child-payloads.ts";
import { compensationPayloads } from "./compensation-payloads.ts";
import type { EventType } from "./events.ts";
import { interruptPayloads } from "./interrupt-payloads.ts";
import { InterruptKindSchema, InterruptPayload, Question } from "./interrupts.ts";
import { pausePayloads } from "./pause.ts";
import { replayPayloads } from "./replay-payloads.ts";
import Type, { AnyObject, OneOf, type TSchema } from "./type.ts";
import { AgentRef } from "./workflows.ts";

const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });
const DurationMs = Type.Integer({ minimum: 0 });

const EventError = Type.Object(
  {
    code: Id,
    message: Type.String(),
    details: Type.Optional(AnyObject),
    retryable: Type.Optional(Type.Boolean()),
  },
  open,
);

const Owner = Type.Object({ tenant: Id, workspace: Type.Optional(Id), principal: Type.Optional(Id) }, closed);

const ApprovalAction = OneOf(["accept", "reject", "refine", "edit-accept", "timeout"]);

/** Payload schema of each type that this version writes. */
export const eventPayloads = {
  "run.started": Type.Object(
    {
      workflowId: Id,
      inputs: AnyObject,
      transport: Type.Union([Type.Literal("rest"), Type.Literal("ui")]),
      engineVersion: Type.String(),
      owner: Owner,
      tags: Type.Optional(Type.Array(Type.String())),
      metadata: Type.Optional(AnyObject),
      parentRunId: Type.Optional(Id),
      parentNodeId: Type.Optional(Id),
    },
    open,
  ),
  "run.completed": Type.Object(
    { outputs: AnyObject, reason: Type.Optional(Type.String()), durationMs: DurationMs },
    open,
  ),
  "run.failed": Type.Object({ error: EventError, failedNodeId: Type.Optional(Id), durationMs: DurationMs }, open),
  "run.cancelled": Type.Object(
    {
      cancelledBy: Id,
      reason: Type.Optional(Type.String()),
      parentRunId: Type.Optional(Id),
      parentNodeId: Type.Optional(Type.String()),
      durationMs: DurationMs,
    },
    open,
  ),
  "workflow.restored": Type.Object(
    { fromSnapshotSeq: Type.Integer({ minimum: 0 }), engineVersion: Type.String() },
    open,
  ),
  "run.dead_lettered": Type.Object(
    { runId: Id, nodeId: Id, reason: Id, attempts: Type.Integer({ minimum: 1 }) },
    closed,
  ),
  "node.started": Type.Object(
    { nodeId: Id, typeId: Id, attempt: Type.Integer({ minimum: 0 }), agent: Type.Optional(AgentRef) },
    open,
  ),
  "node.completed": Type.Object(
    { nodeId: Id, outputs: AnyObject, durationMs: DurationMs, agent: Type.Optional(AgentRef) },
    open,
  ),
  "node.failed": Type.Object({ nodeId: Id, error: EventError, attempts: Type.Integer({ minimum: 1 }) }, open),
  "node.suspended": Type.Object(
    { nodeId: Id, interruptId: Id, kind: InterruptKindSchema, key: Id, reason: Type.Optional(Type.String()) },
    open,
  ),
  "node.resumed": Type.Object({ nodeId: Id, interruptId: Id, resumeValue: Type.Unknown() }, open),
  "node.retried": Type.Object(
    { nodeId: Id, attempt: Type.Integer({ minimum: 1 }), delayMs: DurationMs, lastError: EventError },
    open,
  ),
  "node.skipped": Type.Object({ nodeId: Id, reason: Type.String() }, open),
  "node.cancelled": Type.Object(
    { nodeId: Id, reason: Type.String(), childRunIds: Type.Optional(Type.Array(Id)) },
    open,
  ),
  "interrupt.requested": InterruptPayload,
  "interrupt.resolved": Type.Object(
    {
      nodeId: Id,
      interruptId: Id,
      kind: InterruptKindSchema,
      resumeValue: Type.Unknown(),
      resolvedBy: Id,
      resolvedAt: Type.Optional(Type.String()),
      outcome: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
    },
    open,
  ),
  "approval.requested": Type.Object(
    {
      nodeId: Id,
      interruptId: Id,
      artifactId: Id,
      artifactType: Id,
      title: Type.String(),
      actions: Type.Array(Type.String(), { minItems: 1 }),
      approversList: Type.Optional(Type.Array(Type.String())),
      requiredApprovals: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    open,
  ),
  "approval.received": Type.Object(
    {
      nodeId: Id,
      action: ApprovalAction,
      decidedBy: Type.Optional(Id),
      decidedAt: Type.Optional(Type.String()),
      comment: Type.Optional(Type.String()),
      feedback: Type.Optional(Type.String()),
      refineFeedback: Type.Optional(AnyObject),
      editedArtifactData: Type.Optional(Type.Unknown()),
    },
    open,
  ),
  "clarification.requested": Type.Object(
    { nodeId: Id, interruptId: Id, questions: Type.Array(Question, { minItems: 1 }) },
    open,
  ),
  "clarification.resolved": Type.Object({ nodeId: Id, answers: AnyObject, answeredBy: Id }, open),
  "variable.changed": Type.Object(
    { name: Id, previous: Type.Optional(Type.Unknown()), next: Type.Unknown(), nodeId: Type.Optional(Id) },
    open,
  ),
  "cap.breached": Type.Object(
    {
      kind: OneOf([
        "node-executions",
        "run-duration",
        "loop-iterations",
        "orchestrator-iterations",
        "dispatch-iterations",
        "budget-tokens",
      ]),
      limit: Type.Number({ minimum: 0 }),
      observed: Type.Number({ minimum: 0 }),
      nodeId: Type.Optional(Id),
    },
    open,
  ),
  "output.chunk": Type.Object(
    {
      nodeId: Id,
      runId: Id,
      chunk: Type.String(),
      isLast: Type.Boolean(),
      meta: Type.Optional(
        Type.Object(
          {
            model: Type.Optional(Id),
            finishReason: Type.Optional(OneOf(["stop", "length", "tool_calls", "content_filter"])),
            usage: Type.Optional(
              Type.Object({
                promptTokens: Type.Integer({ minimum: 0 }),
                completionTokens: Type.Integer({ minimum: 0 }),
                totalTokens: Type.Integer({ minimum: 0 }),
              }),
            ),
            toolCalls: Type.Optional(Type.Array(Type.Object({ id: Id, name: Id, arguments: Type.String() }, closed))),
          },
          closed,
        ),
      ),
    },
    open,
  ),
  "provider.usage": Type.Object(
    {
      provider: Id,
      model: Id,
      inputTokens: Type.Integer({ minimum: 0 }),
      outputTokens: Type.Integer({ minimum: 0 }),
      totalTokens: Type.Optional(Type.Integer({ minimum: 0 })),
      costEstimateUsd: Type.Optional(Type.Number({ minimum: 0 })),
      currency: Type.Optional(Type.String({ pattern: "^[A-Z]{3}$" })),
      nodeId: Type.Optional(Id),
    },
    closed,
  ),
  ...interruptPayloads,
  ...agentPayloads,
  ...replayPayloads,
  ...pausePayloads,
  ...artifactPayloads,
  ...channelPayloads,
  ...childPayloads,
  ...compensationPayloads,
} as const satisfies Partial<Record<EventType, TSchema>>;

/** A type that this version writes; the engine can draft no other. */
export type EmittedEventType = keyof typeof eventPayloads;
