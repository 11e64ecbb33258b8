// Mock providers of test keys beside stream-text (runs.md §2.4): each is a pure function of its config.

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";

const prompt = workflow("conformance-mocked-prompt", {
  nodes: [{ id: "ai", typeId: "core.ai.callPrompt", config: { promptId: "any", expectsStreaming: true } }],
});
const patient = workflow("conformance-mocked-retries", {
  nodes: [
    {
      id: "ai",
      typeId: "core.ai.callPrompt",
      config: { promptId: "any" },
      settings: { retry: { maxAttempts: 3, backoffMs: 1 } },
    },
  ],
});

describe("the mock provider", { skip: needsSeams() }, () => {
  const host = useDaemon();
  before(async () => {
    for (const definition of [prompt, patient]) await host.client.register(definition);
  });
  const run = async (mockProvider: object, workflowId = prompt.id) => {
    const runId = await host.client.createRun(workflowId, { body: { configurable: { mockProvider } } });
    const status = await host.client.ended(runId);
    const log = await host.client.log(runId);
    return {
      runId,
      status,
      log,
      chunks: log.filter(({ type }) => type === "output.chunk").map(({ payload }) => payload),
    };
  };

  it("tool-calls asks for tools in a structured chunk", async () => {
    const toolCalls = [
      { id: "call_1", name: "weather", arguments: { city: "Bern" } },
      { id: "call_2", name: "time", arguments: '{"zone":"UTC"}' },
    ];
    const { status, chunks, log } = await run({ id: "tool-calls", config: { toolCalls } });
    assert.equal(status, "completed");
    assert.equal(chunks.length, 1);
    assert.equal(chunks[0].isLast, true);
    assert.equal(chunks[0].meta.finishReason, "tool_calls");
    assert.equal(chunks[0].meta.model, "mock-tool-calls-v1");
    assert.deepEqual(chunks[0].meta.toolCalls, [
      { id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
      { id: "call_2", name: "time", arguments: '{"zone":"UTC"}' },
    ]);
    const completed = log.find(({ type }) => type === "node.completed");
    assert.equal(completed?.payload.outputs.finishReason, "tool_calls");
    assert.deepEqual(
      completed?.payload.outputs.toolCalls.map(({ name }: { name: string }) => name),
      ["weather", "time"],
    );
  });

  it("error fails the call with its own code and message", async () => {
    const config = { code: "quota_exhausted", message: "No more today." };
    const { runId, status, log } = await run({ id: "error", config });
    assert.equal(status, "failed");
    const failed = log.find(({ type }) => type === "node.failed");
    assert.equal(failed?.payload.error.code, "quota_exhausted");
    assert.equal(failed?.payload.error.message, "No more today.");
    assert.equal(failed?.payload.attempts, 1);
    const { error } = await host.client.snapshot(runId);
    assert.deepEqual([error.code, error.message], ["quota_exhausted", "No more today."]);
  });

  for (const { retryable, attempts } of [
    { retryable: true, attempts: 3 },
    { retryable: false, attempts: 1 },
  ]) {
    it(`error feeds the retry policy: retryable ${retryable} is tried ${attempts} times`, async () => {
      const { log } = await run({ id: "error", config: { code: "flaky", retryable, failAfterMs: 1 } }, patient.id);
      assert.equal(log.find(({ type }) => type === "node.failed")?.payload.attempts, attempts);
      assert.equal(log.filter(({ type }) => type === "node.retried").length, attempts - 1);
    });
  }

  it("usage-only brings a single chunk without a text", async () => {
    const { status, chunks, log } = await run({
      id: "usage-only",
      config: { usage: { promptTokens: 7, completionTokens: 2 } },
    });
    assert.equal(status, "completed");
    assert.equal(chunks.length, 1);
    assert.deepEqual([chunks[0].chunk, chunks[0].isLast], ["", true]);
    assert.deepEqual(chunks[0].meta.usage, { promptTokens: 7, completionTokens: 2, totalTokens: 9 });
    const usage = log.find(({ type }) => type === "provider.usage")?.payload;
    assert.deepEqual([usage.inputTokens, usage.outputTokens], [7, 2]);
  });

  it("is advertised by its name, each of them", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    assert.deepEqual(body.testing.mockProviders, ["stream-text", "tool-calls", "error", "usage-only"]);
  });

  for (const [what, mockProvider] of [
    ["a call without a name", { id: "tool-calls", config: { toolCalls: [{ id: "a" }] } }],
    ["a setting of another mock", { id: "error", config: { tokens: ["a"] } }],
    ["a wait of more than five seconds", { id: "error", config: { failAfterMs: 5_001 } }],
    ["a negative usage", { id: "usage-only", config: { usage: { promptTokens: -1 } } }],
    ["a member it does not know", { id: "usage-only", seed: 1 }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const body = { workflowId: prompt.id, configurable: { mockProvider } };
      assertRefused(await host.client.post("/v1/runs", body), 400, "validation_error");
    });
  }

  it("that is none is refused, with those that there are", async () => {
    const body = { workflowId: prompt.id, configurable: { mockProvider: { id: "oracle" } } };
    const details = assertRefused(await host.client.post("/v1/runs", body), 400, "unsupported_mock_provider");
    assert.deepEqual(details, {
      requestedProvider: "oracle",
      supportedProviders: ["stream-text", "tool-calls", "error", "usage-only"],
    });
  });
});
