// The prompt of a round: a projection of the thread and the log (P-5). Pure; texts that stand beside the log are read
// by the caller, who knows the store.
//
//   an agent       system, the thread up to the message, then each round: what it said and called, what came back
//   a supervisor   system, the task, then each step: its decision, what came of it

import type { ModelMessage, ModelRequest, ModelTool } from "#ports/model.ts";
import type { ToolDescriptions } from "../node-type.ts";
import type { Orchestration } from "../state.ts";
import type { AgentConfig } from "./config.ts";
import { DELEGATE_TOOL_ID, delegateDescription, delegateModelName, delegateParameters } from "./delegate.ts";
import { SUPERVISOR_ANSWER, supervisorSchema } from "./supervision.ts";
import type { Call, Kept, Round, Turn } from "./turn.ts";

/** Reads a text that the log keeps elsewhere. */
export type ReadKept = (kept: Kept) => string;

/** The part of a request that does not depend on the provider. */
export type Prompt = Pick<ModelRequest, "messages" | "tools" | "answerSchema">;

/** `history`: what people and the agent said before, oldest first, ending with the message to answer. */
export function agentPrompt(
  config: AgentConfig,
  tools: ToolDescriptions,
  history: readonly ModelMessage[],
  turn: Turn,
  read: ReadKept,
): Prompt {
  return {
    messages: [
      { role: "system", text: config.systemPrompt },
      ...history,
      ...turn.rounds.flatMap((round) => roundMessages(tools, round, read)),
    ],
    tools: toolsOf(config, tools),
  };
}

function roundMessages(tools: ToolDescriptions, round: Round, read: ReadKept): ModelMessage[] {
  const called = round.calls.map((call) => ({
    callId: call.callId,
    name: modelNameOf(tools, call),
    arguments: call.arguments,
  }));
  return [
    { role: "assistant", text: read(round.said), toolCalls: called },
    ...round.calls.map((call): ModelMessage => resultMessage(call, modelNameOf(tools, call), read)),
  ];
}

/** Every call has a result; one that has not ended when the prompt is made has none that anybody saw. */
function resultMessage(call: Call, name: string, read: ReadKept): ModelMessage {
  const { callId, end } = call;
  if (!end) return { role: "tool", callId, name, text: "Interrupted: nobody saw what came of it.", failed: true };
  const text = read(end.text);
  return {
    role: "tool",
    callId,
    name,
    text: text === "" ? "(nothing)" : text,
    ...(end.status !== "ok" && { failed: true }),
  };
}

function modelNameOf(tools: ToolDescriptions, { toolId }: Call): string {
  if (toolId === DELEGATE_TOOL_ID) return delegateModelName;
  const known = tools.get(toolId)?.modelName;
  // What the model made up is shown to it again in a form that providers accept.
  return known ?? (toolId.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "unknown");
}

/** The tools of an agent as its model sees them. */
export function toolsOf(config: AgentConfig, tools: ToolDescriptions): ModelTool[] {
  const own = config.tools.flatMap((toolId) => {
    const tool = tools.get(toolId);
    return tool ? [{ name: tool.modelName, description: tool.description, parameters: tool.parameters }] : [];
  });
  if (config.colleagues.length === 0) return own;
  const { colleagues } = config;
  return [
    ...own,
    {
      name: delegateModelName,
      description: delegateDescription,
      parameters: delegateParameters(colleagues),
    },
  ];
}

export function supervisorPrompt(
  config: AgentConfig,
  history: readonly ModelMessage[],
  turn: Turn,
  orchestration: Orchestration | undefined,
  read: ReadKept,
): Prompt {
  const steps = [...(orchestration?.steps ?? [])];
  const rounds = turn.rounds.flatMap((round): ModelMessage[] => {
    const said: ModelMessage = { role: "assistant", text: read(round.said) || "(nothing)" };
    if (round.problem !== undefined) {
      return [
        said,
        { role: "user", text: `That cannot be used: ${round.problem} Answer again, with one JSON object.` },
      ];
    }
    const step = steps.shift();
    return step?.result === undefined ? [said] : [said, { role: "user", text: resultText(step.decision, step.result) }];
  });
  return {
    messages: [{ role: "system", text: config.systemPrompt }, ...history, ...rounds],
    answerSchema: { name: SUPERVISOR_ANSWER, schema: supervisorSchema(config.colleagues) },
  };
}

function resultText(decision: { kind?: unknown; nextWorkerIds?: unknown }, result: string): string {
  if (decision.kind === "ask-user") return `Answer of the user: ${result}`;
  const workers = Array.isArray(decision.nextWorkerIds) ? decision.nextWorkerIds.join(", ") : "the worker";
  return `Result of ${workers}: ${result}`;
}
