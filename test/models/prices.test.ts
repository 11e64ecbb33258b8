import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { costOf } from "#models/prices.ts";

describe("the estimated cost of a call", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000 };
  for (const { model, cost } of [
    { model: "gpt-4o", cost: 3.5 },
    { model: "gpt-4o-2024-11-20", cost: 3.5 },
    { model: "openai/gpt-4o", cost: 3.5 },
    { model: "gpt-4o-mini", cost: 0.21 },
    { model: "claude-sonnet-4-5-20250929", cost: 4.5 },
    { model: "claude-haiku-4-5-latest", cost: 1.5 },
    { model: "gpt-4o-audio-preview", cost: undefined },
    { model: "claude-opus-4-9", cost: undefined },
    { model: "llama3.2", cost: undefined },
    { model: "constructor", cost: undefined },
  ]) {
    it(`of ${model} is ${cost === undefined ? "not known" : `$${cost}`}`, () => {
      const found = costOf(model, usage);
      assert.equal(found === undefined ? undefined : Number(found.toFixed(6)), cost);
    });
  }
});
