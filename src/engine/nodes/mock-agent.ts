// core.conformance.mock-agent: says what its config tells it to, in the order of a real agent (runs.md §17.3,
// agents.md §3.5). For conformance workflows on hosts with test seams only.

import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import type { NodeContext, NodeEvent, NodeOutcome, NodeType } from "../node-type.ts";
import { MOCK_AGENT } from "../orchestration/config.ts";
import { lowConfidence } from "../orchestration/gates.ts";
import { verbosityOf } from "../turn/notes.ts";

const STUB_REASONING = "Mock reasoning.";

const closed = { additionalProperties: false } as const;
const AgentId = Type.String({ minLength: 3 });
const Confidence = Type.Number({ minimum: 0, maximum: 1 });

const MockReasoning = Type.Object(
  {
    summary: Type.String(),
    trace: Type.Optional(Type.String()),
    tokenCount: Type.Optional(Type.Integer({ minimum: 0 })),
    streamChunks: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
const MockToolCall = Type.Object(
  {
    toolId: Type.String({ minLength: 1 }),
    arguments: Type.Optional(Type.Unknown()),
    result: Type.Optional(Type.Unknown()),
    error: Type.Optional(
      Type.Object(
        {
          error: Type.String({ minLength: 1 }),
          message: Type.String({ minLength: 1 }),
          details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        },
        closed,
      ),
    ),
    durationMs: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  closed,
);

export const mockAgent: NodeType = {
  typeId: MOCK_AGENT,
  config: Type.Object(
    {
      agentId: Type.Optional(AgentId),
      mockReasoning: Type.Optional(Type.Union([Type.Boolean(), MockReasoning])),
      mockToolCalls: Type.Optional(Type.Array(MockToolCall)),
      mockHandoff: Type.Optional(
        Type.Object(
          { toAgentId: AgentId, reason: Type.Optional(Type.String()), context: Type.Optional(Type.Unknown()) },
          closed,
        ),
      ),
      mockDecision: Type.Optional(
        Type.Object(
          {
            decision: Type.Unknown(),
            confidence: Type.Optional(Confidence),
            reasoning: Type.Optional(Type.String()),
          },
          closed,
        ),
      ),
      mockConfidence: Type.Optional(Confidence),
    },
    closed,
  ),
  check: ({ config }, { id }) => {
    if (!id.startsWith("conformance-")) {
      return [{ path: "typeId", message: `${MOCK_AGENT} serves workflows named conformance-* only.` }];
    }
    const calls = Array.isArray(config.mockToolCalls) ? (config.mockToolCalls as JsonObject[]) : [];
    return calls.flatMap((call, at) => {
      if (Object.hasOwn(call, "result") !== Object.hasOwn(call, "error")) return [];
      return [{ path: `config.mockToolCalls[${at}]`, message: "A tool call has either a result or an error." }];
    });
  },
  start,
  onAnswer: () => ({ kind: "complete", outputs: {} }),
};

function start(context: NodeContext): NodeOutcome {
  const { config } = context;
  const agentId = agentIdOf(context);
  const events: NodeEvent[] = [];
  noteReasoning(context, agentId, events);
  for (const [at, call] of ((config.mockToolCalls ?? []) as JsonObject[]).entries()) {
    noteCall(context, agentId, events, call, at);
  }
  if (isJsonObject(config.mockHandoff)) {
    const { toAgentId, reason, context: handed } = config.mockHandoff;
    const optional = { ...(reason !== undefined && { reason }), ...(handed !== undefined && { context: handed }) };
    events.push({
      type: "agent.handoff",
      payload: { fromAgentId: agentId, toAgentId: toAgentId as Json, ...optional },
    });
  }
  return decided(context, agentId, events);
}

/** The config's, the node's pin, or one of the host's (agents.md §3). */
function agentIdOf({ config, nodeId, agent }: NodeContext): string {
  return typeof config.agentId === "string" ? config.agentId : (agent?.agentId ?? `host:mock-agent:${nodeId}`);
}

function noteReasoning(context: NodeContext, agentId: string, events: NodeEvent[]): void {
  const given = context.config.mockReasoning;
  if (given === undefined || given === false) return;
  const verbosity = verbosityOf(context);
  const { summary, trace, tokenCount, streamChunks } = isJsonObject(given) ? given : { summary: STUB_REASONING };
  const chunks = Array.isArray(streamChunks) ? streamChunks.map(String) : [];
  const whole = chunks.length > 0 ? chunks.join("") : String(verbosity === "full" ? (trace ?? summary) : summary);
  if (verbosity !== "off") {
    for (const [sequence, delta] of chunks.entries()) {
      events.push({ type: "agent.reasoning.delta", payload: { agentId, delta, sequence, verbosity } });
    }
  }
  const shown = verbosity === "off" ? { reasoning: "" } : { reasoning: whole, summary: summary as Json };
  const counted = tokenCount === undefined ? {} : { tokenCount };
  events.push({ type: "agent.reasoned", payload: { agentId, ...shown, ...counted, verbosity } });
}

/** The pair of one call. The older names of the members stand beside those of the schema (runs.md §18 no. 22). */
function noteCall(context: NodeContext, agentId: string, events: NodeEvent[], call: JsonObject, at: number): void {
  const { toolId, result, error, durationMs = 0 } = call;
  const given = call.arguments ?? {};
  const callId = sha256Hex(
    canonicalJson([context.nodeId, context.node.round ?? 0, context.attempt, at, toolId as Json, given]),
  );
  const names = { agentId, toolName: toolId as Json, toolId: toolId as Json, callId };
  const calledAt = events.length;
  events.push({ type: "agent.toolCalled", payload: { ...names, inputs: given, arguments: given } });
  const came = isJsonObject(error)
    ? { status: "error", error: { ...error, code: error.error as Json } }
    : { status: "ok", outcome: result as Json, result: result as Json };
  const payload = { ...names, ...came, durationMs } as JsonObject;
  events.push({ type: "agent.toolReturned", payload, causedBy: { eventAt: calledAt } });
}

/** A decision below the threshold of the run is held until a person ratifies it (agents.md §4). */
function decided(context: NodeContext, agentId: string, events: NodeEvent[]): NodeOutcome {
  const { config } = context;
  const given = isJsonObject(config.mockDecision)
    ? config.mockDecision
    : config.mockConfidence === undefined
      ? undefined
      : { decision: { kind: "mock" }, confidence: config.mockConfidence };
  if (!given) return { kind: "complete", events, outputs: {} };
  const { decision, confidence, reasoning } = given as { decision: Json; confidence?: number; reasoning?: string };
  const optional = { ...(confidence !== undefined && { confidence }), ...(reasoning !== undefined && { reasoning }) };
  events.push({ type: "agent.decided", payload: { agentId, decision, ...optional } });
  const interrupt = lowConfidence(context, agentId, decision, confidence);
  return interrupt ? { kind: "ask", events, interrupt } : { kind: "complete", events, outputs: {} };
}
