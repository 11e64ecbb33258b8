// Small builders of calls to a provider.

import assert from "node:assert/strict";
import type { ModelProvider, ModelRequest, ModelResult, ModelTool } from "#ports/model.ts";

export const lookUp: ModelTool = {
  name: "look_up",
  description: "Looks something up.",
  parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
};

export function requestOf(changes: Partial<ModelRequest> = {}): ModelRequest {
  return { model: "some-model", messages: [{ role: "user", text: "Hello" }], requestId: "request-1", ...changes };
}

export interface Heard {
  result: ModelResult;
  /** The pieces of text, as they came. */
  pieces: string[];
}

export async function ask(
  provider: ModelProvider,
  changes: Partial<ModelRequest> = {},
  signal: AbortSignal = AbortSignal.timeout(10_000),
): Promise<Heard> {
  const pieces: string[] = [];
  const result = await provider.generate(requestOf(changes), (text) => pieces.push(text), signal);
  return { result, pieces };
}

export function answered(result: ModelResult): Extract<ModelResult, { outcome: "answered" }> {
  assert.equal(result.outcome, "answered", JSON.stringify(result));
  return result as Extract<ModelResult, { outcome: "answered" }>;
}

export function failed(result: ModelResult): Extract<ModelResult, { outcome: "failed" }> {
  assert.equal(result.outcome, "failed", JSON.stringify(result));
  return result as Extract<ModelResult, { outcome: "failed" }>;
}
