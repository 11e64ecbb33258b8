import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CliOptions, cli, type Ended, jsonLines, makeHome } from "./support/cli.ts";
import { type Answerer, always, answer, type Double, openDouble } from "./support/double.ts";
import { type Person as Sitter, sitDown } from "./support/person.ts";

type Person = Sitter & { daemon: Double };

const base = "/v1/host/parley/models";
const SECRET = "sk-canary-0123456789";
const offline = { models: { default: { provider: "scripted", model: "offline", hasKey: false } }, offline: true };
const works = always({ ok: true, message: "It answered.", latencyMs: 12 });
const fails = always({ ok: false, message: "The key is not taken.", latencyMs: 12 });

/** Keeps what it is told, as the daemon shows it. */
const put: Answerer = ({ body }, response) => {
  const { apiKey, ...setting } = body as { apiKey?: string; provider: string };
  const shown = { ...setting, hasKey: apiKey !== undefined };
  answer(response, { models: { default: shown }, offline: setting.provider === "scripted" });
};

const routes = { [`GET ${base}`]: always(offline), [`PUT ${base}/default`]: put, [`POST ${base}/test`]: works };

async function setup(
  t: TestContext,
  args: string[],
  options: Partial<CliOptions> = {},
  more: Record<string, Answerer> = {},
): Promise<Ended & { daemon: Double }> {
  const daemon = await openDouble(t, { ...routes, ...more });
  return { ...(await cli(["setup", ...args], { home: makeHome(t, daemon.url), ...options })), daemon };
}

function kept(daemon: Double): unknown[] {
  return daemon.to(`${base}/default`).map(({ body }) => body);
}

