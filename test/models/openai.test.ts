// What is particular to OpenAI's chat completions language.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createOpenAiProvider } from "#models/openai.ts";
import type { ModelProvider } from "#ports/model.ts";
import { answered, ask, failed, lookUp } from "./support/calls.ts";
import { data, openai } from "./support/dialects.ts";
import { type ProviderServer, startProviderServer, stream } from "./support/provider-server.ts";

describe("a request in OpenAI's language", () => {
  let server: ProviderServer;
  let provider: ModelProvider;
  before(async () => {
    server = await startProviderServer(openai.check);
    provider = openai.create(server.url, () => "some-key");
    server.answer(stream(openai.frames({ text: ["Hi"] })));
  });
  after(() => server.close());

  it("asks for a stream with a count of the tokens, and names itself by the request's id", async () => {
    await ask(provider, { requestId: "run-1:node-1:1" });
    const { body, headers } = server.received.at(-1) ?? assert.fail();
    assert.deepEqual(body, {
      model: "some-model",
      messages: [{ role: "user", content: "Hello" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    assert.equal(headers["idempotency-key"], "run-1:node-1:1");
  });

  it("carries tools, limits and temperature in the words that every server knows", async () => {
    await ask(provider, { tools: [lookUp], maxOutputTokens: 99, temperature: 0.5 });
    const { tools, max_tokens, temperature } = server.received.at(-1)?.body ?? assert.fail();
    const { name, description, parameters } = lookUp;
    assert.deepEqual(tools, [{ type: "function", function: { name, description, parameters } }]);
    assert.deepEqual({ max_tokens, temperature }, { max_tokens: 99, temperature: 0.5 });
  });

  it("asks for an answer of a given shape without the strict mode", async () => {
    const schema = { type: "object", properties: { fine: { type: "boolean" } } };
    server.answer(stream(openai.frames({ text: ['{"fine":', "true}"] })));
    const { result } = await ask(provider, { answerSchema: { name: "verdict", schema } });
    assert.equal(answered(result).text, '{"fine":true}');
    const json_schema = { name: "verdict", schema, strict: false };
    assert.deepEqual(server.received.at(-1)?.body.response_format, { type: "json_schema", json_schema });
  });

  it("tells nobody which agent speaks", async () => {
    server.answer(stream(openai.frames({ text: ["Hi"] })));
    await ask(provider, { agent: "host:assistant" });
    const { body, headers } = server.received.at(-1) ?? assert.fail();
    assert.doesNotMatch(JSON.stringify([body, headers]), /host:assistant/);
  });

  it("does not take keys, headers and addresses out of the environment", async (context) => {
    const names = ["OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS"];
    const before = names.map((name) => process.env[name]);
    context.after(() => {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    });
    for (const name of names) process.env[name] = "canary: environment";
    answered((await ask(openai.create(server.url, () => undefined))).result);
    assert.doesNotMatch(JSON.stringify(server.received.at(-1)?.headers), /canary|environment/);
  });
});

describe("OpenAI itself", () => {
  it("is not asked without a key", async () => {
    const { result } = await ask(createOpenAiProvider({ apiKey: () => undefined }));
    const { reason, message, unbilled } = failed(result);
    assert.deepEqual([reason, unbilled], ["unauthorized", true]);
    assert.match(message, /OpenAI asks for an API key/);
  });
});

describe("a server that speaks OpenAI's language in its own way", () => {
  let server: ProviderServer;
  before(async () => {
    server = await startProviderServer(openai.check);
  });
  after(() => server.close());

  const chunk = (delta: object, finish_reason: string | null = null) => data({ choices: [{ delta, finish_reason }] });
  for (const { name, frames, expected } of [
    {
      name: "ends with `stop` after tool calls",
      frames: [
        chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "look_up", arguments: "{}" } }] }),
        chunk({}, "stop"),
      ],
      expected: { finishReason: "tool-calls", toolCalls: [{ callId: "a", name: "look_up", arguments: {} }] },
    },
    {
      name: "gives no index and the arguments as an object",
      frames: [
        chunk({ tool_calls: [{ id: "a", function: { name: "look_up", arguments: { query: "x" } } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [{ callId: "a", name: "look_up", arguments: { query: "x" } }] },
    },
    {
      name: "calls the model's thinking `reasoning`",
      frames: [chunk({ reasoning: "Hm." }), chunk({ content: "Yes." }, "stop")],
      expected: { reasoning: "Hm.", text: "Yes." },
    },
    {
      name: "says a refusal in its own field",
      frames: [chunk({ refusal: "I will not." }), chunk({}, "stop")],
      expected: { finishReason: "refused", text: "I will not." },
    },
    {
      name: "counts in the last chunk of the answer and names no model",
      frames: [
        chunk({ content: "Yes." }),
        data({ choices: [{ delta: {}, finish_reason: "stop" }], usage: { prompt_tokens: 3, completion_tokens: 1 } }),
      ],
      expected: { usage: { inputTokens: 3, outputTokens: 1 }, model: "some-model" },
    },
    {
      name: "ends its lines with carriage returns",
      frames: [chunk({ content: "Yes." }, "stop").replaceAll("\n", "\r\n")],
      expected: { text: "Yes." },
    },
  ]) {
    it(`is understood when it ${name}`, async () => {
      server.answer(stream(frames));
      const { result } = await ask(
        openai.create(server.url, () => undefined),
        { tools: [lookUp] },
      );
      assert.partialDeepStrictEqual(answered(result), expected);
    });
  }

  for (const { name, frames, says } of [
    { name: "choices that are no list", frames: [data({ choices: "none" })], says: /no piece of an answer/ },
    { name: "calls that are no list", frames: [chunk({ tool_calls: "none" })], says: /no piece of an answer/ },
    {
      name: "a call without a name",
      frames: [chunk({ tool_calls: [{ index: 0, id: "a", function: { arguments: "{}" } }] }), chunk({}, "tool_calls")],
      says: /without naming it/,
    },
  ]) {
    it(`is not believed when it sends ${name}`, async () => {
      server.answer(stream(frames));
      const { reason, message } = failed((await ask(openai.create(server.url, () => undefined))).result);
      assert.equal(reason, "garbage");
      assert.match(message, says);
    });
  }
});
