import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Config } from "#platform/config/schema.ts";
import { type Home, homeAt, prepareHome } from "#platform/home.ts";
import { type Log, openLog } from "#platform/log.ts";
import { createMasker } from "#platform/masking.ts";
import { modeOf, temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const clock = { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
const time = "2026-01-02T03:04:05.000Z";

interface TestLog extends Log {
  home: Home;
  stderr: string[];
  /** Lines of `parley.log`, parsed. */
  lines(): Record<string, unknown>[];
}

function open(config: Partial<Config["log"]> = {}, home = newHome()): TestLog {
  const stderr: string[] = [];
  const log = openLog({
    home,
    config: { level: "info", maxTotalBytes: 1024 * 1024, destination: "file", ...config },
    masker: createMasker([{ id: "canary", value: "canary-7f3a9" }]),
    clock,
    stderr: { write: (text) => stderr.push(text) },
  });
  const lines = () => readLines(join(home.logs, "parley.log"));
  return { ...log, home, stderr, lines };
}

function newHome(): Home {
  const home = homeAt(mkdtempSync(join(folder, "home-")));
  prepareHome(home);
  return home;
}

function readLines(path: string): Record<string, unknown>[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("a log line", () => {
  it("is one JSON object with level, time, fields and message, in a file for the owner alone", () => {
    const log = open();
    log.logger.info({ runId: "run_1", count: 2 }, "a run was started");
    log.close();
    assert.deepEqual(log.lines(), [{ level: "info", time, runId: "run_1", count: 2, message: "a run was started" }]);
    assert.equal(modeOf(join(log.home.logs, "parley.log")), "600");
  });

  it("carries the fields of its logger's parents, its own win", () => {
    const log = open();
    log.logger.child({ threadId: "t", at: 1 }).child({ runId: "r" }).info({ at: 2 }, "done");
    log.close();
    assert.deepEqual(log.lines(), [{ level: "info", time, threadId: "t", at: 2, runId: "r", message: "done" }]);
  });

  it("holds an error with its causes", () => {
    const log = open();
    log.logger.error({ error: new Error("outer", { cause: new Error("inner") }) }, "it failed");
    log.close();
    const error = log.lines()[0]?.error as { message: string; stack: string; cause: { message: string } };
    assert.deepEqual([error.message, error.cause.message], ["outer", "inner"]);
    assert.match(error.stack, /log\.test\.ts/);
  });

  it("below the level is not written", () => {
    const log = open({ level: "warn" });
    log.logger.info({}, "no");
    log.logger.debug({}, "no");
    log.logger.warn({}, "yes");
    log.close();
    assert.deepEqual(
      log.lines().map((line) => line.message),
      ["yes"],
    );
  });

  it("never throws, whatever its fields do (G3)", () => {
    const log = open();
    const circular: Record<string, unknown> = { big: 1n };
    circular.self = circular;
    const hostile = {
      get trap(): string {
        throw new Error("no");
      },
    };
    log.logger.info(circular, "circular");
    log.logger.info(hostile, "hostile");
    log.logger.child(hostile).info({}, "child");
    log.logger.error(new Error("bare"), "bare error");
    log.close();
    assert.deepEqual(
      log.lines().map((line) => line.message),
      ["circular", "hostile", "child", "bare error"],
    );
  });

  it("too long for a file is cut to its message and told to be", () => {
    const log = open();
    log.logger.info({ body: "x".repeat(100_000) }, "too much");
    log.close();
    const [line] = log.lines();
    assert.deepEqual([line?.message, (line?.omittedBytes as number) > 100_000], ["too much", true]);
  });
});

describe("credentials in a log line", () => {
  for (const { name, fields, message } of [
    { name: "a registered secret in the message", fields: {}, message: "canary-7f3a9" },
    { name: "a registered secret in a field", fields: { url: "http://x/?k=canary-7f3a9" }, message: "m" },
    { name: "a registered secret in an error", fields: { error: new Error("bad canary-7f3a9") }, message: "m" },
    { name: "an authorization header", fields: { headers: { Authorization: "Basic dXNlcjpjYW5hcnk=" } }, message: "m" },
    { name: "a cookie", fields: { a: { b: { c: { "set-cookie": ["s=canary", "t=canary"] } } } }, message: "m" },
    {
      name: "an API key by name",
      fields: { apiKey: "canary", api_key: "canary", "x-api-key": "canary" },
      message: "m",
    },
    {
      name: "a token by name",
      fields: { token: "canary", accessToken: "canary", resume_token: "canary" },
      message: "m",
    },
    { name: "a password by name", fields: { user: { password: 'ca"nary' }, secret: "canary" }, message: "m" },
    { name: "a bearer token in a text", fields: { text: "Authorization: Bearer canaryABCDEF123456" }, message: "m" },
    {
      name: "a key of our own making",
      fields: { text: `pk_0123456789_${"canary".repeat(8).slice(0, 43)}` },
      message: "m",
    },
  ]) {
    it(`are not written: ${name} (G1)`, () => {
      const log = open();
      log.logger.warn(fields, message);
      log.close();
      const written = readFileSync(join(log.home.logs, "parley.log"), "utf8") + log.stderr.join("");
      assert.doesNotMatch(written, /canary(?!\])|ca\\*"nary|Y2FuYXJ5|dXNlcjpj/);
      assert.match(written, /REDACTED/);
      assert.equal(log.lines().length, 1);
    });
  }
});

describe("stderr", () => {
  it("shows warnings and errors as text", () => {
    const log = open();
    log.logger.info({}, "quiet");
    log.logger.warn({ runId: "run_1", error: new Error("why") }, "something is off");
    log.close();
    assert.deepEqual(log.stderr, [`${time} WARN  something is off runId="run_1" error="why"\n`]);
  });

  it("shows everything when the destination is stderr; the file has it too", () => {
    const log = open({ destination: "stderr" });
    log.logger.info({ port: 1 }, "loud");
    log.close();
    assert.deepEqual(log.stderr, [`${time} INFO  loud port=1\n`]);
    assert.equal(log.lines().length, 1);
  });

  it("gets no control characters from outside", () => {
    const log = open();
    log.logger.warn({ from: "\u001b[2J\u009b1m\nfake" }, "line\nbreak \u001b[31m");
    log.close();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(log.stderr.join(""), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\n./);
  });
});

describe("lines are on disk", () => {
  it("at once from warn on, others within 100 ms (G2)", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const log = open();
    log.logger.warn({}, "now");
    assert.equal(log.lines().length, 1);
    log.logger.info({}, "soon");
    assert.equal(log.lines().length, 1);
    context.mock.timers.tick(100);
    assert.equal(log.lines().length, 2);
    log.close();
  });

  it("at the exit of the process, held repetitions too", () => {
    const home = newHome();
    const script = `
      const { openLog } = await import(${JSON.stringify(import.meta.resolve("#platform/log.ts"))});
      const { homeAt } = await import(${JSON.stringify(import.meta.resolve("#platform/home.ts"))});
      const { createMasker } = await import(${JSON.stringify(import.meta.resolve("#platform/masking.ts"))});
      const config = { level: "info", maxTotalBytes: 1e6, destination: "file" };
      const { logger } = openLog({ home: homeAt(${JSON.stringify(home.root)}), config, masker: createMasker() });
      for (let at = 0; at < 25; at++) logger.info({ at }, "again");
      process.exit(0);
    `;
    execFileSync(process.execPath, ["--input-type=module", "--eval", script]);
    const lines = readLines(join(home.logs, "parley.log"));
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1)?.message, "again (repeated 15 times)");
  });

  it("nowhere after the log was closed", () => {
    const log = open();
    log.close();
    log.logger.warn({}, "late");
    assert.throws(() => log.lines(), { code: "ENOENT" });
  });
});

