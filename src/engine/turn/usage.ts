// One usage event per request to a provider, also for one that failed; a request whose end nobody saw says just that
// (P-9).

import type { ModelUsage } from "#ports/model.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { NodeContext, NodeEvent } from "../node-type.ts";

/** One request that went to a provider. Without `usage` nobody saw what it cost. */
export interface ProviderCall {
  provider: string;
  model: string;
  usage?: ModelUsage;
}

export function usageEvent(context: NodeContext, { provider, model, usage }: ProviderCall): NodeEvent {
  if (!usage) return unknownUsage(context, provider, model);
  const { inputTokens, outputTokens, costUsd } = usage;
  const payload: JsonObject = {
    provider,
    model,
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    ...(costUsd !== undefined && { costEstimateUsd: costUsd, currency: "USD" }),
    nodeId: context.nodeId,
  };
  return { type: "provider.usage", payload };
}

/** A call that may be billed and whose end nobody saw (P-9). */
export function unknownUsage(context: NodeContext, provider = "unknown", model?: string): NodeEvent {
  const alias = String(context.config.model ?? "default");
  return {
    type: "parley.usage.unknown",
    payload: {
      nodeId: context.nodeId,
      provider,
      model: model ?? alias,
      effectId: context.effectId(context.node.turn?.modelOrdinal ?? 0, `model:${alias}`),
    },
  };
}
