// What becomes of everything that can go wrong with a provider, shown on the real SDKs and a server on loopback.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, it } from "node:test";
import { failureOfStatus } from "#models/failures.ts";
import { isWorthRepeating, type ModelFailureReason } from "#ports/model.ts";
import { SecretError } from "#ports/secrets.ts";
import { answered, ask, failed } from "./support/calls.ts";
import { data, dialects, openai, type WireDialect } from "./support/dialects.ts";
import {
  type Answer,
  dropped,
  droppedAtOnce,
  json,
  type ProviderServer,
  page,
  startProviderServer,
  stream,
} from "./support/provider-server.ts";

/** Stands in every error that the servers send, as providers do it; it must stand in none that we make. */
const KEY = "sk-canary-0123456789abcdef";
const ECHO = `Incorrect API key provided: ${KEY}. You said: the secret of the picnic.`;
const NOW_MS = Date.parse("2026-03-01T12:00:00Z");

interface Case {
  name: string;
  answer: (dialect: WireDialect) => Answer;
  reason: ModelFailureReason;
  unbilled: boolean;
  retryAfterMs?: number;
  says: RegExp;
}

const refusals: readonly Case[] = [
  ...[401, 403].map((status) => ({
    name: `${status}, with the key in its body`,
    answer: ({ errorBody }: WireDialect) => json(status, errorBody("authentication_error", ECHO)),
    reason: "unauthorized" as const,
    unbilled: true,
    says: /key/,
  })),
  {
    name: "402",
    answer: ({ errorBody }) => json(402, errorBody("billing_error", ECHO)),
    reason: "unauthorized",
    unbilled: true,
    says: /no credit/,
  },
  {
    name: "429 because the account is empty",
    answer: ({ errorBody }) => json(429, errorBody("insufficient_quota", ECHO)),
    reason: "unauthorized",
    unbilled: true,
    says: /no credit/,
  },
  {
    name: "405, from something that is no model's server",
    answer: () => page(405, ECHO),
    reason: "not-found",
    unbilled: true,
    says: /base URL/,
  },
  {
    name: "404",
    answer: ({ errorBody }) => json(404, errorBody("not_found_error", ECHO)),
    reason: "not-found",
    unbilled: true,
    says: /some-model/,
  },
  ...[
    "This model's maximum context length is 8192 tokens.",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "the request exceeds the available context size (4096 tokens)",
  ].map((message) => ({
    name: `400 saying "${message}"`,
    answer: ({ errorBody }: WireDialect) => json(400, errorBody("invalid_request_error", message)),
    reason: "too-long" as const,
    unbilled: true,
    says: /longer than some-model takes/,
  })),
  {
    name: "400 with a flat body, as some local servers send it",
    answer: () => json(400, { object: "error", message: "maximum context length is 4096", code: 400 }),
    reason: "too-long",
    unbilled: true,
    says: /longer/,
  },
  {
    name: "413",
    answer: ({ errorBody }) => json(413, errorBody("request_too_large", ECHO)),
    reason: "too-long",
    unbilled: true,
    says: /longer/,
  },
  {
    name: "any other 400",
    answer: ({ errorBody }) => json(400, errorBody("invalid_request_error", ECHO)),
    reason: "rejected",
    unbilled: true,
    says: /\(invalid_request_error\)/,
  },
  {
    name: "422 whose body is not JSON",
    answer: () => page(422, `<h1>${ECHO}</h1>`),
    reason: "rejected",
    unbilled: true,
    says: /refused the request/,
  },
  ...[
    { header: { "retry-after": "20" }, retryAfterMs: 20_000, says: /Wait 20 seconds/ },
    { header: { "retry-after": "Sun, 01 Mar 2026 12:05:00 GMT" }, retryAfterMs: 300_000, says: /Wait 5 minutes/ },
    { header: { "retry-after": "Sun, 01 Mar 2026 11:00:00 GMT" }, retryAfterMs: 0, says: /Wait 1 second,/ },
    { header: { "retry-after": "90", "retry-after-ms": "1500" }, retryAfterMs: 1500, says: /Wait 2 seconds/ },
    { header: { "retry-after": "999999999" }, retryAfterMs: 3_600_000, says: /Wait 60 minutes/ },
  ].map(({ header, retryAfterMs, says }) => ({
    name: `429 with ${JSON.stringify(header)}`,
    answer: ({ errorBody }: WireDialect) => json(429, errorBody("rate_limit_error", ECHO), header),
    reason: "rate-limited" as const,
    unbilled: true,
    retryAfterMs,
    says,
  })),
  ...[{}, { "retry-after": "soon" }].map((header) => ({
    name: `429 with ${JSON.stringify(header)}, which says nothing about when`,
    answer: ({ errorBody }: WireDialect) => json(429, errorBody("rate_limit_error", ECHO), header),
    reason: "rate-limited" as const,
    unbilled: true,
    says: /Wait a little/,
  })),
  ...[500, 502, 503, 529, 408, 409].map((status) => ({
    name: `${status}`,
    answer: ({ errorBody }: WireDialect) => json(status, errorBody("api_error", ECHO)),
    reason: "overloaded" as const,
    unbilled: false,
    says: new RegExp(`status ${status}`),
  })),
  {
    name: "503 with a proxy's page and a time to come back",
    answer: () => (response) => {
      response.writeHead(503, { "content-type": "text/html", "retry-after": "7" }).end(`<h1>${ECHO}</h1>`);
    },
    reason: "overloaded",
    unbilled: false,
    retryAfterMs: 7000,
    says: /cannot answer at the moment/,
  },
  {
    name: "an error page of 10 MiB",
    answer: () => page(500, ECHO.repeat(100_000)),
    reason: "overloaded",
    unbilled: false,
    says: /status 500/,
  },
];

