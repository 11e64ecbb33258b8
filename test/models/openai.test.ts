// What is particular to OpenAI's chat completions language.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createOpenAiProvider } from "#models/openai.ts";
import type { ModelProvider } from "#ports/model.ts";
import { answered, ask, failed, lookUp } from "./support/calls.ts";
import { data, openai } from "./support/dialects.ts";
import { json, type ProviderServer, startProviderServer, stream } from "./support/provider-server.ts";

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
  const callOf = (callId: string, query: string) => ({ callId, name: "look_up", arguments: { query } });
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
      name: "gives a whole call in each chunk and no index",
      frames: [
        chunk({ tool_calls: [{ id: "a", function: { name: "look_up", arguments: '{"query":"x"}' } }] }),
        chunk({ tool_calls: [{ id: "b", function: { name: "look_up", arguments: '{"query":"y"}' } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [callOf("a", "x"), callOf("b", "y")] },
    },
    {
      name: "gives all calls the index 0",
      frames: [
        chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "look_up", arguments: "" } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"query":"x"}' } }] }),
        chunk({ tool_calls: [{ index: 0, id: "b", function: { name: "look_up", arguments: '{"query":"y"}' } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [callOf("a", "x"), callOf("b", "y")] },
    },
    {
      name: "gives several calls in one chunk, without ids and indexes",
      frames: [
        chunk({
          tool_calls: [
            { function: { name: "look_up", arguments: "" } },
            { function: { name: "look_up", arguments: '{"query":"y"}' } },
          ],
        }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [{ callId: "call_0", name: "look_up", arguments: {} }, callOf("call_1", "y")] },
    },
    {
      name: "gives several calls in chunks of their own, without ids",
      frames: [
        chunk({ tool_calls: [{ index: 0, function: { name: "look_up", arguments: '{"query":"x"}' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { name: "look_up", arguments: '{"query":"y"}' } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [callOf("call_0", "x"), callOf("call_1", "y")] },
    },
    {
      name: "makes up a new id for every piece of a call",
      frames: [
        chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "look_up" } }] }),
        chunk({ tool_calls: [{ index: 0, id: "b", function: { arguments: '{"query":' } }] }),
        chunk({ tool_calls: [{ index: 0, id: "c", function: { arguments: '"x"}' } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [callOf("c", "x")] },
    },
    {
      name: "repeats id and name with every piece of a call",
      frames: [
        chunk({ tool_calls: [{ id: "a", function: { name: "look_up", arguments: '{"query":' } }] }),
        chunk({ tool_calls: [{ id: "a", function: { name: "look_up", arguments: '"x"}' } }] }),
        chunk({}, "tool_calls"),
      ],
      expected: { toolCalls: [callOf("a", "x")] },
    },
    {
      name: "gives no reason for the end but `[DONE]`",
      frames: [chunk({ content: "Yes." }), "data: [DONE]\n\n"],
      expected: { text: "Yes.", finishReason: "stop" },
    },
    {
      name: "begins with a chunk without choices and content that is null",
      frames: [
        data({ choices: [], prompt_filter_results: [] }),
        chunk({ role: "assistant", content: null }),
        chunk({ content: "Yes." }, "stop"),
      ],
      expected: { text: "Yes." },
    },
    {
      name: "keeps the line open with comments",
      frames: [": PROCESSING\n\n", chunk({ content: "Yes." }), ": PROCESSING\n\n", chunk({}, "stop")],
      expected: { text: "Yes." },
    },
    {
      name: "writes the thinking into the text",
      frames: [..."\n<think>\nHm.</think>\n\nYes, <think> is a tag.".split(/(?<=[^a-z])/)]
        .map((piece) => chunk({ content: piece }))
        .concat(chunk({}, "stop")),
      expected: { text: "Yes, <think> is a tag.", reasoning: "\nHm." },
    },
    {
      name: "writes what only looks like the beginning of thinking",
      frames: [chunk({ content: "<th" }), chunk({}, "stop")],
      expected: { text: "<th" },
    },
    {
      name: "divides its text into parts",
      frames: [
        chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] }),
        chunk(
          {
            content: [
              { type: "text", text: "Yes" },
              { type: "text", text: "." },
            ],
          },
          "stop",
        ),
      ],
      expected: { text: "Yes.", reasoning: "Hm." },
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

  it("is understood when it does not stream at all", async () => {
    const tool_calls = [{ id: "a", type: "function", function: { name: "look_up", arguments: '{"query":"x"}' } }];
    server.answer(
      json(200, {
        object: "chat.completion",
        model: "some-model-7",
        choices: [{ message: { role: "assistant", content: "Wait.", tool_calls }, finish_reason: "tool_calls" }],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      }),
    );
    const { result, pieces } = await ask(
      openai.create(server.url, () => undefined),
      { tools: [lookUp] },
    );
    assert.deepEqual(answered(result), {
      outcome: "answered",
      text: "Wait.",
      toolCalls: [callOf("a", "x")],
      finishReason: "tool-calls",
      model: "some-model-7",
      usage: { inputTokens: 3, outputTokens: 2 },
    });
    assert.deepEqual(pieces, ["Wait."]);
  });

  it("knows no such address, says so with status 200, and is not asked again", async () => {
    server.answer(json(200, { error: "Unexpected endpoint or method. (POST /chat/completions)" }));
    const { reason, message } = failed((await ask(openai.create(server.url, () => undefined))).result);
    assert.equal(reason, "not-found");
    assert.match(message, /base URL \(often it ends in \/v1\)/);
  });

  for (const { name, frames, reason } of [
    {
      name: "its line drops, although it wrote an empty reason beside every piece",
      frames: [chunk({ content: "Ye" }, "")],
      reason: "broken-off",
    },
    {
      name: "it says so",
      frames: [chunk({ content: "Ye" }), chunk({}, "error"), "data: [DONE]\n\n"],
      reason: "broken-off",
    },
    {
      name: "it reports an error as a mere text",
      frames: [chunk({ content: "Ye" }), data({ error: "the context size is exceeded" })],
      reason: "too-long",
    },
    {
      name: "it finds the request wrong only now",
      frames: [data({ error: { type: "invalid_request_error", message: "no" } })],
      reason: "rejected",
    },
  ]) {
    it(`is not believed to have answered when ${name}`, async () => {
      server.answer(stream(frames));
      assert.equal(failed((await ask(openai.create(server.url, () => undefined))).result).reason, reason);
    });
  }

  it("is not believed to have answered when it only speaks of `[DONE]`, wherever the parts of its stream end", async () => {
    const frame = chunk({ content: "A stream ends with data: [DONE]" });
    const cut = frame.indexOf("[DONE]") + '[DONE]"'.length;
    server.answer((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame.slice(0, cut), () => setImmediate(() => response.end(frame.slice(cut))));
    });
    assert.equal(failed((await ask(openai.create(server.url, () => undefined))).result).reason, "broken-off");
  });

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
