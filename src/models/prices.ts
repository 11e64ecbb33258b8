// What well-known models cost, so that a bill can be estimated. List prices without discounts, as published in late
// 2025; a provider's own invoice is the truth. A model that is not in the table has no price, rather than a wrong one.

import type { ModelUsage } from "#ports/model.ts";

/** Beginning of the model's name → USD per million tokens: [read, written]. */
const PRICES: Readonly<Record<string, readonly [input: number, output: number]>> = {
  "gpt-5.2": [1.75, 14],
  "gpt-5.1": [1.25, 10],
  "gpt-5": [1.25, 10],
  "gpt-5-mini": [0.25, 2],
  "gpt-5-nano": [0.05, 0.4],
  "gpt-4.1": [2, 8],
  "gpt-4.1-mini": [0.4, 1.6],
  "gpt-4.1-nano": [0.1, 0.4],
  "gpt-4o": [2.5, 10],
  "gpt-4o-mini": [0.15, 0.6],
  o3: [2, 8],
  "o4-mini": [1.1, 4.4],
  "claude-opus-4-5": [5, 25],
  "claude-opus-4-1": [15, 75],
  "claude-opus-4": [15, 75],
  "claude-sonnet-4-5": [3, 15],
  "claude-sonnet-4": [3, 15],
  "claude-haiku-4-5": [1, 5],
  "claude-3-7-sonnet": [3, 15],
  "claude-3-5-haiku": [0.8, 4],
};

const TOKENS_PER_PRICE = 1_000_000;

/** An estimate in USD; undefined when the price of the model is not known. */
export function costOf(model: string, usage: ModelUsage): number | undefined {
  const price = priceOf(model);
  if (!price) return undefined;
  return (usage.inputTokens * price[0] + usage.outputTokens * price[1]) / TOKENS_PER_PRICE;
}

/** The usage with its estimated cost, when that is known. */
export function priced(model: string, usage: ModelUsage): ModelUsage {
  const costUsd = costOf(model, usage);
  return costUsd === undefined ? usage : { ...usage, costUsd };
}

/** A name is one of the table, or one with a date or `latest` after it: `gpt-5-chat` is another model than `gpt-5`. */
function priceOf(model: string): readonly [number, number] | undefined {
  const name = model.replace(/^(openai|anthropic)\//, "").replace(/-(latest|\d{8}|\d{4}-\d{2}-\d{2})$/, "");
  return Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
}
