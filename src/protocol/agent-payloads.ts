// Payload schemas of what agents leave in the log (agents.md §3, §7.3; tools-prompts.md §12), and of parley's own
// events about them.

import { OrchestratorDecision } from "./orchestration.ts";
import Type, { OneOf } from "./type.ts";

const open = { additionalProperties: true } as const;
const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1 });
const AgentId = Type.String({ minLength: 3, maxLength: 256 });
const Count = Type.Integer({ minimum: 0 });
const CallError = Type.Object({ code: Id, message: Type.String() }, open);

/** Where a text that is too long for an event is kept. */
const KeptText = {
  contentId: Type.Optional(Id),
  sha256: Type.Optional(Id),
  length: Type.Optional(Count),
};

export const agentPayloads = {
  "agent.invocation.started": Type.Object(
    {
      invocationId: Id,
      agentId: AgentId,
      source: OneOf(["workflow-node", "run-api", "chat-mention"]),
      modelClass: Type.Optional(Type.String()),
      resolvedAgentVersion: Type.Optional(Type.String()),
      toolSurfaceCount: Type.Optional(Count),
      memoryBound: Type.Optional(Type.Boolean()),
    },
    open,
  ),
  "agent.invocation.completed": Type.Object(
    {
      invocationId: Id,
      agentId: AgentId,
      outcome: OneOf(["completed", "handed-off", "escalated", "refused", "failed"]),
    },
    open,
  ),
  "agent.promptResolved": Type.Object(
    {
      nodeId: Id,
      kind: OneOf(["system", "user", "few-shot", "schema-hint"]),
      agentId: Type.Optional(AgentId),
      chain: Type.Array(
        Type.Object(
          {
            layer: Id,
            source: Type.Optional(Type.String()),
            applied: Type.Boolean(),
            reason: Type.Optional(Type.String()),
          },
          closed,
        ),
      ),
      resolved: Type.String(),
    },
    closed,
  ),
  "agent.reasoned": Type.Object(
    { agentId: AgentId, reasoning: Type.String(), verbosity: Type.Optional(OneOf(["summary", "full", "off"])) },
    open,
  ),
  "agent.toolCalled": Type.Object(
    {
      agentId: AgentId,
      toolName: Id,
      callId: Id,
      inputs: Type.Optional(Type.Unknown()),
      argsHash: Type.Optional(Type.String()),
      transport: Type.Optional(OneOf(["mcp", "http", "native"])),
      /** The run that a delegation starts. */
      childRunId: Type.Optional(Id),
    },
    open,
  ),
  "agent.toolReturned": Type.Object(
    {
      agentId: AgentId,
      toolName: Id,
      callId: Id,
      outcome: Type.Optional(Type.Unknown()),
      error: Type.Optional(CallError),
      status: OneOf(["ok", "error", "forbidden", "rate_limited"]),
      durationMs: Type.Optional(Count),
      childRunId: Type.Optional(Id),
      ...KeptText,
    },
    open,
  ),
  "agent.handoff": Type.Object(
    { fromAgentId: AgentId, toAgentId: AgentId, reason: Type.Optional(Type.String()), childRunId: Type.Optional(Id) },
    open,
  ),
  "agent.decided": Type.Object(
    {
      agentId: AgentId,
      decision: Type.Unknown(),
      confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    },
    open,
  ),
  "runOrchestrator.decided": Type.Object(
    { agentId: AgentId, decision: OrchestratorDecision, iteration: Type.Optional(Type.Integer({ minimum: 1 })) },
    closed,
  ),
  "parley.agent.answered": Type.Object(
    {
      nodeId: Id,
      agentId: AgentId,
      model: Id,
      text: Type.Optional(Type.String()),
      ...KeptText,
      calls: Type.Array(
        Type.Object({ callId: Id, toolName: Id, argsHash: Id, inputs: Type.Optional(Type.Unknown()) }, closed),
      ),
      /** Why the answer could not be used. */
      problem: Type.Optional(Type.String()),
    },
    closed,
  ),
  "parley.usage.unknown": Type.Object({ nodeId: Id, provider: Id, model: Id, effectId: Id }, closed),
} as const;