describe("parley setup from a script", () => {
  const anthropic = ["--provider", "anthropic", "--model", "m-1"];

  it("tries the settings, keeps them, and prints no part of the key", async (t) => {
    const { code, out, err, daemon } = await setup(t, [...anthropic, "--key-env", "MY_KEY"], {
      env: { MY_KEY: SECRET },
    });
    assert.equal(code, 0);
    assert.equal(out, "The model answered within 12 ms.\nparley answers with anthropic m-1 from now on.\n");
    const wanted = { provider: "anthropic", model: "m-1", apiKey: SECRET };
    assert.deepEqual(daemon.to(`${base}/test`)[0]?.body, wanted);
    assert.deepEqual(kept(daemon), [wanted]);
    assert.ok(!(out + err).includes(SECRET));
  });

  it("takes the key from a file, relative to where it is called", async (t) => {
    const home = makeHome(t);
    writeFileSync(join(home, "key.txt"), `  ${SECRET}\n`);
    const { daemon } = await setup(t, [...anthropic, "--key-file", "key.txt"], { cwd: home });
    assert.partialDeepStrictEqual(kept(daemon), [{ apiKey: SECRET }]);
  });

  it("takes the key from stdin", async (t) => {
    const { daemon } = await setup(t, [...anthropic, "--key-file", "-"], { stdin: `${SECRET}\n` });
    assert.partialDeepStrictEqual(kept(daemon), [{ apiKey: SECRET }]);
  });

  it("names the server of a model that needs no key", async (t) => {
    for (const provider of ["openai-compatible", "openai"]) {
      const args = ["--provider", provider, "--base-url", "http://127.0.0.1:11434/v1", "--model", "llama3.2"];
      const { code, out, daemon } = await setup(t, args);
      assert.equal(code, 0);
      const wanted = { provider: "openai", model: "llama3.2", baseUrl: "http://127.0.0.1:11434/v1" };
      assert.deepEqual(kept(daemon), [wanted]);
      assert.match(out, /parley answers with openai llama3\.2, without a key from now on\./);
    }
  });

  it("goes back to the prepared answers with --provider offline", async (t) => {
    const { out, daemon } = await setup(t, ["--provider", "offline"]);
    assert.deepEqual(kept(daemon), [{ provider: "scripted", model: "offline" }]);
    assert.match(out, /prepared answers, without a model, from now on\./);
  });

  it("keeps nothing and ends with 1 when the model does not answer", async (t) => {
    const { code, err, daemon } = await setup(t, anthropic, {}, { [`POST ${base}/test`]: fails });
    assert.equal(code, 1);
    assert.match(err, /The model did not answer: The key is not taken\./);
    assert.match(err, /--no-test/);
    assert.deepEqual(kept(daemon), []);
  });

  it("keeps what was not tried with --no-test", async (t) => {
    const { code, daemon } = await setup(t, [...anthropic, "--no-test"], {}, { [`POST ${base}/test`]: fails });
    assert.equal(code, 0);
    assert.deepEqual(daemon.to(`${base}/test`), []);
    assert.equal(kept(daemon).length, 1);
  });

  it("prints one object with --json", async (t) => {
    const { out } = await setup(t, [...anthropic, "--json"]);
    assert.deepEqual(jsonLines(out), [
      {
        models: { default: { provider: "anthropic", model: "m-1", hasKey: false } },
        offline: false,
        test: { ok: true, message: "It answered.", latencyMs: 12 },
      },
    ]);
  });

  const mistakes: { name: string; args: string[]; env?: Record<string, string>; says: RegExp }[] = [
    { name: "a key as an argument", args: [...anthropic, "--api-key", SECRET], says: /not taken on the command line/ },
    { name: "a key in place of ours", args: [...anthropic, "--key", SECRET], says: /not taken on the command line/ },
    { name: "a key as a word", args: [...anthropic, SECRET], says: /does not know what to do with "sk-c…"/ },
    { name: "a key in place of a variable", args: [...anthropic, "--key-env", SECRET], says: /name of an environment/ },
    { name: "a variable that is not set", args: [...anthropic, "--key-env", "NONE"], says: /is not set/ },
    {
      name: "a key of two lines",
      args: [...anthropic, "--key-env", "K"],
      env: { K: `${SECRET}\nx` },
      says: /is no key/,
    },
    { name: "two keys", args: [...anthropic, "--key-env", "K", "--key-file", "-"], says: /not both/ },
    { name: "no provider", args: ["--model", "m-1"], says: /needs --provider/ },
    { name: "an unknown provider", args: ["--provider", "openia"], says: /must be one of/ },
    { name: "no model", args: ["--provider", "anthropic"], says: /needs --model/ },
    ...["127.0.0.1:11434/v1", "localhost:11434", "ftp://x/v1", `http://user:${SECRET}@127.0.0.1/v1`].map((url) => ({
      name: `the address ${url.replace(SECRET, "…")}`,
      args: ["--provider", "openai", "--model", "m-1", "--base-url", url],
      says: /whole address without a key or a password in it, such as http:\/\/127\.0\.0\.1:11434\/v1\. --base-url is none/,
    })),
    {
      name: "an address for the script",
      args: ["--provider", "offline", "--base-url", "http://x"],
      says: /does not go/,
    },
    {
      name: "a daemon elsewhere that is reached unencrypted",
      args: [...anthropic, "--url", "http://192.0.2.1:4747", "--key", "pk_x"],
      says: /unencrypted/,
    },
  ];
  for (const { name, args, env = {}, says } of mistakes) {
    it(`refuses ${name}, and repeats no key`, async (t) => {
      const { code, out, err, daemon } = await setup(t, args, { env });
      assert.equal(code, 2);
      assert.match(err, says);
      assert.ok(!(out + err).includes(SECRET));
      assert.deepEqual(daemon.seen, []);
    });
  }

  it("says how to start parley when it does not run", async (t) => {
    const { code, err } = await cli(["setup", ...anthropic], { home: makeHome(t) });
    assert.equal(code, 5);
    assert.match(err, /parley is not running for .*npm start/);
  });
});

