// Pausing as the engine decides it: what is written, what waits in rows, what is not looked at (docs/adr/0017).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fold } from "#engine/evolve.ts";
import { initialState, statusOf } from "#engine/state.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

const effectThenNoop = () => workflow([node("call", "test.effect"), node("then")], [edge("call", "then")]);
const types = ({ log }: Driver) => log.map(({ type }) => type);
const immediate = { type: "pause", drainPolicy: "immediate", by: "anna" } as const;
const drain = { type: "pause", drainPolicy: "drain-current-node", by: "anna" } as const;
const resume = { type: "resume", by: "anna" } as const;
const settle = (nodeId: string, attempt = 0) =>
  ({
    type: "settleEffect",
    nodeId,
    attempt,
    effect: { kind: "fake", ordinal: 0 },
    result: { outcome: "done", value: { n: 1 } },
  }) as const;

describe("a pause", () => {
  it("that waits is an event, and takes effect with the end of what runs", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.give(drain);
    assert.deepEqual(types(run).slice(-1), ["parley.run.pause-requested"]);
    assert.equal(statusOf(run.state), "running");
    run.give(settle("call"));
    assert.deepEqual(types(run).slice(-2), ["node.completed", "run.paused"]);
    assert.equal(statusOf(run.state), "paused");
    assert.equal(run.state.nodes.get("then"), undefined, "nothing starts");
    run.give(resume);
    assert.equal(statusOf(run.state), "completed");
    assert.equal(types(run)[types(run).indexOf("run.paused") + 1], "run.resumed");
  });

  it("asked for twice is one request; taken back it never was", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.give(drain);
    assert.deepEqual(run.give(drain).events, []);
    run.give(resume);
    run.give(settle("call"));
    assert.equal(statusOf(run.state), "completed");
    assert.ok(!types(run).includes("run.paused"));
  });

  it("at once leaves the effect of a node that may not begin anew alone, and looks at nothing", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    const { rows } = run.give(immediate);
    assert.deepEqual(
      rows.map(({ op }) => op),
      ["holdTimers"],
    );
    for (const command of [
      settle("call"),
      { type: "continue" },
      { type: "fireTimer", purpose: "node-timeout", nodeId: "call", attempt: 0 },
      { type: "fireTimer", purpose: "run-timeout", nodeId: "", attempt: 0 },
      immediate,
      drain,
    ] as const) {
      assert.deepEqual(run.give(command), { state: run.state, events: [], rows: [], unfinished: false });
    }
    run.give(resume);
    assert.equal(run.state.nodes.get("call")?.attempt, 0);
    run.give(settle("call"));
    assert.equal(statusOf(run.state), "completed");
  });

  it("at once drops what a sleeping node waits for, and starts it anew without a retry being used up", () => {
    const run = new Driver(workflow([node("nap", "core.delay", { config: { delayMs: 50 } })]));
    run.give({ type: "start" });
    const { events, rows } = run.give(immediate);
    assert.deepEqual(events[0]?.payload.interruptedNodes, ["nap"]);
    assert.deepEqual(
      rows.map(({ op }) => op),
      ["dropEffects", "deleteTimer", "deleteTimer", "holdTimers"],
    );
    run.give(resume);
    assert.deepEqual(
      run.log.filter(({ type }) => type === "node.started").map(({ payload }) => payload.attempt),
      [0, 1],
    );
    assert.ok(!types(run).includes("node.retried"));
    assert.equal(run.state.nodes.get("nap")?.restarts, 1);
    run.give({ type: "fireTimer", purpose: "delay", nodeId: "nap", attempt: 0 });
    assert.equal(statusOf(run.state), "running", "the timer of the dropped attempt means nothing");
    run.give({ type: "fireTimer", purpose: "delay", nodeId: "nap", attempt: 1 });
    assert.equal(statusOf(run.state), "completed");
  });

  it("says how long it was, so that timers that measure work can move", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.nowMs = 2_000;
    run.give(immediate);
    run.nowMs = 9_000;
    const { rows } = run.give(resume);
    assert.deepEqual(rows, [{ op: "releaseTimers", runId: "run_1", pausedMs: 7_000 }]);
    assert.equal(run.state.pausedMs, 7_000);
  });

  it("ends with a cancel, which comes through", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.give(immediate);
    run.give({ type: "cancel", reason: undefined, by: "anna" });
    assert.deepEqual(types(run).slice(-3), ["run.paused", "node.cancelled", "run.cancelled"]);
  });

  it("resumed by another process says run.resumed first, and only then that it was restored", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.give(immediate);
    [run.bootMs, run.nowMs] = [5_000, 6_000];
    run.give(resume);
    assert.deepEqual(types(run).slice(-3), ["run.paused", "run.resumed", "workflow.restored"]);
  });

  it("means nothing in the history that a fork took over", () => {
    const run = new Driver(effectThenNoop());
    run.give({ type: "start" });
    run.give(immediate);
    const fork = { sourceRunId: "run_0", mode: "branch", fromSeq: run.log.length, throughSeq: 9, by: "anna" } as const;
    const before = initialState(startOf({}, { fork }), run.graph.defaults);
    assert.notEqual(fold(before, run.log).phase, "paused");
    assert.equal(fold(initialState(startOf(), run.graph.defaults), run.log).phase, "paused");
  });

  it("does not bring back a run that is over, or one that has not begun", () => {
    const fresh = new Driver(effectThenNoop());
    assert.deepEqual(fresh.give(immediate).events, []);
    const over = new Driver(workflow([node("only")]));
    over.give({ type: "start" });
    for (const command of [immediate, drain, resume]) assert.deepEqual(over.give(command).events, []);
  });
});
