import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { createProvider, type ModelChoice } from "#models/registry.ts";
import { testCall } from "#models/test-call.ts";
import { repoRoot } from "#test/support/paths.ts";
import { answered, ask } from "./support/calls.ts";
import { anthropic, dialects, openai } from "./support/dialects.ts";
import { json, type ProviderServer, startProviderServer, stream } from "./support/provider-server.ts";

const noKeys = { readKey: () => Promise.reject(new Error("no key is asked for")) };

describe("a configured model", () => {
  for (const dialect of dialects) {
    it(`of ${dialect.name} is asked at its address with the key that its reference names`, async () => {
      const server = await startProviderServer(dialect.check);
      try {
        server.answer(stream(dialect.frames({ text: ["Hi"] })));
        const baseUrl = dialect === openai ? `${server.url}/v1` : server.url;
        const choice: ModelChoice = { provider: dialect.name, model: "m", baseUrl, apiKey: { env: "MODEL_KEY" } };
        const provider = createProvider(choice, {
          readKey: (ref) => Promise.resolve("env" in ref && ref.env === "MODEL_KEY" ? "the-key" : assert.fail()),
        });
        assert.equal(provider.provider, dialect.name);
        answered((await ask(provider)).result);
        assert.equal(dialect.keyOf(server.received[0]?.headers ?? {}), "the-key");
      } finally {
        await server.close();
      }
    });
  }

  it("can be the offline one, which asks for no key", async () => {
    const provider = createProvider({ provider: "scripted", model: "offline" }, noKeys);
    assert.match(answered((await ask(provider)).result).text, /^Hello!/);
  });

  it("loads an SDK only when that provider is asked first", () => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
      const { createProvider } = await import("#models/registry.ts");
      const ask = (choice) =>
        createProvider({ model: "m", ...choice }, { readKey: async () => "key" })
          .generate({ model: "m", messages: [{ role: "user", text: "hi" }], requestId: "r" }, () => {}, AbortSignal.timeout(9000));
      const sdks = () => loaded.filter((name) => name === "openai" || name === "@anthropic-ai/sdk").join();
      await ask({ provider: "scripted" });
      createProvider({ provider: "openai", model: "m" }, {});
      const steps = [sdks()];
      await ask({ provider: "openai", baseUrl: "http://127.0.0.1:1" });
      steps.push(sdks());
      await ask({ provider: "anthropic", baseUrl: "http://127.0.0.1:1" });
      steps.push(sdks());
      console.log(JSON.stringify(steps));
    `;
    const args = ["--input-type=module", "--eval", script];
    const out = execFileSync(process.execPath, args, { cwd: repoRoot, encoding: "utf8", timeout: 60_000 });
    assert.deepEqual(JSON.parse(out), ["", "openai", "openai,@anthropic-ai/sdk"]);
  });
});

describe("a test call", () => {
  let server: ProviderServer;
  before(async () => {
    server = await startProviderServer(anthropic.check);
  });
  after(() => server.close());
  const deps = () => {
    const times = [100, 342.4];
    return { now: () => times.shift() ?? assert.fail(), requestId: () => "test-1" };
  };
  const provider = () => anthropic.create(server.url, () => "sk-canary");

  it("says that the model answers, and how fast", async () => {
    server.answer(stream(anthropic.frames({ text: ["OK"], finish: "length" })));
    assert.deepEqual(await testCall(provider(), "m", AbortSignal.timeout(5000), deps()), {
      ok: true,
      message: "model-of-the-test answered in 242 ms.",
      latencyMs: 242,
    });
    assert.equal(server.received.at(-1)?.body.max_tokens, 16);
  });

  it("says what is wrong, without the key", async () => {
    server.answer(json(401, anthropic.errorBody("authentication_error", "bad key sk-canary")));
    const { ok, message } = await testCall(provider(), "m", AbortSignal.timeout(5000));
    assert.equal(ok, false);
    assert.match(message, /does not accept the API key/);
    assert.doesNotMatch(message, /canary/);
  });

  it("says that there was no answer in time", async () => {
    server.answer(() => undefined);
    const { ok, message } = await testCall(provider(), "m", AbortSignal.timeout(50));
    assert.equal(ok, false);
    assert.match(message, /did not answer in time/);
  });

  it("rejects when somebody stops it", async () => {
    const stopped = testCall(provider(), "m", AbortSignal.abort(new Error("stopped")));
    await assert.rejects(stopped, { message: "stopped" });
  });
});
