// What every provider over the network does, shown on the real SDKs and a server on loopback.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { answerBounds } from "#models/answer.ts";
import type { ModelMessage, ModelProvider } from "#ports/model.ts";
import { answered, ask, failed, lookUp } from "./support/calls.ts";
import { COUNTED, dialects, MODEL } from "./support/dialects.ts";
import {
  dropped,
  type ProviderServer,
  silentAfter,
  startProviderServer,
  stream,
  until,
} from "./support/provider-server.ts";

const KEY = "sk-canary-0123456789";

for (const dialect of dialects) {
  describe(`the ${dialect.name} provider`, () => {
    let server: ProviderServer;
    let provider: ModelProvider;

    before(async () => {
      server = await startProviderServer(dialect.check);
      provider = dialect.create(server.url, () => KEY);
    });
    after(() => server.close());
    afterEach(() => {
      server.received.length = 0;
    });

    it("hands text on as it comes, and its pieces joined are the answer", async () => {
      server.answer(stream(dialect.frames({ text: ["Good ", "morning", ", Jürgen 🌿"], reasoning: ["Be ", "kind."] })));
      const { result, pieces } = await ask(provider);
      const { text, reasoning, finishReason, model, usage, toolCalls } = answered(result);
      assert.deepEqual(pieces, ["Good ", "morning", ", Jürgen 🌿"]);
      assert.deepEqual(
        { text, reasoning, finishReason, model, usage, toolCalls },
        {
          text: "Good morning, Jürgen 🌿",
          reasoning: "Be kind.",
          finishReason: "stop",
          model: MODEL,
          usage: COUNTED,
          toolCalls: [],
        },
      );
    });

    it("makes one request, with the key where the provider looks for it and nothing about this machine", async () => {
      server.answer(stream(dialect.frames({ text: ["Hi"] })));
      await ask(provider);
      assert.equal(server.received.length, 1);
      const { path, headers } = server.received[0] ?? assert.fail();
      assert.equal(path, dialect.path);
      assert.equal(dialect.keyOf(headers), KEY);
      assert.equal(headers["user-agent"], "parley");
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith("x-stainless")),
        [],
      );
    });

    it("sends no key at all when there is none", async () => {
      server.answer(stream(dialect.frames({ text: ["Hi"] })));
      const { result } = await ask(dialect.create(server.url, () => undefined));
      answered(result);
      const { headers } = server.received[0] ?? assert.fail();
      assert.deepEqual([headers.authorization, headers["x-api-key"]], [undefined, undefined]);
    });

    it("asks for the key at every call, so that a changed one counts at once", async () => {
      server.answer(stream(dialect.frames({ text: ["Hi"] })));
      const keys = ["first-key", "second-key"];
      const changing = dialect.create(server.url, () => keys.shift());
      await ask(changing);
      await ask(changing);
      assert.deepEqual(
        server.received.map(({ headers }) => dialect.keyOf(headers)),
        ["first-key", "second-key"],
      );
    });

    it("puts parallel calls together out of fragments that break anywhere", async () => {
      const calls = [
        { id: "one", name: "look_up", pieces: ['{"que', 'ry": "pic', 'nic"}'] },
        { id: "two", name: "look_up", pieces: ['{"query": "rain"}'] },
        { id: "three", name: "now", pieces: [] },
      ];
      server.answer(stream(dialect.frames({ text: ["Let me see. "], calls, finish: "tool-calls" })));
      const { result } = await ask(provider, { tools: [lookUp, { ...lookUp, name: "now" }] });
      const { toolCalls, finishReason, text } = answered(result);
      assert.deepEqual(toolCalls, [
        { callId: "one", name: "look_up", arguments: { query: "picnic" } },
        { callId: "two", name: "look_up", arguments: { query: "rain" } },
        { callId: "three", name: "now", arguments: {} },
      ]);
      assert.equal(finishReason, "tool-calls");
      assert.equal(text, "Let me see. ");
    });

    for (const { name, written } of [
      { name: "cut-off JSON", written: '{"query": "pic' },
      { name: "JSON that is no object", written: '["picnic"]' },
      { name: "prose", written: "the picnic, please" },
    ]) {
      it(`keeps what the model wrote when a call's arguments are ${name}`, async () => {
        const calls = [{ id: "one", name: "look_up", pieces: [written] }];
        server.answer(stream(dialect.frames({ calls, finish: "tool-calls" })));
        const { result } = await ask(provider, { tools: [lookUp] });
        assert.deepEqual(answered(result).toolCalls, [
          { callId: "one", name: "look_up", arguments: {}, unreadable: written },
        ]);
      });
    }

    it("gives every call of an answer an id of its own, also when the provider does not", async () => {
      const call = { name: "look_up", pieces: ["{}"] };
      const calls = [
        { ...call, id: "" },
        { ...call, id: "same" },
        { ...call, id: "same" },
      ];
      server.answer(stream(dialect.frames({ calls, finish: "tool-calls" })));
      const { result } = await ask(provider, { tools: [lookUp] });
      const ids = answered(result).toolCalls.map(({ callId }) => callId);
      assert.equal(new Set(ids).size, 3);
      assert.ok(ids.every((id) => id !== ""));
    });

    it("estimates the tokens that the provider did not count", async () => {
      server.answer(stream(dialect.frames({ text: ["a".repeat(40)], usage: false })));
      const { result } = await ask(provider, { messages: [{ role: "user", text: "b".repeat(400) }] });
      assert.deepEqual(answered(result).usage, { inputTokens: 100, outputTokens: 10 });
    });

    for (const { finish, expected } of [
      { finish: "length", expected: "length" },
      { finish: "refused", expected: "refused" },
    ] as const) {
      it(`says that an answer ended with "${expected}"`, async () => {
        server.answer(stream(dialect.frames({ text: ["So far"], finish })));
        const { result } = await ask(provider);
        const { finishReason, text } = answered(result);
        assert.deepEqual({ finishReason, text }, { finishReason: expected, text: "So far" });
      });
    }

    it("takes the answer as whole when the line drops after its last word", async () => {
      const frames = dialect.frames({ text: ["All said."], usage: false });
      server.answer(dropped(frames.slice(0, -1)));
      assert.equal(answered((await ask(provider)).result).text, "All said.");
    });

    it("sends histories of every shape as the provider wants them", async () => {
      server.answer(stream(dialect.frames({ text: ["Fine."] })));
      for (const [name, messages] of Object.entries(histories)) {
        for (const tools of [[lookUp], []]) {
          const { result } = await ask(provider, { messages, tools });
          assert.equal(
            result.outcome,
            "answered",
            `${name}, ${tools.length} tools: ${JSON.stringify(server.received.at(-1)?.body)}`,
          );
        }
      }
    });

    it("closes the connection when the signal aborts in the middle of an answer, and rejects with its reason", async () => {
      server.answer(silentAfter(dialect.frames({ text: ["So ", "far"], finish: "none" })));
      const controller = new AbortController();
      const before = server.abandoned;
      const pieces: string[] = [];
      const call = provider.generate(
        { model: "m", messages: [{ role: "user", text: "Hi" }], requestId: "r" },
        (text) => {
          pieces.push(text);
          if (pieces.length === 2) controller.abort(new Error("the person went away"));
        },
        controller.signal,
      );
      await assert.rejects(call, { message: "the person went away" });
      await until("the server sees the connection close", () => server.abandoned === before + 1);
    });

    it("closes the connection when the signal aborts before the answer begins", async () => {
      server.answer(() => undefined);
      const controller = new AbortController();
      const before = server.abandoned;
      const call = ask(provider, {}, controller.signal);
      await until("the request arrives", () => server.received.length === 1);
      controller.abort(new Error("too late"));
      await assert.rejects(call, { message: "too late" });
      await until("the server sees the connection close", () => server.abandoned === before + 1);
    });

    it("asks nothing when the signal has aborted already", async () => {
      await assert.rejects(ask(provider, {}, AbortSignal.abort(new Error("stopped"))), { message: "stopped" });
      assert.equal(server.received.length, 0);
    });

    const MEBIBYTE = "x".repeat(1024 * 1024);
    for (const { name, spoken, says } of [
      { name: "more than 1 MiB of text", spoken: { text: [MEBIBYTE, "y"] }, says: /1 MiB/ },
      {
        name: "more than 256 KiB of arguments",
        spoken: {
          calls: [{ id: "one", name: "look_up", pieces: [MEBIBYTE.slice(0, 200_000), MEBIBYTE.slice(0, 200_000)] }],
        },
        says: /256 KiB/,
      },
      {
        name: "more than 64 calls",
        spoken: {
          calls: Array.from({ length: answerBounds.toolCalls + 1 }, (_, index) => ({
            id: `c${index}`,
            name: "look_up",
            pieces: ["{}"],
          })),
        },
        says: /more than 64 tools/,
      },
    ]) {
      it(`drops an answer with ${name}, and the connection with it`, async () => {
        const before = server.abandoned;
        server.answer(silentAfter(dialect.frames({ ...spoken, finish: "none" })));
        const { reason, message } = failed((await ask(provider, { tools: [lookUp] })).result);
        assert.equal(reason, "garbage");
        assert.match(message, says);
        await until("the server sees the connection close", () => server.abandoned === before + 1);
      });
    }
  });
}

