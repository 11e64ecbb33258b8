import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, openDouble } from "./support/double.ts";

const forked = { runId: "run_2", sourceRunId: "run_1", fromSeq: 0, mode: "branch", status: "pending", eventsUrl: "/e" };

describe("parley runs fork", () => {
  for (const { title, args, body } of [
    { title: "branches from the beginning", args: [], body: { mode: "branch", fromSeq: 0 } },
    { title: "branches from an event", args: ["--from", "7"], body: { mode: "branch", fromSeq: 7 } },
    { title: "replays", args: ["--mode", "replay"], body: { mode: "replay", fromSeq: 0 } },
    {
      title: "sets variables",
      args: ["--from", "3", "--set", "color=blue", "--set", "n=4"],
      body: { mode: "branch", fromSeq: 3, runOptionsOverlay: { variables: { color: "blue", n: 4 } } },
    },
  ]) {
    it(title, async (t) => {
      const double = await openDouble(t, { "POST /v1/runs/run_1:fork": always(forked) });
      const { code, out } = await cli(["runs", "fork", "run_1", ...args], { home: makeHome(t, double.url) });
      assert.deepEqual({ code, out }, { code: 0, out: "run_2  branch of run_1 from 0\n" });
      assert.deepEqual(double.seen[0]?.body, body);
    });
  }

  it("prints the answer with --json", async (t) => {
    const double = await openDouble(t, { "POST /v1/runs/run_1:fork": always(forked) });
    const { out } = await cli(["runs", "fork", "run_1", "--json"], { home: makeHome(t, double.url) });
    assert.deepEqual(jsonLines(out), [forked]);
  });

  for (const args of [
    ["--from", "x"],
    ["--mode", "rewind"],
    ["--set", "novalue"],
    ["--mode", "replay", "--set", "a=b"],
  ]) {
    it(`refuses ${args.join(" ")}: 2`, async (t) => {
      const double = await openDouble(t, {});
      const { code } = await cli(["runs", "fork", "run_1", ...args], { home: makeHome(t, double.url) });
      assert.equal(code, 2);
      assert.equal(double.seen.length, 0);
    });
  }
});

describe("parley runs diff", () => {
  const event = (type: string, nodeId: string) => ({ type, nodeId });

  it("says where two runs parted, and how they stand", async (t) => {
    const diff = {
      a: "run_1",
      b: "run_2",
      divergedAtSeq: 4,
      eventDiffs: [
        { seq: 4, op: "changed", aEvent: event("node.completed", "x"), bEvent: event("node.failed", "x") },
        { seq: 5, op: "removed", aEvent: event("run.completed", "") },
      ],
      stateDiff: { status: { a: "completed", b: "failed" }, variables: { color: { a: "red" } } },
      truncated: true,
    };
    const double = await openDouble(t, { "GET /v1/runs/run_1:diff": always(diff) });
    const { code, out, err } = await cli(["runs", "diff", "run_1", "run_2"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.equal(double.seen[0]?.query.get("against"), "run_2");
    assert.match(out, /^The logs differ from event 4 on\.$/m);
    assert.match(out, /^4 +changed +node\.completed x +node\.failed x$/m);
    assert.match(out, /^5 +removed +run\.completed$/m);
    assert.match(out, /^status +succeeded +failed$/m);
    assert.match(out, /^variables\.color +"red"$/m);
    assert.match(err, /Not everything was compared/);
  });

  it("says that there is nothing to say", async (t) => {
    const diff = { a: "run_1", b: "run_2", divergedAtSeq: null, eventDiffs: [], stateDiff: {} };
    const double = await openDouble(t, { "GET /v1/runs/run_1:diff": always(diff) });
    const home = makeHome(t, double.url);
    assert.equal((await cli(["runs", "diff", "run_1", "run_2"], { home })).out, "Both logs say the same.\n");
    assert.deepEqual(jsonLines((await cli(["runs", "diff", "run_1", "run_2", "--json"], { home })).out), [diff]);
  });
});

describe("parley runs show --at", () => {
  it("shows the run as it was", async (t) => {
    const snapshot = { runId: "run_1", workflowId: "w", status: "running", nodeStates: {}, atSeq: 3 };
    const double = await openDouble(t, { "GET /v1/host/parley/runs/run_1/state": always(snapshot) });
    const { code, out } = await cli(["runs", "show", "run_1", "--at", "3"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.match(out, /^status +running$/m);
    assert.equal(double.seen[0]?.query.get("atSequence"), "3");
  });

  it("refuses what is no sequence: 2", async (t) => {
    const double = await openDouble(t, {});
    const { code } = await cli(["runs", "show", "run_1", "--at", "-1"], { home: makeHome(t, double.url) });
    assert.equal(code, 2);
  });
});
