import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "#cli/failures.ts";
import { type Parsed, parseCommandLine } from "#cli/parse.ts";
import { commandTable } from "#cli/table.ts";

function parse(...argv: string[]): Parsed {
  return parseCommandLine(argv, commandTable);
}

function parseCommand(...argv: string[]): Extract<Parsed, { kind: "command" }> {
  const parsed = parse(...argv);
  assert.equal(parsed.kind, "command");
  return parsed as Extract<Parsed, { kind: "command" }>;
}

describe("the parser of the command line", () => {
  it("finds a command, its arguments and its options", () => {
    const parsed = parseCommand("run", "flow.yaml", "--input", "a=1", "--input=b=2", "--trace");
    assert.deepEqual(parsed.command.path, ["run"]);
    assert.deepEqual(parsed.arguments, ["flow.yaml"]);
    assert.deepEqual(parsed.options.list("input"), ["a=1", "b=2"]);
    assert.equal(parsed.options.flag("trace"), true);
    assert.equal(parsed.options.flag("no-wait"), false);
  });

  it("takes options anywhere, also before the command", () => {
    const parsed = parseCommand("--json", "runs", "--limit", "5", "list");
    assert.deepEqual(parsed.command.path, ["runs", "list"]);
    assert.equal(parsed.options.text("limit"), "5");
    assert.equal(parsed.options.flag("json"), true);
  });

  it("takes everything after -- as it is", () => {
    assert.deepEqual(parseCommand("workflows", "show", "--", "--odd").arguments, ["--odd"]);
  });

  for (const { line, topic } of [
    { line: "", topic: [] },
    { line: "--help", topic: [] },
    { line: "-h", topic: [] },
    { line: "runs --help", topic: ["runs"] },
    { line: "runs list -h", topic: ["runs", "list"] },
    { line: "run --help", topic: ["run"] },
    { line: "up --help", topic: ["up"] },
  ]) {
    it(`shows help for: parley ${line}`, () => {
      const argv = line === "" ? [] : line.split(" ");
      assert.deepEqual(parse(...argv), { kind: "help", topic, json: false });
    });
  }

  it("knows --version", () => {
    assert.deepEqual(parse("--version", "--json"), { kind: "version", json: true });
    assert.deepEqual(parse("-v"), { kind: "version", json: false });
  });

  for (const { name, argv, says } of [
    {
      name: "an unknown command and names the nearest",
      argv: ["rnus"],
      says: /no command "rnus"\. Did you mean "runs"\?/,
    },
    { name: "an unknown command that is like nothing", argv: ["xyzzy"], says: /no command "xyzzy"\.$/ },
    { name: "an unknown command of a group", argv: ["runs", "lst"], says: /parley runs: .*Did you mean "list"\?/ },
    { name: "a group without a command", argv: ["workflows"], says: /needs one of: list, show, add, validate/ },
    {
      name: "an unknown option and names the nearest",
      argv: ["runs", "list", "--statsu", "x"],
      says: /Did you mean --status\?/,
    },
    {
      name: "an unknown option before any command",
      argv: ["--jsno"],
      says: /no option --jsno\. Did you mean --json\?/,
    },
    { name: "an unknown short option", argv: ["runs", "list", "-x"], says: /no option -x/ },
    {
      name: "an option of another command",
      argv: ["runs", "list", "--reason", "x"],
      says: /it belongs to parley runs cancel/,
    },
    { name: "a missing argument", argv: ["runs", "show"], says: /needs RUN/ },
    { name: "one argument too many", argv: ["runs", "show", "a", "b"], says: /does not know what to do with "b"/ },
    { name: "an option without its value", argv: ["runs", "list", "--tag"], says: /--tag needs a value/ },
    { name: "an option in place of a value", argv: ["runs", "list", "--tag", "--json"], says: /--tag needs a value/ },
    { name: "a flag with a value", argv: ["runs", "list", "--json=yes"], says: /--json takes no value/ },
    { name: "an option that comes twice", argv: ["runs", "list", "--tag", "a", "--tag", "b"], says: /once only/ },
    {
      name: "a value that is none of the choices",
      argv: ["runs", "list", "--status", "done"],
      says: /must be one of pending, .*"done"/,
    },
    { name: "options without a command", argv: ["--json"], says: /Which command/ },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parse(...argv),
        (error) => error instanceof UsageError && says.test(error.message),
      );
    });
  }

  it("takes a value that begins with - when it is written with =", () => {
    assert.equal(parseCommand("chat", "--once=-5?").options.text("once"), "-5?");
    assert.equal(parseCommand("chat", "--once", "-").options.text("once"), "-");
  });

  it("refuses numbers out of bounds", () => {
    const { options } = parseCommand("runs", "list", "--limit", "0");
    assert.throws(() => options.count("limit", { least: 1, most: 10, otherwise: 5 }), /from 1 to 10/);
  });
});