/** Histories that people, restarts and other providers leave behind. */
const histories: Record<string, ModelMessage[]> = {
  "a question": [{ role: "user", text: "Hi" }],
  "a system prompt and several questions in a row": [
    { role: "system", text: "Be kind." },
    { role: "user", text: "Hi" },
    { role: "user", text: "Are you there?" },
  ],
  "parallel calls, their results and a new question": [
    { role: "system", text: "Be kind." },
    { role: "user", text: "Plan it" },
    {
      role: "assistant",
      text: "",
      toolCalls: [
        { callId: "a", name: "look_up", arguments: { query: "x" } },
        { callId: "b", name: "look_up", arguments: {}, unreadable: "{oops" },
      ],
    },
    { role: "tool", callId: "a", name: "look_up", text: '{"notes":[]}' },
    { role: "tool", callId: "b", name: "look_up", text: "The arguments were no JSON.", failed: true },
    { role: "user", text: "And now?" },
  ],
  "the same call ids in two answers": [
    { role: "user", text: "Plan it" },
    { role: "assistant", text: "First.", toolCalls: [{ callId: "call_1", name: "look_up", arguments: {} }] },
    { role: "tool", callId: "call_1", name: "look_up", text: "one" },
    { role: "assistant", text: "Second.", toolCalls: [{ callId: "call_1", name: "look_up", arguments: {} }] },
    { role: "tool", callId: "call_1", name: "look_up", text: "two" },
  ],
  "call ids of another provider's alphabet and length": [
    { role: "user", text: "Plan it" },
    {
      role: "assistant",
      text: "",
      toolCalls: [{ callId: `functions.look_up:0/${"x".repeat(80)}`, name: "look_up", arguments: {} }],
    },
    { role: "tool", callId: `functions.look_up:0/${"x".repeat(80)}`, name: "look_up", text: "one" },
  ],
  "a beginning that was cut away": [
    { role: "assistant", text: "Where were we?" },
    { role: "user", text: "At the picnic." },
  ],
};
