// What a model effect brings back: the requests it made, and how the last one ended.

import type { ModelEffectValue } from "#engine/turn/model-call.ts";
import type { ProviderCall } from "#engine/turn/usage.ts";
import type { EffectResult } from "#ports/effects.ts";
import type { ModelProvider, ModelResult } from "#ports/model.ts";
import type { JsonObject } from "#protocol/json.ts";

/** One configured model: which provider, and what it calls the model. */
export interface ModelChoice {
  provider: ModelProvider;
  model: string;
}

/** `calls`: all of them, the one of this result included. */
export function effectValueOf(calls: ProviderCall[], result: ModelResult): ModelEffectValue {
  if (result.outcome === "answered") {
    const { outcome: _answered, usage: _counted, ...answer } = result;
    return { calls, answer };
  }
  const { reason, message, verdict } = result;
  return { calls, failure: { reason, message, ...(verdict && { verdict }) } };
}

/** One request, for the bill, also when it cost nothing; undefined when none went out. */
export function callOf({ provider, model }: ModelChoice, result: ModelResult): ProviderCall | undefined {
  if (result.outcome === "answered") return { provider: provider.provider, model: result.model, usage: result.usage };
  if (result.usage) return { provider: provider.provider, model, usage: result.usage };
  return result.unbilled ? undefined : { provider: provider.provider, model };
}

export function done(value: ModelEffectValue): EffectResult {
  return { outcome: "done", value: value as unknown as JsonObject };
}
