// The overlay of a run: what the host declares, what a workflow declares, and what reaches the call (runs.md §2.3).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type ModelServer, startModelServer } from "../http/model-server.ts";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const noop = "conformance-noop";
const prompt = workflow("conformance-options-prompt", {
  nodes: [
    {
      id: "ai",
      typeId: "core.ai.callPrompt",
      config: { model: "of-the-node", temperature: 1, maxTokens: 100 },
      inputs: { userMessage: { type: "static", value: "hello" } },
    },
  ],
});
const configurableSchema = {
  type: "object",
  properties: {
    recursionLimit: { type: "integer", minimum: 1, maximum: 10 },
    tags: { type: "array", items: { type: "string" } },
    "acme.tone": { type: "string", enum: ["warm", "cool"] },
  },
  additionalProperties: false,
};
const declaring = workflow("conformance-options-declaring", {
  nodes: [{ id: "a", typeId: "core.noop" }],
  more: { configurableSchema },
});

describe("configurable", () => {
  const host = useDaemon();
  before(async () => {
    await host.client.register(declaring);
  });
  const create = (workflowId: string, configurable: unknown) =>
    host.client.post("/v1/runs", { workflowId, configurable });

  for (const configurable of [
    { recursionLimit: 5 },
    { runTimeoutMs: 1_500.5 },
    { maxLoopIterations: 3 },
    { model: "small", temperature: 2, maxTokens: 1 },
    { "ai.model": "large", temperature: 0 },
    { escalationThreshold: 0.5, reasoningVerbosity: "off" },
  ]) {
    it(`takes ${JSON.stringify(configurable)} and echoes it`, async () => {
      const { status, body, text } = await create(noop, configurable);
      assert.equal(status, 201, text);
      assert.deepEqual((await host.client.snapshot(body.runId)).configurable, configurable);
    });
  }

  for (const configurable of [
    7,
    [],
    "fast",
    { speed: "fast" },
    { "acme.tone": "warm" },
    { "ai.voice": "alto" },
    { maxLoopIterations: 0 },
    { maxLoopIterations: "3" },
    { runTimeoutMs: -1 },
    { runTimeoutMs: 0.5 },
    { recursionLimit: null },
    { temperature: 2.1 },
    { temperature: -1 },
    { maxTokens: 0 },
    { maxTokens: 1.5 },
    { model: "" },
    { "ai.model": 7 },
    { escalationThreshold: 1.1 },
    { reasoningVerbosity: "loud" },
    { "ai.provider": "nobody" },
  ]) {
    it(`refuses ${JSON.stringify(configurable)} at creation`, async () => {
      assertRefused(await create(noop, configurable), 400, "validation_error");
    });
  }

  it("takes no credential: no provider of this host lets callers bring one", async () => {
    const answer = await create(noop, { "ai.credentialRef": "vault:key" });
    assertRefused(answer, 422, "credential_forbidden");
    assert.ok(!answer.text.includes("vault:key"));
  });

  describe("of a workflow with a schema of its own", () => {
    for (const configurable of [{}, { recursionLimit: 10 }, { tags: ["a"] }, { "acme.tone": "cool" }]) {
      it(`takes ${JSON.stringify(configurable)}`, async () => {
        const { status, text } = await create(declaring.id, configurable);
        assert.equal(status, 201, text);
      });
    }
    for (const configurable of [
      { recursionLimit: 11 },
      { recursionLimit: "3" },
      { tags: "a" },
      { "acme.tone": "loud" },
      { runTimeoutMs: 1_000 },
      { other: 1 },
    ]) {
      it(`refuses ${JSON.stringify(configurable)}`, async () => {
        assertRefused(await create(declaring.id, configurable), 400, "validation_error");
      });
    }
    it("shows it on a read", async () => {
      const { body } = await host.client.get(`/v1/workflows/${declaring.id}`);
      assert.deepEqual(body.configurableSchema, configurableSchema);
    });
  });

  for (const [what, configurableSchema, field] of [
    ["another type for a key of the host", { properties: { recursionLimit: { type: "string" } } }, "recursionLimit"],
    ["a wider type for a key of the host", { properties: { maxTokens: { type: "number" } } }, "maxTokens"],
    [
      "a list of types, one of them wrong",
      { properties: { temperature: { type: ["number", "null"] } } },
      "temperature",
    ],
    ["a reserved name", { properties: { "ai.voice": { type: "string" } } }, "ai.voice"],
    ["an overlay that is no object", { type: "array" }, "type"],
  ] as const) {
    it(`is checked against the host's declaration at registration: ${what}`, async () => {
      const definition = workflow("conformance-options-refused", {
        nodes: [{ id: "a", typeId: "core.noop" }],
        more: { configurableSchema },
      });
      const details = assertRefused(await host.client.post("/v1/workflows", definition), 400, "validation_error");
      assert.match(String(details.field), new RegExp(`^configurableSchema.*${field.replace(".", "\\.")}$`));
    });
  }

  it("is declared in discovery as it is checked", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const { recursionLimit, temperature, maxTokens, runTimeoutMs } = body.configurable;
    assert.deepEqual([recursionLimit.type, recursionLimit.min], ["integer", 1]);
    assert.deepEqual([temperature.type, temperature.min, temperature.max], ["number", 0, 2]);
    assert.deepEqual([maxTokens.type, maxTokens.min], ["integer", 1]);
    assert.equal(runTimeoutMs.type, "number");
  });
});