describe("parley setup with a person", () => {
  function setupAt(t: TestContext, more: Record<string, Answerer> = {}, args: string[] = []): Promise<Person> {
    return sitDown(t, { args: ["setup", ...args], routes: { ...routes, ...more } });
  }

  it("asks for what it needs, and does not show the key", async (t) => {
    const person = await setupAt(t);
    await person.sees("? number or name [1]:");
    person.enters("2");
    await person.sees("? model, as the provider calls it:");
    person.enters("m-1");
    await person.sees("? key (not shown");
    person.enters(SECRET);
    await person.sees("parley answers with anthropic m-1 from now on.");
    const { code, out, err } = await person.ended;
    assert.equal(code, 0);
    assert.ok(!(out + err).includes("sk-"));
    assert.deepEqual(kept(person.daemon), [{ provider: "anthropic", model: "m-1", apiKey: SECRET }]);
  });

  it("asks for the address of a compatible server, and leaves the provider's own out", async (t) => {
    const person = await setupAt(t);
    await person.sees("? number or name [1]:");
    person.enters("");
    await person.sees("? base URL [https://api.openai.com/v1]:");
    person.enters("localhost:11434");
    await person.sees("A base URL is a whole address");
    person.enters("");
    await person.sees("? model");
    person.enters("m-2");
    await person.sees("? key");
    person.enters("");
    await person.ended;
    assert.deepEqual(kept(person.daemon), [{ provider: "openai", model: "m-2" }]);
  });

  it("offers what is set, and asks only for what the options leave open", async (t) => {
    const now = { provider: "anthropic", model: "m-0", hasKey: true };
    const person = await setupAt(t, { [`GET ${base}`]: always({ models: { default: now }, offline: false }) }, [
      "--provider",
      "anthropic",
    ]);
    await person.sees("? model, as the provider calls it [m-0]:");
    person.enters("");
    await person.sees("? key");
    person.enters("");
    await person.ended;
    assert.deepEqual(kept(person.daemon), [{ provider: "anthropic", model: "m-0" }]);
  });

  it("asks again for what did not work, and offers what was entered; a key that cannot be one is asked for anew", async (t) => {
    const worksWith = (key: string): Answerer => {
      return (request, response) => {
        const { apiKey } = request.body as { apiKey?: string };
        return (apiKey === key ? works : fails)(request, response);
      };
    };
    const person = await setupAt(t, { [`POST ${base}/test`]: worksWith(SECRET) });
    await person.sees("? number or name [1]:");
    person.enters("2");
    await person.sees("? model");
    person.enters("m-1");
    await person.sees("? key");
    person.enters("short");
    await person.sees(/\? key[^?]*\n\? key/);
    person.enters("sk-mistyped-key");
    await person.sees("? Keep these settings all the same? [y/N/again]:");
    person.enters("again");
    await person.sees("? number or name [2]:");
    person.enters("");
    await person.sees("? model, as the provider calls it [m-1]:");
    person.enters("");
    await person.sees(/\[m-1\]:[^?]*\n\? key/);
    person.enters(SECRET);
    const { code, out, err } = await person.ended;
    assert.equal(code, 0);
    assert.match(err, /What came from the terminal is no key/);
    assert.ok(!(out + err).includes("sk-"));
    assert.deepEqual(kept(person.daemon), [{ provider: "anthropic", model: "m-1", apiKey: SECRET }]);
  });

  it("asks again for what the options said, too: it may be what did not work", async (t) => {
    const works11434: Answerer = (request, response) => {
      const { baseUrl } = request.body as { baseUrl?: string };
      return (baseUrl?.includes("11434") ? works : fails)(request, response);
    };
    const args = ["--provider", "openai", "--base-url", "http://127.0.0.1:1143/v1"];
    const person = await setupAt(t, { [`POST ${base}/test`]: works11434 }, args);
    await person.sees("? model");
    person.enters("m-1");
    await person.sees("? key");
    person.enters("");
    await person.sees("[y/N/again]:");
    person.enters("again");
    await person.sees("? number or name [1]:");
    person.enters("");
    await person.sees("? base URL [http://127.0.0.1:1143/v1]:");
    person.enters("http://127.0.0.1:11434/v1");
    await person.sees("? model, as the provider calls it [m-1]:");
    person.enters("");
    await person.sees(/\[m-1\]:[^?]*\n\? key/);
    person.enters("");
    assert.equal((await person.ended).code, 0);
    assert.deepEqual(kept(person.daemon), [{ provider: "openai", model: "m-1", baseUrl: "http://127.0.0.1:11434/v1" }]);
  });

  for (const { said, keeps } of [
    { said: "n", keeps: 0 },
    { said: "y", keeps: 1 },
  ]) {
    it(`keeps a model that does not answer only when somebody insists: ${said}`, async (t) => {
      const person = await setupAt(t, { [`POST ${base}/test`]: fails }, ["--provider", "anthropic"]);
      await person.sees("? model");
      person.enters("m-1");
      await person.sees("? key");
      person.enters("");
      await person.sees("? Keep these settings all the same? [y/N/again]:");
      person.enters(said);
      const { code, err } = await person.ended;
      assert.match(err, /The model did not answer: The key is not taken\./);
      assert.equal(kept(person.daemon).length, keeps);
      assert.equal(code, keeps === 1 ? 0 : 1);
    });
  }

  it("changes nothing when somebody goes away", async (t) => {
    const person = await setupAt(t);
    await person.sees("? number or name [1]:");
    person.pressesCtrlC();
    const { code, err } = await person.ended;
    assert.equal(code, 1);
    assert.match(err, /Nothing was changed\./);
    assert.deepEqual(kept(person.daemon), []);
  });
});