const brokenAnswers: readonly Case[] = [
  {
    name: "a connection that drops before the answer",
    answer: () => droppedAtOnce,
    reason: "broken-off",
    unbilled: false,
    says: /dropped/,
  },
  {
    name: "a connection that drops in mid-stream",
    answer: ({ frames }) => dropped(frames({ text: ["So ", "far"], finish: "none" })),
    reason: "broken-off",
    unbilled: false,
    says: /dropped/,
  },
  {
    name: "a stream that ends without a reason",
    answer: ({ frames }) => stream(frames({ text: ["So far"], finish: "none" })),
    reason: "broken-off",
    unbilled: false,
    says: /before it was whole/,
  },
  {
    name: "a stream that is empty",
    answer: () => stream([]),
    reason: "broken-off",
    unbilled: false,
    says: /before it was whole/,
  },
  {
    name: "an answer that says nothing",
    answer: ({ frames }) => stream(frames({})),
    reason: "garbage",
    unbilled: false,
    says: /without saying anything/,
  },
  {
    name: "a frame that is no JSON",
    answer: ({ frames }) =>
      stream([...frames({ text: ["So far"], finish: "none" }), `event: message_delta\ndata: {"${ECHO}\n\n`]),
    reason: "garbage",
    unbilled: false,
    says: /could not be understood/,
  },
  ...["42", '"text"', "[]", "null"].map((frame) => ({
    name: `a frame that is ${frame}`,
    answer: () => stream([`event: message_delta\ndata: ${frame}\n\n`]),
    reason: "garbage" as const,
    unbilled: false,
    says: /no piece of an answer/,
  })),
  {
    name: "a page where the stream should be",
    answer: () => page(200, `<h1>${ECHO}</h1>`),
    reason: "garbage",
    unbilled: false,
    says: /base URL/,
  },
  {
    name: "a JSON document where the stream should be",
    answer: () => json(200, { message: ECHO }),
    reason: "garbage",
    unbilled: false,
    says: /base URL/,
  },
  {
    name: "a frame without an end",
    answer: () => (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${ECHO}${"x".repeat(3 * 1024 * 1024)}`);
    },
    reason: "garbage",
    unbilled: false,
    says: /more than any answer needs/,
  },
  ...[
    { type: "overloaded_error", reason: "overloaded" as const, says: /cannot answer at the moment/ },
    { type: "rate_limit_error", reason: "rate-limited" as const, says: /limit is reached/ },
    { type: "strange_error", reason: "broken-off" as const, says: /strange_error/ },
  ].map(({ type, reason, says }) => ({
    name: `${type} in mid-stream`,
    answer: ({ frames, errorFrame }: WireDialect) =>
      stream([...frames({ text: ["So far"], finish: "none" }), errorFrame(type, ECHO)]),
    reason,
    unbilled: false,
    says,
  })),
  {
    name: "a redirect, which would carry the key elsewhere",
    answer: () => (response) => {
      response.writeHead(307, { location: "http://127.0.0.1:1/elsewhere" }).end();
    },
    reason: "rejected",
    unbilled: true,
    says: /moved to another address/,
  },
];

for (const dialect of dialects) {
  describe(`the ${dialect.name} provider says plainly what went wrong`, () => {
    let server: ProviderServer;
    before(async () => {
      server = await startProviderServer(dialect.check);
    });
    after(() => server.close());

    for (const { name, answer, reason, unbilled, retryAfterMs, says } of [...refusals, ...brokenAnswers]) {
      it(`${name} → ${reason}`, async () => {
        const asked = server.received.length;
        server.answer(answer(dialect));
        const { result } = await ask(
          dialect.create(
            server.url,
            () => KEY,
            () => NOW_MS,
          ),
        );
        const failure = failed(result);
        assert.deepEqual(
          { reason: failure.reason, unbilled: failure.unbilled, retryAfterMs: failure.retryAfterMs },
          { reason, unbilled, retryAfterMs },
        );
        assert.match(failure.message, says);
        assert.doesNotMatch(JSON.stringify(failure), /canary|picnic|<h1>/);
        if (unbilled) assert.deepEqual(failure.usage, { inputTokens: 0, outputTokens: 0 }, "it is counted, as nothing");
        assert.equal(server.received.length, asked + 1, "one request, whether or not it is worth repeating");
      });
    }

    it("a content filter that turns the conversation away is a refused answer", async () => {
      server.answer(json(400, dialect.errorBody("content_filter", ECHO)));
      const { finishReason, text, usage } = answered((await ask(dialect.create(server.url, () => KEY))).result);
      assert.deepEqual(
        { finishReason, text, usage },
        {
          finishReason: "refused",
          text: "",
          usage: { inputTokens: 0, outputTokens: 0 },
        },
      );
    });

    it("an answer that failed after the provider had counted tells what was counted", async () => {
      const frames = dialect.frames({ text: ["So far"] });
      const counted =
        dialect.name === "openai" ? [data({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3 } })] : [];
      server.answer(dropped([...counted, ...frames.slice(0, 2)]));
      const { usage } = failed((await ask(dialect.create(server.url, () => KEY))).result);
      assert.equal(usage?.inputTokens, 12);
    });

    for (const { name, url, says } of [
      { name: "nobody listens", url: () => closedPort(), says: /Nothing answers at 127\.0\.0\.1/ },
      { name: "the name does not resolve", url: () => "http://no-such-host.invalid", says: /no-such-host\.invalid/ },
      {
        name: "the server speaks no TLS",
        url: () => server.url.replace("http:", "https:"),
        says: /No safe connection/,
      },
    ]) {
      it(`${name} → unreachable, and nothing was billed`, async () => {
        const failure = failed((await ask(dialect.create(await url(), () => KEY))).result);
        assert.deepEqual([failure.reason, failure.unbilled], ["unreachable", true]);
        assert.match(failure.message, says);
      });
    }

    it("a base URL that is no address → not-found, and nothing was sent", async () => {
      const { reason, unbilled } = failed((await ask(dialect.create("http://[", () => KEY))).result);
      assert.deepEqual([reason, unbilled], ["not-found", true]);
    });

    it("a server that speaks no HTTP → garbage", async () => {
      const raw = net.createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")).listen(0, "127.0.0.1");
      await once(raw, "listening");
      try {
        const url = `http://127.0.0.1:${(raw.address() as net.AddressInfo).port}`;
        assert.equal(failed((await ask(dialect.create(url, () => KEY))).result).reason, "garbage");
      } finally {
        raw.close();
      }
    });

    for (const { name, key, says } of [
      {
        name: "a key that cannot be had",
        key: () =>
          Promise.reject(
            new SecretError({ env: "MODEL_KEY" }, "missing", "The environment variable MODEL_KEY is not set."),
          ),
        says: /MODEL_KEY is not set/,
      },
      {
        name: "a key source that fails in another way",
        key: () => Promise.reject(new Error(ECHO)),
        says: /could not be read/,
      },
      { name: "a key with a line break in it", key: () => `${KEY}\n${KEY}`, says: /line break/ },
      { name: "an empty key", key: () => "", says: /empty/ },
    ]) {
      it(`${name} → unauthorized, and nothing was sent`, async () => {
        const asked = server.received.length;
        const failure = failed((await ask(dialect.create(server.url, key))).result);
        assert.deepEqual([failure.reason, failure.unbilled], ["unauthorized", true]);
        assert.match(failure.message, says);
        assert.doesNotMatch(failure.message, /canary/);
        assert.equal(server.received.length, asked);
      });
    }
  });
}

