// What a run says of its model calls: the AI overrides of `configurable` (runs.md §2.3).

import type { JsonObject } from "#protocol/json.ts";

export interface ModelOverrides {
  model?: string;
  temperature?: number;
  maxTokens?: number;
}

/** Overrides that are there; `ai.model` is preferred over `model`. Their types were checked when the run was created. */
export function modelOverrides(configurable: JsonObject): ModelOverrides {
  const { temperature, maxTokens } = configurable;
  const model = configurable["ai.model"] ?? configurable.model;
  return {
    ...(typeof model === "string" && { model }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof maxTokens === "number" && { maxTokens }),
  };
}
