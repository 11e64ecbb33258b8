// Which model serves, and setting another one while parley runs (host-surfaces.md §7.1, `models…`).

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { addKeys } from "../support/keys.ts";
import { useDaemon } from "../support/suite.ts";
import { newThread, threadsPath } from "../support/threads.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";

const modelsPath = "/v1/host/parley/models";
const canary = "sk-canary-0123456789abcdef";
const config = `# how we run parley
server:
  port: 0 # any
models:
  # of language
  default:
    # the built-in one, for now
    provider: scripted # ours
    model: offline
`;

let home = "";
let daemon: Daemon;
let client: Client;
let model: ModelServer;
const folders: string[] = [];

before(async () => {
  model = await startModelServer();
});
after(async () => {
  await model.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A home of its own for each test of the enclosing block. */
function useFreshHomes(): void {
  beforeEach(async () => {
    home = await freshFolder();
    model.calls.length = 0;
    model.answer({ text: "ok" });
  });
  afterEach(() => daemon.stop());
}

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "parley-models-"));
  folders.push(folder);
  return folder;
}

async function start(options: { config?: string; env?: Record<string, string> } = {}): Promise<void> {
  daemon = await startDaemon({ home, ...options });
  client = new Client(daemon.url, daemon.key);
}

const put = (body: object) => client.call("PUT", `${modelsPath}/default`, { body });
const ours = () => ({ provider: "openai", model: "test-model", baseUrl: model.url });
const yaml = () => readFile(path.join(home, "parley.yaml"), "utf8");
const keyFile = (provider: string) => path.join(home, "secrets", `${provider}.key`);

/** Every file of the home but the key's own, as one text. */
async function everythingWritten(): Promise<string> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("secrets"));
  const texts = files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}

/** Says something in a thread of its own; the answer. */
async function answerTo(text: string): Promise<string> {
  const threadId = newThread();
  const { body } = await client.post(`${threadsPath}/${threadId}/messages`, { text });
  assert.equal(await client.ended(body.runId), "completed");
  const page = await client.get(`${threadsPath}/${threadId}`);
  return page.body.messages.at(-1).text as string;
}

describe("the models of a fresh home", () => {
  useFreshHomes();

  it("are the built-in one, without a key", async () => {
    await start();
    const { status, body } = await client.get(modelsPath);
    const models = { default: { provider: "scripted", model: "offline", hasKey: false } };
    assert.deepEqual([status, body], [200, { models, offline: true }]);
  });
});

