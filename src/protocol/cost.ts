// Cost of provider calls: the seven attributes under which it may leave the host, and nothing else (operations.md §4.6).

import type { Json, JsonObject } from "./json.ts";

const COST = "openwop.cost.";

/** Every attribute, and what its value must be. */
const costAttributes = {
  "openwop.cost.tokens.input": "number",
  "openwop.cost.tokens.output": "number",
  "openwop.cost.tokens.total": "number",
  "openwop.cost.usd": "number",
  "openwop.cost.currency": "string",
  "openwop.cost.estimated": "boolean",
  "openwop.cost.provider": "string",
} as const;

export type CostAttribute = keyof typeof costAttributes;
export type CostAttributes = { [name in CostAttribute]?: string | number | boolean };

/** The cost attributes among `attributes`: others of the namespace are dropped, and so are values of another kind. */
export function allowedCost(attributes: Readonly<Record<string, unknown>>): CostAttributes {
  const kept: CostAttributes = {};
  for (const [name, kind] of Object.entries(costAttributes)) {
    const value = attributes[name];
    if (typeof value === kind && !Number.isNaN(value)) kept[name as CostAttribute] = value as string | number | boolean;
  }
  return kept;
}

/** ISO 4217. */
const CURRENCY = /^[A-Z]{3}$/;

/** A model that a cost report does not name. */
const UNNAMED_MODEL = "unknown";

/** The `provider.usage` that reported cost attributes amount to, without its node. */
export function costUsage(attributes: JsonObject): JsonObject {
  const cost = allowedCost(attributes);
  const total = tokens(cost[`${COST}tokens.total`]);
  const usd = cost[`${COST}usd`];
  const currency = String(cost[`${COST}currency`] ?? "").toUpperCase();
  return {
    provider: cost[`${COST}provider`] ?? "unknown",
    model: UNNAMED_MODEL,
    inputTokens: tokens(cost[`${COST}tokens.input`]) ?? 0,
    outputTokens: tokens(cost[`${COST}tokens.output`]) ?? 0,
    ...(total !== undefined && { totalTokens: total }),
    ...(typeof usd === "number" && usd >= 0 && { costEstimateUsd: usd }),
    ...(CURRENCY.test(currency) && { currency }),
  };
}

function tokens(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** The attributes of a `provider.usage` payload. The dollars are always an estimate: the bill is the provider's. */
export function costOfUsage(payload: Readonly<Record<string, Json>>): CostAttributes {
  const { provider, inputTokens, outputTokens, totalTokens, costEstimateUsd, currency } = payload;
  const total = totalTokens ?? Number(inputTokens) + Number(outputTokens);
  return allowedCost({
    [`${COST}provider`]: provider,
    [`${COST}tokens.input`]: inputTokens,
    [`${COST}tokens.output`]: outputTokens,
    [`${COST}tokens.total`]: total,
    ...(costEstimateUsd !== undefined && { [`${COST}usd`]: costEstimateUsd, [`${COST}estimated`]: true }),
    [`${COST}currency`]: currency,
  });
}
