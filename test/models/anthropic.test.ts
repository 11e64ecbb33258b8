// What is particular to Anthropic's Messages API.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createAnthropicProvider } from "#models/anthropic.ts";
import type { ModelProvider } from "#ports/model.ts";
import { answered, ask, failed, lookUp } from "./support/calls.ts";
import { anthropic } from "./support/dialects.ts";
import { json, type ProviderServer, startProviderServer, stream } from "./support/provider-server.ts";

describe("a request to Anthropic", () => {
  let server: ProviderServer;
  let provider: ModelProvider;
  before(async () => {
    server = await startProviderServer(anthropic.check);
    provider = anthropic.create(server.url, () => "some-key");
  });
  after(() => server.close());

  it("carries the system apart, results of one answer in one message, and 4096 tokens as the limit", async () => {
    server.answer(stream(anthropic.frames({ text: ["Fine."] })));
    await ask(provider, {
      messages: [
        { role: "system", text: "Be kind." },
        { role: "system", text: "Be brief." },
        { role: "user", text: "Plan it" },
        {
          role: "assistant",
          text: "",
          toolCalls: [
            { callId: "a", name: "look_up", arguments: { query: "x" } },
            { callId: "b", name: "look_up", arguments: { query: "y" } },
          ],
        },
        { role: "tool", callId: "a", name: "look_up", text: "found" },
        { role: "tool", callId: "b", name: "look_up", text: "gone", failed: true },
        { role: "user", text: "And?" },
        { role: "user", text: "Well?" },
      ],
      tools: [lookUp],
      temperature: 0.5,
    });
    const { tools, ...body } = server.received.at(-1)?.body ?? assert.fail();
    assert.deepEqual(body, {
      model: "some-model",
      max_tokens: 4096,
      stream: true,
      system: "Be kind.\n\nBe brief.",
      messages: [
        { role: "user", content: [{ type: "text", text: "Plan it" }] },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "a", name: "look_up", input: { query: "x" } },
            { type: "tool_use", id: "b", name: "look_up", input: { query: "y" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "a", content: "found" },
            { type: "tool_result", tool_use_id: "b", content: "gone", is_error: true },
            { type: "text", text: "And?" },
            { type: "text", text: "Well?" },
          ],
        },
      ],
    });
    const { name, description, parameters } = lookUp;
    assert.deepEqual(tools, [{ name, description, input_schema: parameters }]);
  });

  const schema = { type: "object", properties: { fine: { type: "boolean" } } };
  const verdict = { id: "v", name: "verdict", pieces: ['{"fine"', ": true}"] };

  it("gets an answer of a given shape as the arguments of a tool that must be called", async () => {
    server.answer(stream(anthropic.frames({ calls: [verdict], finish: "tool-calls" })));
    const { result, pieces } = await ask(provider, { answerSchema: { name: "verdict", schema } });
    const { text, toolCalls, finishReason } = answered(result);
    assert.deepEqual(
      { text, toolCalls, finishReason },
      { text: '{"fine": true}', toolCalls: [], finishReason: "stop" },
    );
    assert.deepEqual(pieces, ['{"fine"', ": true}"]);
    const { tool_choice, tools } = server.received.at(-1)?.body ?? assert.fail();
    assert.deepEqual(tool_choice, { type: "tool", name: "verdict", disable_parallel_tool_use: true });
    assert.deepEqual(tools, [{ name: "verdict", description: "Gives the answer.", input_schema: schema }]);
  });

  it("lets the model use its tools before it gives an answer of a given shape", async () => {
    const calls = [{ id: "a", name: "look_up", pieces: ['{"query":"x"}'] }];
    server.answer(stream(anthropic.frames({ calls, finish: "tool-calls" })));
    const { result } = await ask(provider, { tools: [lookUp], answerSchema: { name: "verdict", schema } });
    assert.deepEqual(answered(result).toolCalls, [{ callId: "a", name: "look_up", arguments: { query: "x" } }]);
    assert.deepEqual(server.received.at(-1)?.body.tool_choice, { type: "any" });
  });

  for (const base of ["", "/", "/v1", "/v1/"]) {
    it(`goes to /v1/messages when the base URL ends in "${base}"`, async () => {
      server.answer(stream(anthropic.frames({ text: ["Hi"] })));
      answered((await ask(anthropic.create(server.url + base, () => undefined))).result);
      assert.equal(server.received.at(-1)?.path, "/v1/messages");
    });
  }

  it("does not take keys and headers out of the environment", async (context) => {
    const names = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_BASE_URL"];
    const before = names.map((name) => process.env[name]);
    context.after(() => {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    });
    for (const name of names) process.env[name] = "x-canary: environment";
    server.answer(stream(anthropic.frames({ text: ["Hi"] })));
    answered((await ask(anthropic.create(server.url, () => undefined))).result);
    assert.doesNotMatch(JSON.stringify(server.received.at(-1)?.headers), /canary|environment/);
  });

  it("understands a server that does not stream", async () => {
    server.answer(
      json(200, {
        type: "message",
        model: "some-model-7",
        content: [
          { type: "thinking", thinking: "Hm." },
          { type: "text", text: "Wait." },
          { type: "tool_use", id: "a", name: "look_up", input: { query: "x" } },
        ],
        stop_reason: "tool_use",
        usage: { input_tokens: 3, output_tokens: 2 },
      }),
    );
    const { result } = await ask(provider, { tools: [lookUp] });
    assert.deepEqual(answered(result), {
      outcome: "answered",
      text: "Wait.",
      reasoning: "Hm.",
      toolCalls: [{ callId: "a", name: "look_up", arguments: { query: "x" } }],
      finishReason: "tool-calls",
      model: "some-model-7",
      usage: { inputTokens: 3, outputTokens: 2 },
    });
  });

  it("understands events that it does not know", async () => {
    const frames = anthropic.frames({ text: ["Hi"] });
    server.answer(
      stream([...frames.slice(0, 2), 'event: new_kind\ndata: {"type":"new_kind"}\n\n', ...frames.slice(2)]),
    );
    assert.equal(answered((await ask(provider)).result).text, "Hi");
  });
});

describe("Anthropic itself", () => {
  it("is not asked without a key", async () => {
    const { result } = await ask(createAnthropicProvider({ apiKey: () => undefined }));
    const { reason, message } = failed(result);
    assert.equal(reason, "unauthorized");
    assert.match(message, /Anthropic asks for an API key/);
  });
});