describe("setting a model", () => {
  useFreshHomes();

  it("takes effect with the next message, without a restart, and is there after one", async () => {
    await start({ config });
    model.answer({ text: "I am the new model." });
    const { status, body } = await put({ ...ours(), apiKey: canary });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body, { models: { default: { ...ours(), hasKey: true } }, offline: false });
    assert.equal(await answerTo("who are you?"), "I am the new model.");
    assert.equal(model.calls[0]?.bearer, canary);
    assert.equal(model.calls[0]?.body.model, "test-model");
    await daemon.stop();
    await start();
    assert.equal(await answerTo("and now?"), "I am the new model.");
    assert.equal(model.calls[1]?.bearer, canary);
  });

  it("changes models.default alone and keeps every comment", async () => {
    await start({ config });
    assert.equal((await put({ ...ours(), apiKey: canary })).status, 200);
    assert.equal(
      await yaml(),
      `# how we run parley
server:
  port: 0 # any
models:
  # of language
  default:
    # the built-in one, for now
    provider: openai # ours
    model: test-model
    baseUrl: ${model.url}
    apiKey:
      file: secrets/openai.key
`,
    );
  });

  it("makes the file when there is none", async () => {
    await start();
    assert.equal((await put({ provider: "scripted", model: "offline" })).status, 200);
    assert.equal(await yaml(), "models:\n  default:\n    provider: scripted\n    model: offline\n");
    assert.equal((await stat(path.join(home, "parley.yaml"))).mode & 0o777, 0o600);
  });

  it("puts the key into a file for the owner alone, and nowhere else", async () => {
    await start();
    const answers = [
      await put({ ...ours(), apiKey: canary }),
      await client.get(modelsPath),
      await client.post(`${modelsPath}/test`, { ...ours(), apiKey: canary }),
    ];
    await answerTo(`my key is ${canary}`);
    assert.equal(await readFile(keyFile("openai"), "utf8"), `${canary}\n`);
    assert.equal((await stat(keyFile("openai"))).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(keyFile("openai")))).mode & 0o777, 0o700);
    for (const { text } of answers) assert.ok(!text.includes(canary), text);
    await daemon.stop();
    assert.ok(!(await everythingWritten()).includes(canary));
    assert.ok(!daemon.stderr().includes(canary));
    await start();
  });

  it("keeps the key while provider and address stay, and not for others: it goes nowhere else", async () => {
    await start();
    await put({ ...ours(), apiKey: canary });
    const other = await put({ ...ours(), model: "other-model" });
    assert.deepEqual(other.body.models.default, { ...ours(), model: "other-model", hasKey: true });
    const moved = await put({ provider: "openai", model: "m" });
    assert.deepEqual(moved.body.models.default, { provider: "openai", model: "m", hasKey: false });
    await put({ ...ours(), apiKey: canary });
    const anthropic = await put({ provider: "anthropic", model: "claude" });
    assert.deepEqual(anthropic.body.models.default, { provider: "anthropic", model: "claude", hasKey: false });
    assert.doesNotMatch(await yaml(), /apiKey|baseUrl/);
  });

  it("replaces a reference to an environment variable only when a key is given", async () => {
    const setting = `{ provider: openai, model: m, baseUrl: "${model.url}", apiKey: { env: SOME_KEY } }`;
    const withVariable = `models:\n  default: ${setting}\n`;
    await start({ config: withVariable, env: { SOME_KEY: "from-the-environment" } });
    assert.equal((await put(ours())).body.models.default.hasKey, true);
    assert.match(await yaml(), /env: SOME_KEY/);
    await answerTo("hello");
    assert.equal(model.calls[0]?.bearer, "from-the-environment");
    await put({ ...ours(), apiKey: canary });
    assert.doesNotMatch(await yaml(), /SOME_KEY/);
    await answerTo("hello again");
    assert.equal(model.calls[1]?.bearer, canary);
  });

  it("is refused with the reason when the file cannot be written, and changes nothing: no key, no model", async () => {
    const elsewhere = await freshFolder();
    const file = path.join(elsewhere, "parley.yaml");
    await writeFile(file, config);
    await start({ env: { PARLEY_CONFIG: file } });
    await rm(elsewhere, { recursive: true });
    const response = await put({ ...ours(), apiKey: canary });
    assertRefused(response, 409, "conflict");
    assert.ok(response.body.message.startsWith(`${file} cannot be written (ENOENT)`), response.text);
    await assert.rejects(stat(keyFile("openai")), { code: "ENOENT" });
    assert.equal((await client.get(modelsPath)).body.offline, true);
  });

  it("is refused with the reason when the key cannot be written, and changes nothing", async () => {
    await start({ config });
    await writeFile(path.join(home, "secrets"), "in the way");
    const response = await put({ ...ours(), apiKey: canary });
    assertRefused(response, 409, "conflict");
    assert.ok(response.body.message.includes(path.join(home, "secrets")), response.text);
    assert.ok(!response.text.includes(canary));
    assert.equal(await yaml(), config);
    assert.equal((await client.get(modelsPath)).body.offline, true);
    assert.ok(!(await readdir(home)).includes("parley.yaml.new"));
  });

  it("is refused while the operator's file is broken, and the key of before stays", async () => {
    await start();
    await put({ ...ours(), apiKey: canary });
    await writeFile(path.join(home, "parley.yaml"), "models: [");
    const response = await put({ ...ours(), apiKey: "sk-another-one-9876543210" });
    assertRefused(response, 409, "conflict");
    assert.match(response.body.message, /is not valid YAML/);
    assert.equal(await readFile(keyFile("openai"), "utf8"), `${canary}\n`);
    assert.equal(await yaml(), "models: [");
    await answerTo("still there?");
    assert.equal(model.calls.at(-1)?.bearer, canary);
  });

  it("is the operator's affair", async () => {
    await start();
    await daemon.stop();
    const { reader } = await addKeys(home, { reader: { scopes: ["runs:read", "runs:create", "manifest:read"] } });
    await start();
    const stranger = client.as(reader);
    assertRefused(await stranger.get(modelsPath), 403, "forbidden");
    assertRefused(await stranger.call("PUT", `${modelsPath}/default`, { body: ours() }), 403, "forbidden");
    assertRefused(await stranger.post(`${modelsPath}/test`, ours()), 403, "forbidden");
  });
});