describe("an error's own name", () => {
  it("is left out when it could be a piece of the key", async () => {
    const server = await startProviderServer(openai.check);
    try {
      server.answer(json(400, openai.errorBody("canary", "no")));
      const provider = openai.create(server.url, () => "a-canary-key");
      assert.doesNotMatch(failed((await ask(provider)).result).message, /canary/);
    } finally {
      await server.close();
    }
  });
});

describe("a model that is not there", () => {
  const headers = undefined;
  it("is a matter of the name alone where the address is the provider's own", () => {
    const service = { name: "OpenAI", host: "api.openai.com", model: "gpt-0" };
    const { message } = failureOfStatus({ status: 404, headers, body: undefined }, service, NOW_MS);
    assert.match(message, /^OpenAI knows no model gpt-0, .*Check the model's name\.$/);
  });

  it("may be a matter of the address elsewhere", () => {
    const service = { name: "127.0.0.1:11434", host: "127.0.0.1:11434", model: "llama" };
    const { message } = failureOfStatus({ status: 404, headers, body: undefined }, service, NOW_MS);
    assert.match(message, /and the base URL \(often it ends in \/v1\)\.$/);
  });
});

describe("whether a call is worth repeating", () => {
  it("depends on the reason alone", () => {
    const reasons = [...new Set([...refusals, ...brokenAnswers].map(({ reason }) => reason))];
    const worth = reasons.filter(isWorthRepeating).toSorted();
    assert.deepEqual(worth, ["broken-off", "garbage", "overloaded", "rate-limited"]);
  });
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<string> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