describe("log files", () => {
  const names = (log: TestLog) => readdirSync(log.home.logs).sort();
  const totalBytes = (log: TestLog) =>
    names(log).reduce((sum, name) => sum + statSync(join(log.home.logs, name)).size, 0);

  it("together never exceed their limit, and hold the newest lines in order (F1, F2)", () => {
    const log = open({ maxTotalBytes: 65_536 });
    const count = 5000;
    for (let at = 0; at < count; at++) {
      log.logger.info({ at, filler: "x".repeat(at % 200) }, `line ${at}`);
      if (at % 50 === 0) {
        log.flush();
        assert.ok(totalBytes(log) <= 65_536, `${totalBytes(log)} bytes`);
      }
    }
    log.close();
    assert.ok(totalBytes(log) <= 65_536);
    assert.deepEqual(names(log), ["parley.log", "parley.log.1", "parley.log.2", "parley.log.3"]);
    const kept = names(log)
      .reverse()
      .flatMap((name) => readLines(join(log.home.logs, name)))
      .map((line) => line.at);
    assert.ok(kept.length > 200);
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, at) => count - kept.length + at),
    );
  });

  it("go on where an earlier process ended", () => {
    const first = open();
    first.logger.info({}, "before");
    first.close();
    const second = open({}, first.home);
    second.logger.info({}, "after");
    second.close();
    assert.deepEqual(
      second.lines().map((line) => line.message),
      ["before", "after"],
    );
  });

  it("shrink when the limit was lowered", () => {
    const home = newHome();
    for (const name of ["parley.log", "parley.log.1", "parley.log.2", "parley.log.3"]) {
      writeFileSync(join(home.logs, name), `${JSON.stringify({ filler: "x".repeat(100_000) })}\n`);
    }
    const log = open({ maxTotalBytes: 65_536 }, home);
    log.logger.warn({}, "first");
    assert.ok(totalBytes(log) <= 65_536, `${totalBytes(log)} bytes`);
    log.close();
  });

  it("come back when someone deletes them", () => {
    const log = open();
    log.logger.warn({}, "one");
    rmSync(join(log.home.logs, "parley.log"));
    log.logger.warn({}, "two");
    log.close();
    assert.deepEqual(
      log.lines().map((line) => line.message),
      ["two"],
    );
  });

  it("that cannot be written cost lines, which are counted once it works again (F3)", () => {
    const log = open();
    rmSync(log.home.logs, { recursive: true });
    for (const message of ["a", "b", "c"]) log.logger.warn({}, message);
    prepareHome(log.home);
    log.logger.warn({}, "works again");
    log.close();
    assert.deepEqual(log.lines(), [
      { level: "warn", time, lines: 3, reason: "ENOENT", message: "log lines were lost because the disk refused them" },
      { level: "warn", time, message: "works again" },
    ]);
  });

  it("are rotated without stopping the process for long", () => {
    const log = open({ maxTotalBytes: 4 * 1024 * 1024 });
    // This thread's processor time: what else the machine does must not fail a test.
    let longestMs = 0;
    for (let at = 0; at < 20_000; at++) {
      const started = process.threadCpuUsage();
      log.logger.info({ filler: "x".repeat(300) }, `line ${at}`);
      const { user, system } = process.threadCpuUsage(started);
      longestMs = Math.max(longestMs, (user + system) / 1_000);
    }
    log.close();
    assert.equal(names(log).length, 4);
    assert.ok(longestMs < 100, `${longestMs} ms`);
  });
});
