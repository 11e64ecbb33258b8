// core.ai.callPrompt: one model call (runs.md §6.1). While it streams, every piece stands in the log as `output.chunk`.
//
// Without a prompt library the text is the node's own: `systemPrompt` in the config, `userMessage` as input. What this
// host cannot do with it (envelopes, prompt references, MCP calls) is refused at registration.

import type { EffectResult } from "#ports/effects.ts";
import { isWorthRepeating, type ModelFailureReason } from "#ports/model.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import Type from "#protocol/type.ts";
import type { WorkflowNode } from "#protocol/workflows.ts";
import { failure, type NodeContext, type NodeOutcome, type NodeProblem, type NodeType } from "../node-type.ts";
import { MODEL_TIMEOUT_MS, type ModelEffectValue, modelError } from "../turn/model-call.ts";
import { openNotes } from "../turn/notes.ts";
import { modelOverrides } from "../turn/overrides.ts";
import { usageEvent } from "../turn/usage.ts";

export const CALL_PROMPT_EFFECT = "call-prompt";

/** Members of the config that need what this host does not offer yet, and what that would be. */
const notOffered: Readonly<Record<string, string>> = {
  envelopeType: "envelopes",
  systemPromptRef: "prompts.supported",
  userPromptRef: "prompts.supported",
  fewShotPromptRefs: "prompts.supported",
  schemaHintPromptRef: "prompts.supported",
  mcp: "mcp.supported",
};

export const callPrompt: NodeType = {
  typeId: "core.ai.callPrompt",
  effectful: true,
  restartable: () => true,
  config: Type.Object({
    promptId: Type.Optional(Type.String({ minLength: 1 })),
    systemPrompt: Type.Optional(Type.String()),
    model: Type.Optional(Type.String({ minLength: 1 })),
    temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
    maxTokens: Type.Optional(Type.Integer({ minimum: 1 })),
    expectsStreaming: Type.Optional(Type.Boolean()),
  }),
  check: checkOffered,
  start: (context) => {
    const { promptId, expectsStreaming } = context.config;
    const mock = isJsonObject(context.configurable.mockProvider) ? context.configurable.mockProvider : undefined;
    if (promptId !== undefined && !mock) {
      return failure("prompt_not_found", `There is no prompt ${String(promptId)} here.`, { promptId });
    }
    const text = mock ? "" : userText(context.inputs);
    if (text === undefined) {
      return failure("validation_error", "core.ai.callPrompt needs the input `userMessage`.", { port: "userMessage" });
    }
    return ask(context, { text, streaming: expectsStreaming === true, ...(mock && { mock }) });
  },
  onEffect: settle,
};

function checkOffered({ config }: WorkflowNode): NodeProblem[] {
  return Object.entries(notOffered)
    .filter(([name]) => Object.hasOwn(config, name))
    .map(([name, capability]) => ({ path: `config.${name}`, message: `This host does not offer ${capability}.` }));
}

/** The explicit port, or what an edge or the run brings as `input`. */
function userText({ userMessage, input }: JsonObject): string | undefined {
  const given = userMessage ?? (isJsonObject(input) ? (input.userMessage ?? input.text) : input);
  return typeof given === "string" && given.trim() !== "" ? given : undefined;
}

function ask({ config, configurable }: NodeContext, request: JsonObject): NodeOutcome {
  const { systemPrompt, model, temperature, maxTokens } = { ...config, ...modelOverrides(configurable) } as JsonObject;
  return {
    kind: "wait",
    effects: [
      {
        kind: CALL_PROMPT_EFFECT,
        class: "read",
        providerKey: "model:default",
        ordinal: 0,
        request: {
          ...request,
          ...(systemPrompt !== undefined && { systemPrompt }),
          ...(model !== undefined && { model }),
          ...(temperature !== undefined && { temperature }),
          ...(maxTokens !== undefined && { maxTokens }),
        },
        timeoutMs: MODEL_TIMEOUT_MS,
      },
    ],
  };
}

function settle(context: NodeContext, result: EffectResult): NodeOutcome {
  if (result.outcome !== "done") {
    const error = result.outcome === "failed" ? result.error : { code: "interrupted", message: "interrupted" };
    return { kind: "fail", error };
  }
  const { calls, answer, failure: failed } = result.value as unknown as ModelEffectValue;
  const notes = openNotes();
  for (const call of calls) notes.events.push(usageEvent(context, call));
  if (!answer) return failedCall(failed, notes.events);
  const usage = calls.at(-1)?.usage;
  const outputs: JsonObject = {
    content: answer.text,
    output: answer.text,
    finishReason: answer.finishReason.replace("-", "_") as Json,
    model: answer.model,
    ...(answer.toolCalls.length > 0 && { toolCalls: answer.toolCalls as unknown as Json }),
    ...(usage && {
      usage: { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens } as JsonObject,
    }),
  };
  return { kind: "complete", outputs, ...notes };
}

function failedCall(failed: ModelEffectValue["failure"], events: NodeOutcome["events"]): NodeOutcome {
  const reason = (failed?.reason ?? "garbage") as ModelFailureReason;
  const retryable = failed?.verdict?.retryable ?? isWorthRepeating(reason);
  return { kind: "fail", error: { ...modelError(failed), retryable }, ...(events && { events }) };
}
