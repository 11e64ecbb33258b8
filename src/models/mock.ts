// Mock providers of test keys (runs.md §2.4): the answer is a pure function of what the run asked for.

import { setTimeout as sleep } from "node:timers/promises";
import type { ModelProvider, ModelResult } from "#ports/model.ts";
import type { JsonObject } from "#protocol/json.ts";

interface StreamText {
  tokens?: string[];
  delayMsPerToken?: number;
  finishReason?: "stop" | "length" | "tool_calls" | "content_filter";
  usage?: { promptTokens?: number; completionTokens?: number };
  model?: string;
}

const reasons = { stop: "stop", length: "length", tool_calls: "tool-calls", content_filter: "refused" } as const;

/** The mock that `configurable.mockProvider` names, and what it calls its model. */
export function mockChoiceOf({ id, config }: JsonObject): { provider: ModelProvider; model: string } | undefined {
  if (id !== "stream-text") return undefined;
  const asked = (config ?? {}) as unknown as StreamText;
  const model = asked.model ?? "mock-stream-text-v1";
  return { model, provider: streamText(asked, model) };
}

function streamText(asked: StreamText, model: string): ModelProvider {
  const { tokens = ["mock", " response"], delayMsPerToken = 0, finishReason = "stop", usage = {} } = asked;
  return {
    provider: "mock",
    async generate(_request, onText, signal): Promise<ModelResult> {
      for (const token of tokens) {
        signal.throwIfAborted();
        if (delayMsPerToken > 0) await sleep(delayMsPerToken, undefined, { signal });
        onText(token);
      }
      return {
        outcome: "answered",
        text: tokens.join(""),
        toolCalls: [],
        usage: { inputTokens: usage.promptTokens ?? 1, outputTokens: usage.completionTokens ?? tokens.length },
        finishReason: reasons[finishReason],
        model,
      };
    },
  };
}
