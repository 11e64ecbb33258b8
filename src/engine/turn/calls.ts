// Tool calls of a round: which may happen, how they are planned, and what comes of them.

import type { EffectResult } from "#ports/effects.ts";
import type { ToolCall } from "#ports/model.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { START_RUN_TIMEOUT_MS, startRun } from "../children/effects.ts";
import type { NodeContext, NodeEvent } from "../node-type.ts";
import type { AgentConfig, Colleague } from "./config.ts";
import { DELEGATE_TOOL_ID, delegateModelName, delegateParameters, MAX_DELEGATION_DEPTH } from "./delegate.ts";
import { hashArguments, keepOutcome, type Notes } from "./notes.ts";
import type { Call, Turn } from "./turn.ts";

export const TOOL_EFFECT = "tool";

/** What a call without a name is called in the log. */
const NAMELESS = "unknown";

/** A call that must not happen, and why: what the model reads. */
export interface Refusal {
  status: "error" | "forbidden";
  code: string;
  message: string;
}

/** A call of the model as this host understands it. */
export interface ExaminedCall {
  call: Call;
  needsApproval: boolean;
  refusal?: Refusal;
}

/** Gives the calls of an answer their ids and ordinals, and says which of them may happen. */
export function examineCalls(
  context: NodeContext,
  config: AgentConfig,
  turn: Turn,
  calls: readonly ToolCall[],
): ExaminedCall[] {
  return calls.map((asked, at) => {
    const tool = findTool(context, config, asked.name);
    const call: Call = {
      callId: `c${turn.begun - 1}_${at}`,
      toolId: tool?.toolId ?? (asked.name || NAMELESS),
      arguments: asked.arguments,
      argsHash: hashArguments(asked.arguments),
      ordinal: turn.nextOrdinal + at,
      status: "held",
    };
    const refusal = refusalOf(context, config, tool, asked);
    return { call, needsApproval: tool?.needsApproval ?? false, ...(refusal && { refusal }) };
  });
}

interface KnownTool {
  toolId: string;
  needsApproval: boolean;
  parameters: JsonObject;
}

/** A tool that this agent may call, by the name the model uses. */
function findTool(context: NodeContext, config: AgentConfig, modelName: string): KnownTool | undefined {
  if (config.colleagues.length > 0 && modelName === delegateModelName) {
    return { toolId: DELEGATE_TOOL_ID, needsApproval: false, parameters: delegateParameters(config.colleagues) };
  }
  for (const toolId of config.tools) {
    const tool = context.tools.get(toolId);
    if (tool?.modelName === modelName) return tool;
  }
  return undefined;
}

function refusalOf(
  context: NodeContext,
  config: AgentConfig,
  tool: KnownTool | undefined,
  asked: ToolCall,
): Refusal | undefined {
  if (!tool) {
    const message = `${config.persona} may not use a tool called ${asked.name || NAMELESS}.`;
    return { status: "forbidden", code: "tool_forbidden", message };
  }
  if (asked.unreadable !== undefined) return invalidArguments("the arguments were not a JSON object");
  const [problem] = context.validateForeign(tool.parameters, asked.arguments);
  if (problem) return invalidArguments(`${problem.path || "the arguments"}: ${problem.message}`);
  if (tool.toolId === DELEGATE_TOOL_ID && context.depth >= MAX_DELEGATION_DEPTH) {
    const message = "This task was handed on too often already; do it yourself or say that you cannot.";
    return { status: "forbidden", code: "delegation_too_deep", message };
  }
  return undefined;
}

function invalidArguments(message: string): Refusal {
  return { status: "error", code: "tool_arguments_invalid", message };
}

/** Checks arguments that a person changed; undefined: they are fine. */
export function argumentProblem(context: NodeContext, toolId: string, args: JsonObject): string | undefined {
  const tool = context.tools.get(toolId);
  if (!tool) return `There is no tool ${toolId} here any more.`;
  const [problem] = context.validateForeign(tool.parameters, args);
  return problem && `${problem.path || "the arguments"}: ${problem.message}`;
}

