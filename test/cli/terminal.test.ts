import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearest } from "#cli/suggest.ts";
import { dropControls, printable, shorten } from "#cli/terminal.ts";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

describe("colours", () => {
  for (const { name, terminal, env, coloured } of [
    { name: "are used on a terminal", terminal: true, env: {}, coloured: true },
    { name: "are not used with NO_COLOR", terminal: true, env: { NO_COLOR: "1" }, coloured: false },
    { name: "are not used on a dumb terminal", terminal: true, env: { TERM: "dumb" }, coloured: false },
    { name: "are not used in a pipe", terminal: false, env: {}, coloured: false },
  ]) {
    it(name, async (t) => {
      const double = await openDouble(t, {
        "GET /v1/runs": always({ runs: [{ runId: "run_1", workflowId: "w", status: "failed" }] }),
      });
      const list = await cli(["runs", "list"], { home: makeHome(t, double.url), terminal, env });
      const wrong = await cli(["runs", "lits"], { home: makeHome(t), terminal, env });
      assert.equal(list.out.includes("\u001b["), coloured);
      assert.equal(wrong.err.includes("\u001b["), coloured);
    });
  }
});

describe("text from outside", () => {
  it("keeps lines and tabs, and loses what could move the terminal", () => {
    assert.equal(printable("a\n\tb\u001b[31mc\u001b]0;t\u0007d\u0000\u009b"), "a\n\tbcd");
  });

  it("loses control characters also when a sequence is cut in two", () => {
    assert.equal(dropControls("a\u001b") + dropControls("[2Jb"), "a[2Jb");
  });

  it("is cut with a sign that something is missing", () => {
    assert.equal(shorten("one two\nthree", 20), "one two three");
    assert.equal(shorten("one two\nthree", 8), "one two…");
  });
});

describe("the name that was probably meant", () => {
  const names = ["run", "runs", "interrupts", "workflows", "chat", "version"];
  for (const { word, name } of [
    { word: "rnus", name: "runs" },
    { word: "interupts", name: "interrupts" },
    { word: "WORKFLOW", name: "workflows" },
    { word: "work", name: "workflows" },
    { word: "chta", name: "chat" },
    { word: "banana", name: undefined },
    { word: "x", name: undefined },
  ]) {
    it(`${word}: ${name ?? "nothing"}`, () => assert.equal(nearest(word, names), name));
  }
});

describe("help", () => {
  it("is an object per command with --json", async (t) => {
    const { out } = await cli(["help", "runs", "--json"], { home: makeHome(t) });
    assert.deepEqual(
      jsonLines(out).map(({ command }) => command),
      [
        ...["runs list", "runs show", "runs events", "runs cancel", "runs pause", "runs resume", "runs annotate"],
        ...["runs fork", "runs diff"],
      ],
    );
    assert.deepEqual((await cli(["runs", "--help", "--json"], { home: makeHome(t) })).out, out);
  });

  it("of a command that is not there names the nearest one", async (t) => {
    const { code, err } = await cli(["help", "wrokflows"], { home: makeHome(t) });
    assert.equal(code, 2);
    assert.match(err, /Did you mean "workflows"/);
  });

  it("is pointed to when an option stands before a command of the launcher", async (t) => {
    const { code, err } = await cli(["--json", "up"], { home: makeHome(t) });
    assert.equal(code, 2);
    assert.match(err, /parley up \[OPTIONS\]/);
  });
});

describe("a reader that goes away", () => {
  it("ends the command without a complaint", async (t) => {
    const double = await openDouble(t, {
      "GET /v1/runs/run_1/events": (_request, response) => void response.flushHeaders(),
    });
    const { PassThrough } = await import("node:stream");
    const { main } = await import("#cli/main.ts");
    const { thisHost } = await import("#cli/host.ts");
    const stdout = new PassThrough();
    const ending = main(["runs", "events", "run_1", "--follow"], {
      ...thisHost(),
      env: { PARLEY_HOME: makeHome(t, double.url) },
      stdout,
      stderr: new PassThrough(),
    });
    setImmediate(() => stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" })));
    assert.equal(await ending, 0);
  });
});
