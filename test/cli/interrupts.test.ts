import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAnswer, readDecision } from "#cli/ask.ts";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

const question = {
  interruptId: "int_1",
  runId: "run_1",
  nodeId: "ask",
  kind: "clarification",
  data: { questions: [{ id: "day", question: "Which day?" }] },
  requestedAt: "2026-01-02T03:04:05.678Z",
};

describe("parley interrupts list", () => {
  it("shows what waits, and for what", async (t) => {
    const double = await openDouble(t, { "GET /v1/host/parley/interrupts": always({ interrupts: [question] }) });
    const { out } = await cli(["interrupts", "list"], { home: makeHome(t, double.url) });
    assert.match(out, /^run_1 {2}ask {3}clarification "Which day\?" {2}2026-01-02 03:04:05Z$/m);
    assert.equal(double.seen[0]?.query.get("status"), "pending");
  });

  it("lists those of one run", async (t) => {
    const double = await openDouble(t, {
      "GET /v1/host/parley/runs/run_1/interrupts": always({ interrupts: [question] }),
    });
    const { out } = await cli(["interrupts", "list", "--run", "run_1", "--json"], { home: makeHome(t, double.url) });
    assert.deepEqual(jsonLines(out), [question]);
  });

  it("says so when nothing waits", async (t) => {
    const double = await openDouble(t, { "GET /v1/host/parley/interrupts": always({ interrupts: [] }) });
    const { code, out, err } = await cli(["interrupts", "list"], { home: makeHome(t, double.url) });
    assert.deepEqual({ code, out, err }, { code: 0, out: "", err: "Nothing waits for an answer.\n" });
  });
});

describe("parley interrupts answer", () => {
  for (const { args, resumeValue } of [
    { args: ["--accept"], resumeValue: { action: "accept" } },
    { args: ["--reject", "--feedback", "not today"], resumeValue: { action: "reject", feedback: "not today" } },
    { args: ["--answer", "day=monday", "--answer", "hour=9"], resumeValue: { answers: { day: "monday", hour: 9 } } },
    { args: ["--value", '{"x":[1]}'], resumeValue: { x: [1] } },
    { args: ["--value", '"text"'], resumeValue: "text" },
  ]) {
    it(`sends ${JSON.stringify(resumeValue)} for ${args.join(" ")}`, async (t) => {
      const path = "/v1/runs/run_1/interrupts/ask";
      const double = await openDouble(t, {
        [`POST ${path}`]: always({ runId: "run_1", nodeId: "ask", status: "completed" }),
      });
      const ended = await cli(["interrupts", "answer", "run_1", "ask", ...args], { home: makeHome(t, double.url) });
      assert.deepEqual({ code: ended.code, out: ended.out }, { code: 0, out: "run_1  succeeded\n" });
      assert.deepEqual(double.to(path)[0]?.body, { resumeValue });
    });
  }

  for (const { name, args, says } of [
    { name: "no answer", args: [], says: /There is no answer: give exactly one of/ },
    { name: "two answers", args: ["--accept", "--reject"], says: /--accept and --reject do not go together/ },
    { name: "feedback without a decision", args: ["--value", "1", "--feedback", "x"], says: /--feedback goes with/ },
    { name: "a value that is no JSON", args: ["--value", "{"], says: /--value is not valid JSON/ },
    { name: "an answer without its id", args: ["--answer", "monday"], says: /NAME=VALUE/ },
  ]) {
    it(`refuses ${name}`, async (t) => {
      const double = await openDouble(t, {});
      const { code, err } = await cli(["interrupts", "answer", "run_1", "ask", ...args], {
        home: makeHome(t, double.url),
      });
      assert.equal(code, 2);
      assert.match(err, says);
      assert.equal(double.seen.length, 0);
    });
  }
});

describe("a decision typed at the terminal", () => {
  const offered = ["accept", "reject", "refine", "edit-accept"];
  for (const { line, value } of [
    { line: "accept", value: { action: "accept" } },
    { line: " A  looks good ", value: { action: "accept", feedback: "looks good" } },
    { line: "rej no", value: { action: "reject", feedback: "no" } },
    { line: "refine shorter", value: { action: "refine", refineFeedback: { scope: "whole", text: "shorter" } } },
    { line: 'edit {"n": 1}', value: { action: "edit-accept", editedArtifactData: { n: 1 } } },
  ]) {
    it(`reads "${line}"`, () => assert.deepEqual(readDecision(line, offered), { ok: true, value }));
  }

  for (const line of ["", "yes", "re", "refine", "edit-accept not json"]) {
    it(`asks again after "${line}"`, () => assert.equal(readDecision(line, offered).ok, false));
  }
});

describe("an answer typed at the terminal", () => {
  for (const { type, line, value } of [
    { type: undefined, line: "42", value: "42" },
    { type: "string", line: "true", value: "true" },
    { type: "integer", line: "42", value: 42 },
    { type: "boolean", line: "yes", value: true },
    { type: "boolean", line: "false", value: false },
    { type: "array", line: "[1]", value: [1] },
  ]) {
    it(`is ${JSON.stringify(value)} for "${line}" and a schema of ${type ?? "nothing"}`, () => {
      assert.deepEqual(readAnswer(line, type), value);
    });
  }
});