/** Plans the effect of a call, and says so first (agents.md §3.2: `agent.toolCalled` stands before the tool runs). */
export function planCall(context: NodeContext, config: AgentConfig, notes: Notes, call: Call): void {
  if (call.toolId === DELEGATE_TOOL_ID) return planDelegation(context, config, notes, call);
  notes.events.push(calledEvent(config, call));
  const tool = context.tools.get(call.toolId);
  notes.effects.push({
    kind: TOOL_EFFECT,
    class: tool?.effectClass ?? "unkeyed",
    providerKey: `tool:${call.toolId}`,
    ordinal: call.ordinal,
    request: { toolId: call.toolId, callId: call.callId, arguments: call.arguments },
    timeoutMs: tool?.timeoutMs ?? START_RUN_TIMEOUT_MS,
  });
}

function calledEvent(config: AgentConfig, call: Call): NodeEvent {
  const { toolId, callId, argsHash } = call;
  return {
    type: "agent.toolCalled",
    payload: {
      agentId: config.agentId,
      toolName: toolId,
      callId,
      inputs: call.arguments,
      argsHash,
      transport: "native",
    },
  };
}

function planDelegation(context: NodeContext, config: AgentConfig, notes: Notes, call: Call): void {
  const { to, task } = call.arguments as { to: string; task: string };
  const colleague = config.colleagues.find(({ rosterId }) => rosterId === to) as Colleague;
  const childRunId = context.ids.next("run");
  const called = calledEvent(config, call);
  notes.events.push({ ...called, payload: { ...called.payload, childRunId } });
  notes.effects.push(startRun(call.ordinal, { childRunId, workflowId: colleague.workflowId, inputs: { text: task } }));
}

/** A call that does not happen has its pair of events all the same. */
export function noteRefusal(config: AgentConfig, notes: Notes, call: Call, refusal: Refusal): void {
  notes.events.push(calledEvent(config, call));
  const { status, code, message } = refusal;
  notes.events.push({
    type: "agent.toolReturned",
    payload: { agentId: config.agentId, toolName: call.toolId, callId: call.callId, status, error: { code, message } },
    causedBy: { eventAt: notes.events.length - 1 },
  });
}

/** Writes how a call ended. */
export function noteReturn(
  context: NodeContext,
  config: AgentConfig,
  notes: Notes,
  call: Call,
  end: { outcome: Json } | { error: { code: string; message: string } },
): void {
  const payload: JsonObject = {
    agentId: config.agentId,
    toolName: call.toolId,
    callId: call.callId,
    durationMs: context.nowMs - (call.calledMs ?? context.nowMs),
    ...(call.childRunId !== undefined && { childRunId: call.childRunId }),
    ...("error" in end
      ? { status: "error", error: end.error }
      : { status: "ok", ...keepOutcome(notes, `tool:${context.runId}:${context.nodeId}:${call.callId}`, end.outcome) }),
  };
  const causedBy = call.calledEventId === undefined ? {} : { causedBy: call.calledEventId };
  notes.events.push({ type: "agent.toolReturned", payload, ...causedBy });
}

/** The end of a tool's effect, as the model will read it. */
export function toolEnd(
  context: NodeContext,
  call: Call,
  result: EffectResult,
): { outcome: Json } | { error: { code: string; message: string } } {
  if (result.outcome === "done") return { outcome: result.value };
  if (result.outcome === "failed") {
    return { error: { code: result.error.code, message: result.error.message } };
  }
  const activity = activityOf(context, call);
  const message = `Interrupted while ${activity}: it may have happened, nobody saw the end, and it is not repeated.`;
  return { error: { code: "interrupted", message } };
}

/** What a call does, in words for people. */
export function activityOf(context: NodeContext, call: Pick<Call, "toolId" | "arguments">): string {
  return context.tools.get(call.toolId)?.activity(call.arguments) ?? `calling ${call.toolId}`;
}