describe("overrides of a run", { skip: needsOwnDaemon() }, () => {
  let model: ModelServer;
  let daemon: Daemon;
  before(async () => {
    model = await startModelServer();
    const config = `models:\n  default: {provider: openai, baseUrl: "${model.url}", model: configured}\n`;
    daemon = await startDaemon({ seams: true, config });
  });
  after(async () => {
    await daemon.dispose();
    await model.close();
  });

  for (const { configurable, asked } of [
    { configurable: {}, asked: ["of-the-node", 1, 100] },
    { configurable: { model: "small" }, asked: ["small", 1, 100] },
    { configurable: { model: "small", "ai.model": "large" }, asked: ["large", 1, 100] },
    { configurable: { temperature: 0.2, maxTokens: 7 }, asked: ["of-the-node", 0.2, 7] },
  ]) {
    it(`reach the call: ${JSON.stringify(configurable)}`, async () => {
      const client = new Client(daemon.url, daemon.key);
      await client.register(prompt);
      const before = model.calls.length;
      const runId = await client.createRun(prompt.id, { body: { configurable } });
      assert.equal(await client.ended(runId), "completed");
      const { body } = await model.call(before);
      assert.deepEqual([body.model, body.temperature, body.max_completion_tokens ?? body.max_tokens], asked);
    });
  }

  it("do not matter to a call that was given up: what it used is told as unknown", async () => {
    const client = new Client(daemon.url, daemon.key);
    const before = model.calls.length;
    model.answer("silence");
    const runId = await client.createRun("agent-assistant", { inputs: { text: "hello" } });
    await model.call(before);
    await client.post(`/v1/runs/${runId}/cancel`);
    assert.equal(await client.ended(runId), "cancelled");
    model.answer({ text: "ok" });
    const usage = (await client.log(runId)).filter(({ type }) => type === "parley.usage.unknown");
    assert.equal(usage.length, 1);
    assert.ok(usage[0]?.payload.effectId && usage[0]?.nodeId);
  });

  it("reach the calls of agents, too", async () => {
    const client = new Client(daemon.url, daemon.key);
    const before = model.calls.length;
    const options = { inputs: { text: "hello" }, body: { configurable: { "ai.model": "large", temperature: 0 } } };
    const runId = await client.createRun("agent-assistant", options);
    await client.settled(runId);
    const { body } = await model.call(before);
    assert.deepEqual([body.model, body.temperature], ["large", 0]);
  });
});
