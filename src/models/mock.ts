// Mock providers of test keys (runs.md §2.4): what they do is a pure function of what the run asked for.

import { setTimeout as sleep } from "node:timers/promises";
import type { ModelProvider, ModelResult, ToolCall } from "#ports/model.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { MockProviderId } from "#protocol/mock-providers.ts";

interface Usage {
  promptTokens?: number;
  completionTokens?: number;
}

interface StreamText {
  tokens?: string[];
  delayMsPerToken?: number;
  finishReason?: "stop" | "length" | "tool_calls" | "content_filter";
  usage?: Usage;
  model?: string;
}

interface ToolCalls {
  toolCalls?: { id: string; name: string; arguments?: Json }[];
  delayMsPerToken?: number;
}

interface Failure {
  code?: string;
  message?: string;
  retryable?: boolean;
  failAfterMs?: number;
}

const reasons = { stop: "stop", length: "length", tool_calls: "tool-calls", content_filter: "refused" } as const;

type Generate = ModelProvider["generate"];

const mocks: Readonly<Record<MockProviderId, (asked: JsonObject, model: string) => Generate>> = {
  "stream-text": (asked, model) => streamText(asked as unknown as StreamText, model),
  "tool-calls": (asked, model) => callTools(asked as unknown as ToolCalls, model),
  error: (asked) => fail(asked as unknown as Failure),
  "usage-only": (asked, model) => onlyUsage((asked as { usage?: Usage }).usage, model),
};

/** The mock that `configurable.mockProvider` names, and what it calls its model. */
export function mockChoiceOf({ id, config }: JsonObject): { provider: ModelProvider; model: string } | undefined {
  if (typeof id !== "string" || !Object.hasOwn(mocks, id)) return undefined;
  const asked = (config ?? {}) as JsonObject;
  const model = typeof asked.model === "string" ? asked.model : `mock-${id}-v1`;
  return { model, provider: { provider: "mock", generate: mocks[id as MockProviderId](asked, model) } };
}

function streamText(asked: StreamText, model: string): Generate {
  const { tokens = ["mock", " response"], delayMsPerToken = 0, finishReason = "stop", usage = {} } = asked;
  return async (_request, onText, signal) => {
    for (const token of tokens) {
      await pause(delayMsPerToken, signal);
      onText(token);
    }
    return answered(model, usage, tokens.length, { text: tokens.join(""), finishReason: reasons[finishReason] });
  };
}

function callTools({ toolCalls = [], delayMsPerToken = 0 }: ToolCalls, model: string): Generate {
  return async (_request, _onText, signal) => {
    for (const _call of toolCalls) await pause(delayMsPerToken, signal);
    return answered(model, {}, toolCalls.length, { toolCalls: toolCalls.map(toToolCall), finishReason: "tool-calls" });
  };
}

/** Arguments may be given as they are, or as the text that a model would write. */
function toToolCall({ id, name, arguments: given = {} }: { id: string; name: string; arguments?: Json }): ToolCall {
  const value = typeof given === "string" ? parsed(given) : given;
  if (isJsonObject(value)) return { callId: id, name, arguments: value };
  return { callId: id, name, arguments: {}, unreadable: String(given) };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function fail(asked: Failure): Generate {
  const { code = "mock_error", message = "The mock provider failed, as it was asked to.", retryable = false } = asked;
  return async (_request, _onText, signal) => {
    await pause(asked.failAfterMs ?? 0, signal);
    return { outcome: "failed", reason: "rejected", message, verdict: { code, retryable }, unbilled: true };
  };
}

function onlyUsage(usage: Usage = {}, model: string): Generate {
  return async () => answered(model, usage, 0, { finishReason: "stop" });
}

type Answer = Extract<ModelResult, { outcome: "answered" }>;

function answered(model: string, usage: Usage, completionTokens: number, answer: Partial<Answer>): ModelResult {
  return {
    outcome: "answered",
    text: "",
    toolCalls: [],
    finishReason: "stop",
    usage: { inputTokens: usage.promptTokens ?? 1, outputTokens: usage.completionTokens ?? completionTokens },
    model,
    ...answer,
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) await sleep(ms, undefined, { signal });
}
