import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type LoadedConfig, loadConfig } from "#platform/config/load.ts";
import { ConfigError } from "#platform/config/problems.ts";
import { temporaryFolder } from "./support.ts";

const folder = temporaryFolder();

/** A home of its own with this `parley.yaml`; none without a text. */
function homeWith(yaml?: string): string {
  const homeDir = mkdtempSync(join(folder, "home-"));
  if (yaml !== undefined) writeFileSync(join(homeDir, "parley.yaml"), yaml);
  return homeDir;
}

function load(yaml?: string, env: Record<string, string> = {}): Promise<LoadedConfig> {
  return loadConfig({ env, homeDir: homeWith(yaml) });
}

async function refusal(yaml: string | undefined, env: Record<string, string> = {}): Promise<ConfigError> {
  try {
    await load(yaml, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  return assert.fail("the configuration was accepted");
}

const defaults = {
  models: { default: { provider: "scripted", model: "offline" } },
  connectors: [{ id: "web", channel: "web" }],
  server: { host: "127.0.0.1", port: 4747 },
  limits: {
    maxRequestBodyBytes: 1024 * 1024,
    maxNodeExecutions: 1000,
    maxRunDurationMs: 30 * 24 * 3600 * 1000,
    maxHotRuns: 256,
    maxInFlightNodes: 8,
    maxInFlightRequests: 4096,
    maxInFlightBodyBytes: 32 * 1024 * 1024,
    maxStreams: 10_000,
  },
  engine: { compensation: false },
  webhooks: { firstRetryMs: 1_000 },
  log: { level: "info", maxTotalBytes: 50 * 1024 * 1024, destination: "file" },
  telemetry: { sampler: "parentbased_traceidratio", samplePercent: 10, serviceName: "parley", logRecords: false },
  metrics: { enabled: false, public: false, maxWorkflows: 200 },
  testing: { seams: false },
};

describe("a configuration", () => {
  it("is all defaults without a file", async () => {
    const { config, warnings, file } = await load();
    assert.deepEqual({ config, warnings, file }, { config: defaults, warnings: [], file: undefined });
  });

  for (const { name, yaml } of [
    { name: "an empty file", yaml: "" },
    { name: "a file of comments", yaml: "# server:\n#   port: 1\n" },
    { name: "sections without keys", yaml: "server:\nlimits: {}\nmodels:\n  default:\n" },
  ]) {
    it(`is all defaults with ${name}`, async () => assert.deepEqual((await load(yaml)).config, defaults));
  }

  it("takes what the file says and fills in the rest", async () => {
    const { config, file } = await load("server:\n  port: 8080\nlog: { level: debug }\n");
    assert.deepEqual(config.server, { host: "127.0.0.1", port: 8080 });
    assert.deepEqual(config.log, { ...defaults.log, level: "debug" });
    assert.match(file ?? "", /parley\.yaml$/);
  });

  it("holds references to secrets, never values", async () => {
    const { config } = await load("models: { default: { apiKey: { env: SOME_KEY } } }");
    assert.deepEqual(config.models.default.apiKey, { env: "SOME_KEY" });
  });

  it("takes host and port from the environment before the file", async () => {
    const { config } = await load("server: { host: 127.0.0.2, port: 1 }", { PARLEY_HOST: "::1", PARLEY_PORT: "0" });
    assert.deepEqual(config.server, { host: "::1", port: 0 });
  });

  it("counts an empty variable as not set", async () => {
    const empty = { PARLEY_HOST: "", PARLEY_PORT: "", PARLEY_TEST_SEAMS: "", PARLEY_FIXTURES: "", PARLEY_CONFIG: "" };
    assert.deepEqual((await load(undefined, empty)).config, defaults);
  });

  it("comes from the file that PARLEY_CONFIG names", async () => {
    const path = join(homeWith("server: { port: 99 }"), "parley.yaml");
    const { config, file } = await load("server: { port: 1 }", { PARLEY_CONFIG: path });
    assert.equal(config.server.port, 99);
    assert.equal(file, path);
  });

  it("opens test seams and fixtures on loopback, from the environment alone", async () => {
    const env = { PARLEY_TEST_SEAMS: "1", PARLEY_FIXTURES: folder };
    for (const host of ["127.0.0.1", "127.8.9.1", "::1", "localhost"]) {
      const { config } = await load(undefined, { ...env, PARLEY_HOST: host });
      assert.deepEqual(config.testing, { seams: true, fixturesDir: folder });
    }
    const { warnings } = await load("testing: { seams: true }");
    assert.match(warnings[0]?.message ?? "", /unknown key `testing`/);
  });

  it("is loaded without writing anything, also when it is refused", async () => {
    const homeDir = homeWith("server: { port: wrong }");
    await assert.rejects(loadConfig({ env: {}, homeDir }), ConfigError);
    assert.deepEqual(readdirSync(homeDir), ["parley.yaml"]);
    const absent = join(folder, "absent");
    await loadConfig({ env: {}, homeDir: absent });
    assert.throws(() => readdirSync(absent), { code: "ENOENT" });
  });
});

describe("an unknown key", () => {
  for (const { name, yaml, path, suggestion, line } of [
    { name: "at the top", yaml: "sever:\n  port: 1", path: "sever", suggestion: "server", line: 1 },
    { name: "in a section", yaml: "server:\n  prot: 1", path: "server.prot", suggestion: "server.port", line: 2 },
    {
      name: "in another case",
      yaml: "limits: { maxhotruns: 1 }",
      path: "limits.maxhotruns",
      suggestion: "limits.maxHotRuns",
      line: 1,
    },
    {
      name: "with underscores",
      yaml: "limits: { max_hot_runs: 1 }",
      path: "limits.max_hot_runs",
      suggestion: "limits.maxHotRuns",
      line: 1,
    },
    { name: "in the wrong section", yaml: "log:\n  port: 1", path: "log.port", suggestion: "server.port", line: 2 },
    {
      name: "at the top instead of its section",
      yaml: "\nlevel: debug",
      path: "level",
      suggestion: "log.level",
      line: 2,
    },
    {
      name: "in a list",
      yaml: "connectors:\n- id: a\n  chanel: x\n  channel: web",
      path: "connectors[0].chanel",
      suggestion: "connectors[0].channel",
      line: 3,
    },
  ]) {
    it(`${name} warns and names the nearest known one`, async () => {
      const { warnings } = await load(yaml);
      assert.equal(warnings.length, 1);
      const { file, ...warning } = warnings[0] ?? assert.fail();
      const message = `unknown key \`${path}\` in ${file}:${line}: did you mean \`${suggestion}\`?`;
      assert.deepEqual(warning, { line, path, suggestion, message });
    });
  }

  it("that resembles nothing warns with the keys that are known there", async () => {
    const { warnings } = await load("server: { banana: 1 }");
    assert.match(warnings[0]?.message ?? "", /unknown key `server.banana` in .*: known keys here: host, port$/);
  });

  it("is told along with the problems of the file", async () => {
    const error = await refusal("sever: {}\nserver: { port: x }");
    assert.deepEqual(
      error.warnings.map((warning) => warning.suggestion),
      ["server"],
    );
  });

  it("does not stop the rest from being taken", async () => {
    assert.equal((await load("colour: red\nserver: { port: 5 }")).config.server.port, 5);
  });
});

describe("a wrong value stops with file, line, key path, value and allowed values", () => {
  for (const { yaml, line, path, value, allowed } of [
    {
      yaml: "server:\n  port: abc",
      line: 2,
      path: "server.port",
      value: '"abc"',
      allowed: "a whole number from 0 to 65535",
    },
    {
      yaml: "server:\n  port: 70000",
      line: 2,
      path: "server.port",
      value: "70000",
      allowed: "a whole number from 0 to 65535",
    },
    {
      yaml: "server:\n  port: 80.5",
      line: 2,
      path: "server.port",
      value: "80.5",
      allowed: "a whole number from 0 to 65535",
    },
    {
      yaml: "server:\n  port:",
      line: 2,
      path: "server.port",
      value: "null",
      allowed: "a whole number from 0 to 65535",
    },
    {
      yaml: "server:\n  host: a b",
      line: 2,
      path: "server.host",
      value: '"a b"',
      allowed: "an IP address or host name of this machine",
    },
    {
      yaml: "limits:\n\n  maxInFlightNodes: 65",
      line: 3,
      path: "limits.maxInFlightNodes",
      value: "65",
      allowed: "a whole number from 1 to 64",
    },
    {
      yaml: "webhooks:\n  firstRetryMs: 300001",
      line: 2,
      path: "webhooks.firstRetryMs",
      value: "300001",
      allowed: "a whole number from 10 to 300000",
    },
    {
      yaml: "log: { level: loud }",
      line: 1,
      path: "log.level",
      value: '"loud"',
      allowed: "one of trace, debug, info, warn, error, fatal",
    },
    {
      yaml: "log: { destination: mail }",
      line: 1,
      path: "log.destination",
      value: '"mail"',
      allowed: "one of file, stderr",
    },
    {
      yaml: "connectors:\n- id: a\n  channel: signal",
      line: 3,
      path: "connectors[0].channel",
      value: '"signal"',
      allowed: "web",
    },
    {
      yaml: "models: { default: { provider: gpt } }",
      line: 1,
      path: "models.default.provider",
      value: '"gpt"',
      allowed: "one of scripted, openai, anthropic",
    },
    {
      yaml: 'models: { default: { model: "" } }',
      line: 1,
      path: "models.default.model",
      value: '""',
      allowed: "a text of 1 to 256 characters",
    },
  ]) {
    it(`${path}: ${value}`, async () => {
      const [problem, ...others] = (await refusal(yaml)).problems;
      assert.deepEqual(others, []);
      const { file, ...rest } = problem ?? assert.fail();
      const message = `${file}:${line}: ${path}: ${value} is not allowed; allowed: ${allowed}`;
      assert.deepEqual(rest, { line, path, value, allowed, message });
    });
  }

  for (const { yaml, says } of [
    { yaml: "server: [1]", says: "server: a list is not allowed; allowed: a section with the keys host, port" },
    { yaml: "server: yes-please", says: "server: a text is not allowed; allowed: a section with the keys host, port" },
    {
      yaml: "- a",
      says: "a list is not allowed; allowed: a section with the keys models, connectors, server, limits, engine, webhooks, log, telemetry, metrics",
    },
    { yaml: "connectors: web", says: "connectors: a text is not allowed; allowed: a list of at most 64 entries" },
    {
      yaml: "connectors: [{ channel: web }]",
      says: "connectors[0].id: is missing; allowed: 1 to 64 characters: lower-case letters, digits, - and _",
    },
    {
      yaml: "connectors: [{ id: a, channel: web }, { id: a, channel: web }]",
      says: 'connectors[1].id: "a" is used by another connector',
    },
    {
      yaml: "models: { default: { provider: acme } }",
      says: 'models.default.provider: "acme" is not allowed; allowed: one of scripted, openai, anthropic',
    },
    { yaml: "server:\n\tport: 1", says: "is not valid YAML: tab as indent (column 1)" },
    { yaml: "a: 1\na: 2", says: "is not valid YAML: duplicate key (column 1)" },
    { yaml: "a: *nowhere", says: "is not valid YAML: its aliases cannot be resolved" },
  ]) {
    it(says, async () => {
      const { message } = await refusal(yaml);
      assert.match(message, /^\/.*parley\.yaml(:\d+)?: /);
      assert.equal(message.replace(/^\S+: /, ""), says);
    });
  }

  it("tells every problem at once, of file, environment and rules", async () => {
    const yaml = "server: { port: x }\nlimits: { maxHotRuns: 0 }\nmodels: { default: { provider: acme } }";
    const error = await refusal(yaml, { PARLEY_PORT: "y", PARLEY_TEST_SEAMS: "maybe" });
    assert.deepEqual(
      error.problems.map((problem) => problem.path),
      ["models.default.provider", "server.port", "limits.maxHotRuns", "PARLEY_PORT", "PARLEY_TEST_SEAMS"],
    );
    assert.equal(error.message.split("\n").length, 5);
  });

  for (const { name, arrange, says } of [
    { name: "a folder", arrange: (path: string) => mkdirSync(path), says: "is not a regular file" },
    {
      name: "too large",
      arrange: (path: string) => writeFileSync(path, "#".repeat(1024 * 1024 + 1)),
      says: "is larger than 1048576 bytes",
    },
  ]) {
    it(`a file that is ${name}`, async () => {
      const homeDir = homeWith();
      arrange(join(homeDir, "parley.yaml"));
      await assert.rejects(loadConfig({ env: {}, homeDir }), { message: `${join(homeDir, "parley.yaml")}: ${says}` });
    });
  }
});

describe("the environment stops the start too", () => {
  for (const { env, says } of [
    {
      env: { PARLEY_PORT: "http" },
      says: 'PARLEY_PORT: "http" is not allowed; allowed: a whole number from 0 to 65535',
    },
    { env: { PARLEY_PORT: "-1" }, says: 'PARLEY_PORT: "-1" is not allowed; allowed: a whole number from 0 to 65535' },
    {
      env: { PARLEY_PORT: "65536" },
      says: "PARLEY_PORT: 65536 is not allowed; allowed: a whole number from 0 to 65535",
    },
    {
      env: { PARLEY_HOST: "a/b" },
      says: 'PARLEY_HOST: "a/b" is not allowed; allowed: an IP address or host name of this machine',
    },
    { env: { PARLEY_TEST_SEAMS: "yes" }, says: 'PARLEY_TEST_SEAMS: "yes" is not allowed; allowed: 1 (on), 0 (off)' },
    { env: { PARLEY_FIXTURES: "/no/such" }, says: 'PARLEY_FIXTURES: "/no/such" is not a folder' },
    { env: { PARLEY_CONFIG: "/no/such.yaml" }, says: 'PARLEY_CONFIG: "/no/such.yaml" does not exist' },
    {
      env: { PARLEY_API_KEY: "with a space" },
      says: "PARLEY_API_KEY: the value is not allowed, and not shown because it is a secret; allowed: 1 to 512 visible ASCII characters, no spaces",
    },
    {
      env: { PARLEY_HOST: "0.0.0.0", PARLEY_TEST_SEAMS: "1" },
      says: 'PARLEY_TEST_SEAMS: "1" is refused while parley listens on 0.0.0.0: it opens the daemon to tests, so it needs a loopback host',
    },
    {
      env: { PARLEY_HOST: "::", PARLEY_FIXTURES: folder },
      says: `PARLEY_FIXTURES: ${JSON.stringify(folder)} is refused while parley listens on ::: it opens the daemon to tests, so it needs a loopback host`,
    },
  ]) {
    it(says.slice(0, 60), async () => assert.equal((await refusal(undefined, env)).message, `environment: ${says}`));
  }

  it("refuses test seams when the file names another host", async () => {
    const error = await refusal("server: { host: 192.168.1.2 }", { PARLEY_TEST_SEAMS: "1" });
    assert.equal(error.problems[0]?.path, "PARLEY_TEST_SEAMS");
  });
});

describe("a secret in the wrong place is never shown", () => {
  const canary = "sk-canary-7f3a9";
  for (const { name, yaml } of [
    { name: "instead of a reference", yaml: `models: { default: { apiKey: ${canary} } }` },
    { name: "as a key of the reference", yaml: `models: { default: { apiKey: { ${canary} } } }` },
    {
      name: "as a key beside the reference",
      yaml: `models: { default: { apiKey: { env: A, ${canary}: 1 } } }\nserver: 1`,
    },
    { name: "as a wrong variable name", yaml: `models: { default: { apiKey: { env: ${canary} } } }` },
    { name: "beside another kind of reference", yaml: `models: { default: { apiKey: { env: A, file: ${canary} } } }` },
    { name: "inside a list that should be a section", yaml: `models: [{ apiKey: ${canary} }]` },
    { name: "in an address", yaml: `models: { default: { baseUrl: "https://user:${canary}@host" } }` },
    { name: "as an alias", yaml: `models: { default: { apiKey: *${canary} } }` },
    { name: "as the whole file", yaml: canary },
    { name: "in broken YAML", yaml: `models:\n default:\n  apiKey: "${canary}` },
  ]) {
    it(name, async () => {
      const error = await refusal(yaml);
      assert.ok(error.problems.length > 0);
      assert.doesNotMatch(JSON.stringify([error.message, error.problems, error.warnings]), /canary/);
    });
  }
});

describe("metrics without a key", () => {
  const yaml = "metrics:\n  enabled: true\n  public: true\n";

  it("are allowed on a loopback host", async () => {
    const { config } = await load(yaml);
    assert.deepEqual(config.metrics, { enabled: true, public: true, maxWorkflows: 200 });
  });

  it("are refused on any other host", async () => {
    const error = await refusal(`server:\n  host: 0.0.0.0\n${yaml}`);
    assert.match(error.message, /metrics\.public.*needs a loopback host/);
  });
});
