// core.ai.callPrompt: one model call, streamed into the log; the mock of test keys (runs.md §2.4, §6.1).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needsOwnDaemon, needsSeams, useDaemon } from "../support/suite.ts";

const host = useDaemon({ seams: true });

const document = (id: string, config: object) => ({
  id,
  name: id,
  version: "1.0.0",
  nodes: [{ id: "ai", typeId: "core.ai.callPrompt", name: "AI", position: { x: 0, y: 0 }, config, inputs: {} }],
  edges: [],
  triggers: [],
  variables: [],
  metadata: {},
  settings: {},
});

async function register(id: string, config: object): Promise<void> {
  const { status, text } = await host.client.post("/v1/workflows", document(id, config));
  assert.equal(status, 201, text);
}

describe("a call that the mock answers", { skip: needsSeams() }, () => {
  it("writes one chunk per token in order, the last with reason and usage", async () => {
    await register("streams", { promptId: "any", expectsStreaming: true });
    const mockProvider = { id: "stream-text", config: { tokens: ["a", "b", "c"] } };
    const runId = await host.client.createRun("streams", { body: { configurable: { mockProvider } } });
    assert.equal(await host.client.ended(runId), "completed");
    const log = await host.client.log(runId);
    const chunks = log.filter((event) => event.type === "output.chunk").map((event) => event.payload);
    const model = "mock-stream-text-v1";
    assert.deepEqual(
      chunks.map(({ chunk, isLast, meta }) => [chunk, isLast, meta]),
      [
        ["a", false, { model }],
        ["b", false, { model }],
        ["c", true, { model, finishReason: "stop", usage: { promptTokens: 1, completionTokens: 3, totalTokens: 4 } }],
      ],
    );
    const completed = log.find((event) => event.type === "node.completed");
    assert.deepEqual(completed?.payload.outputs, {
      content: "abc",
      output: "abc",
      finishReason: "stop",
      model,
      usage: { inputTokens: 1, outputTokens: 3 },
    });
    const usage = log.findIndex((event) => event.type === "provider.usage");
    assert.ok(usage >= 0 && usage < log.findIndex((event) => event.type === "node.completed"));
  });

  it("says the same again on another run", async () => {
    const mockProvider = { id: "stream-text", config: { tokens: ["x", "y"], delayMsPerToken: 5 } };
    const texts = [];
    for (let at = 0; at < 2; at += 1) {
      const runId = await host.client.createRun("streams", { body: { configurable: { mockProvider } } });
      await host.client.ended(runId);
      const log = await host.client.log(runId);
      texts.push(
        JSON.stringify(
          log.filter((event) => event.type === "output.chunk").map(({ payload }) => ({ ...payload, runId: "" })),
        ),
      );
    }
    assert.equal(texts[0], texts[1]);
  });

  for (const { name, mockProvider, error } of [
    { name: "an unknown mock", mockProvider: { id: "oracle" }, error: "unsupported_mock_provider" },
    {
      name: "a mock with a setting out of range",
      mockProvider: { id: "stream-text", config: { delayMsPerToken: 9_000 } },
      error: "validation_error",
    },
  ]) {
    it(`is refused: ${name}`, async () => {
      const body = { workflowId: "streams", configurable: { mockProvider } };
      const { status, body: answer } = await host.client.post("/v1/runs", body);
      assert.deepEqual([status, answer.error], [400, error]);
    });
  }
});

describe("a call that the model answers", { skip: needsOwnDaemon() }, () => {
  it("takes the user's words as input", async () => {
    await register("talks", { systemPrompt: "Be brief." });
    const runId = await host.client.createRun("talks", { inputs: { userMessage: "hello" } });
    assert.equal(await host.client.ended(runId), "completed");
    const completed = (await host.client.log(runId)).find((event) => event.type === "node.completed");
    assert.match(String(completed?.payload.outputs.content), /offline model/);
  });

  it("fails in words without them", async () => {
    const runId = await host.client.createRun("talks");
    assert.equal(await host.client.ended(runId), "failed");
    const { error } = await host.client.snapshot(runId);
    assert.deepEqual([error.code, error.details.port], ["validation_error", "userMessage"]);
  });

  it("does not make up a prompt that it does not have", async () => {
    const runId = await host.client.createRun("streams", { inputs: { userMessage: "hello" } });
    assert.equal(await host.client.ended(runId), "failed");
    assert.equal((await host.client.snapshot(runId)).error.code, "prompt_not_found");
  });

  for (const config of [{ envelopeType: "x" }, { systemPromptRef: "prompt:x" }, { mcp: { tool: "x" } }]) {
    it(`is refused at registration with what this host does not do: ${Object.keys(config)}`, async () => {
      const { status, body } = await host.client.post("/v1/workflows", document("refused", config));
      assert.deepEqual([status, body.error], [400, "validation_error"]);
    });
  }
});

describe("a key that is no test key", { skip: needsOwnDaemon() }, () => {
  const live = useDaemon({});

  it("may not use a mock", async () => {
    const body = {
      workflowId: "agent-assistant",
      inputs: { text: "x" },
      configurable: { mockProvider: { id: "stream-text" } },
    };
    const { status, body: answer } = await live.client.post("/v1/runs", body);
    assert.deepEqual([status, answer.error], [403, "mock_provider_forbidden"]);
  });
});
