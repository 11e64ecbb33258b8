// Tokens, where nobody counted them.

import type { ModelRequest, ModelUsage } from "#ports/model.ts";

/** Rough length of a token in English text. */
const CHARACTERS_PER_TOKEN = 4;

export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** The tokens of a request: everything a model reads. */
export function requestTokens({ messages, tools, answerSchema }: ModelRequest): number {
  const parts = messages.map((message) =>
    message.role === "assistant" && message.toolCalls ? message.text + JSON.stringify(message.toolCalls) : message.text,
  );
  if (tools && tools.length > 0) parts.push(JSON.stringify(tools));
  if (answerSchema) parts.push(JSON.stringify(answerSchema.schema));
  return tokensOf(parts.join("\n"));
}

/** What a provider counted, completed by estimates. */
export function usageOf(
  request: ModelRequest,
  written: string,
  counted: { inputTokens?: number; outputTokens?: number },
): Pick<ModelUsage, "inputTokens" | "outputTokens"> {
  return {
    inputTokens: counted.inputTokens ?? requestTokens(request),
    outputTokens: counted.outputTokens ?? tokensOf(written),
  };
}
