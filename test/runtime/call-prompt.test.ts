// One model call of a workflow: how long its request may say nothing, whatever time the node has.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import type { ModelEffectValue } from "#engine/turn/model-call.ts";
import type { EffectResult } from "#ports/effects.ts";
import type { ModelProvider, ModelResult } from "#ports/model.ts";
import { createCallPromptHandler } from "#runtime/handlers/call-prompt.ts";
import type { Runs } from "#runtime/runs.ts";
import { anEffect } from "../contracts/store-builders.ts";

const SILENCE_MS = 120_000;

/** A provider that is asked once, and then says what the test has it say. */
function aSlowProvider() {
  const asked = Promise.withResolvers<(piece: string) => void>();
  const answered = Promise.withResolvers<ModelResult>();
  const provider: ModelProvider = {
    provider: "slow",
    generate: (_request, onText, signal) => {
      signal.addEventListener("abort", () => answered.reject(signal.reason), { once: true });
      asked.resolve(onText);
      return answered.promise;
    },
  };
  return { provider, asked: asked.promise, answer: answered.resolve };
}

function perform(provider: ModelProvider): Promise<EffectResult> {
  const handler = createCallPromptHandler({
    runs: { load: async () => undefined } as unknown as Runs,
    modelOf: () => ({ provider, model: "m" }),
    mockOf: () => undefined,
  });
  const effect = anEffect("eff_1", { kind: handler.kind, request: { text: "hi", streaming: false } });
  return handler.perform(effect, new AbortController().signal);
}

function effectOf(result: EffectResult): ModelEffectValue {
  assert.equal(result.outcome, "done");
  return (result as { value: unknown }).value as ModelEffectValue;
}

describe("core.ai.callPrompt", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  it("breaks off a request that brings nothing for two minutes, and says so", async () => {
    const { provider, asked } = aSlowProvider();
    const result = perform(provider);
    await asked;
    mock.timers.tick(SILENCE_MS);
    const { calls, failure } = effectOf(await result);
    assert.equal(failure?.reason, "broken-off");
    assert.match(failure?.message ?? "", /silent for 2 minutes/);
    assert.deepEqual(calls, [{ provider: "slow", model: "m" }], "what it cost is not known, and counts");
  });

  it("lets an answer come slowly, as long as it comes", async () => {
    const { provider, asked, answer } = aSlowProvider();
    const result = perform(provider);
    const say = await asked;
    for (const piece of ["All", " good", " things"]) {
      mock.timers.tick(SILENCE_MS - 1);
      say(piece);
    }
    const usage = { inputTokens: 1, outputTokens: 3 };
    answer({ outcome: "answered", text: "All good things", toolCalls: [], usage, finishReason: "stop", model: "m" });
    assert.equal(effectOf(await result).answer?.text, "All good things");
  });
});