describe("the test call", () => {
  useFreshHomes();

  const test = (body: object) => client.post(`${modelsPath}/test`, body);

  it("asks the model once, says how long it took, and keeps nothing", async () => {
    await start();
    const { status, body } = await test({ ...ours(), apiKey: canary });
    assert.equal(status, 200);
    assert.equal(body.ok, true, body.message);
    assert.ok(body.latencyMs >= 0 && Number.isInteger(body.latencyMs));
    assert.deepEqual([model.calls.length, model.calls[0]?.bearer], [1, canary]);
    assert.equal((await client.get(modelsPath)).body.offline, true);
    assert.deepEqual((await readdir(home)).includes("secrets"), false);
  });

  it("works for the built-in model", async () => {
    await start();
    assert.equal((await test({ provider: "scripted", model: "offline" })).body.ok, true);
  });

  it("uses the key that is set when none is given, at its own address alone", async () => {
    await start();
    await put({ ...ours(), apiKey: canary });
    assert.equal((await test(ours())).body.ok, true);
    assert.equal(model.calls[0]?.bearer, canary);
    await test({ ...ours(), baseUrl: `${model.url}/` });
    assert.ok(model.calls.slice(1).every(({ bearer }) => bearer !== canary));
  });

  it("says what is wrong in words, without the key, even when the provider repeats it", async () => {
    await start();
    model.answer({ status: 401, body: { error: { message: `Incorrect API key provided: ${canary}` } } });
    const { status, body, text } = await test({ ...ours(), apiKey: canary });
    assert.equal(status, 200);
    assert.equal(body.ok, false);
    assert.match(body.message, /key/i);
    assert.ok(!text.includes(canary));
  });

  it("does not carry the key on when the provider sends it elsewhere", async () => {
    await start();
    const elsewhere = await startModelServer();
    try {
      model.redirect(`${elsewhere.url}/chat/completions`);
      const { body } = await test({ ...ours(), apiKey: canary });
      assert.equal(body.ok, false);
      assert.deepEqual(
        elsewhere.calls.map(({ bearer }) => bearer).filter((bearer) => bearer !== undefined),
        [],
      );
    } finally {
      await elsewhere.close();
    }
  });

  it("says that nobody answers", async () => {
    await start();
    const closed = await startModelServer();
    await closed.close();
    const { body } = await test({ ...ours(), baseUrl: closed.url });
    assert.equal(body.ok, false);
    assert.ok(body.message.length > 10);
  });
});

describe("what no model can be set to", () => {
  const host = useDaemon({ config });

  for (const { name, body, field } of [
    { name: "an unknown provider", body: { provider: "acme", model: "m" }, field: "provider" },
    { name: "no model", body: { provider: "openai" }, field: "body" },
    {
      name: "an address that is no web address",
      body: { provider: "openai", model: "m", baseUrl: "ftp://x" },
      field: "baseUrl",
    },
    {
      name: "an address with a credential",
      body: { provider: "openai", model: "m", baseUrl: "http://a:b@x" },
      field: "baseUrl",
    },
    {
      name: "an address that is incomplete",
      body: { provider: "openai", model: "m", baseUrl: "http://" },
      field: "baseUrl",
    },
    {
      name: "a key that is too short to be masked",
      body: { provider: "openai", model: "m", apiKey: "short" },
      field: "apiKey",
    },
    {
      name: "a key with a line break",
      body: { provider: "openai", model: "m", apiKey: `${canary}\nx` },
      field: "apiKey",
    },
    {
      name: "a key for the built-in model",
      body: { provider: "scripted", model: "m", apiKey: canary },
      field: "apiKey",
    },
    {
      name: "an address for the built-in model",
      body: { provider: "scripted", model: "m", baseUrl: "http://x" },
      field: "baseUrl",
    },
    { name: "another member", body: { provider: "openai", model: "m", temperature: 1 }, field: "temperature" },
  ]) {
    it(`refuses ${name}, and changes nothing`, async () => {
      const { client, daemon } = host;
      const set = await client.call("PUT", `${modelsPath}/default`, { body });
      for (const response of [set, await client.post(`${modelsPath}/test`, body)]) {
        const details = assertRefused(response, 400, "validation_error");
        assert.equal(details.field, field);
        assert.ok(!response.text.includes(canary));
      }
      assert.equal(await readFile(path.join(daemon.home, "parley.yaml"), "utf8"), config);
      assert.equal((await client.get(modelsPath)).body.offline, true);
    });
  }
});
