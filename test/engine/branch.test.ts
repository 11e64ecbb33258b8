// Branches: what stood open at the fork point is opened anew, for the fork alone (runs.md §14.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RowOp } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { branch, said } from "./replay-support.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

const done = (value: JsonObject) => ({ outcome: "done", value }) as const;

const definition = workflow(
  [
    node("set", "core.setVariable", { config: { name: "color", value: "red" } }),
    node("gate", "core.approvalGate", { config: { title: "Go on?", timeoutMs: 10_000 } }),
    node("wait", "core.delay", { config: { delayMs: 5_000 } }),
    node("call", "test.effect", { settings: { retry: { maxAttempts: 3, backoffMs: 100 } } }),
    node("after"),
  ],
  [edge("set", "gate"), edge("gate", "wait"), edge("wait", "call"), edge("call", "after")],
);

function sourceRun(): Driver {
  const driver = new Driver(definition, startOf({ topic: "forks" })).begin();
  driver.nowMs += 4_000;
  driver.answer("gate", { action: "accept", decidedBy: "anna" });
  driver.fireNext();
  driver.settle("call", { outcome: "failed", error: { code: "effect_failed", message: "no", retryable: true } });
  driver.nowMs += 40;
  driver.fireNext();
  driver.settle("call", done({ n: 2 }));
  assert.equal(driver.state.phase, "completed");
  return driver;
}

/** Answers, fires and settles until the branch is over. */
function driveOn(driver: Driver): void {
  for (let step = 0; step < 50 && !driver.ended; step += 1) {
    if (driver.state.waiting.has("gate")) driver.answer("gate", { action: "accept", decidedBy: "anna" });
    else if (driver.effects.size > 0) driver.settle("call", done({ n: 2 }));
    else assert.ok(driver.fireNext(), "nothing is left that would go on");
  }
}

const source = sourceRun();
const sequenceOf = (type: string, nodeId: string, nth = 0) =>
  source.log.filter((event) => event.type === type && event.nodeId === nodeId)[nth]?.sequence ?? assert.fail(type);
const ofKind = <K extends RowOp["op"]>(driver: Driver, op: K) =>
  driver.rows.filter((row): row is Extract<RowOp, { op: K }> => row.op === op);

describe("a branch", () => {
  for (const [fromSeq, { type, nodeId }] of source.log.entries()) {
    it(`from ${fromSeq} (${type} ${nodeId ?? ""}) keeps the history, goes on live, and ends`, () => {
      const fork = branch(source, fromSeq);
      driveOn(fork);
      assert.deepEqual(said(fork.log.slice(0, fromSeq)), said(source.log.slice(0, fromSeq)));
      assert.equal(fork.state.phase, "completed");
      assert.deepEqual([...fork.state.variables], [...source.state.variables]);
      assert.deepEqual(fork.state.outputs, source.state.outputs);
      assert.equal(fork.log.filter((event) => event.type.startsWith("run.")).length, 2);
    });
  }

  it("asks an open question again, under an id of its own, for the time that was left", () => {
    const fork = branch(source, sequenceOf("approval.received", "gate"));
    const [row, ...more] = ofKind(fork, "putInterrupt");
    assert.deepEqual(more, []);
    const [original] = ofKind(source, "putInterrupt");
    assert.ok(row && original);
    const asked = fork.log.filter(({ type }) => type === "node.suspended").at(-1);
    assert.equal(asked?.payload.interruptId, row.interrupt.interruptId, "the log names the new row");
    assert.equal(fork.state.waiting.get("gate")?.interruptId, row.interrupt.interruptId);
    assert.equal(row.interrupt.runId, "run_fork");
    assert.match(row.interrupt.key, /^run_fork:gate/);
    assert.deepEqual(row.interrupt.data, original.interrupt.data);
    assert.equal(row.interrupt.deadlineMs, fork.nowMs + 10_000);
  });

  it("sleeps for the time that was left", () => {
    const fork = branch(source, sequenceOf("node.completed", "wait"));
    assert.deepEqual(
      [...fork.timers.values()].map(({ purpose, nodeId, dueMs }) => ({ purpose, nodeId, dueMs })),
      [{ purpose: "delay", nodeId: "wait", dueMs: fork.nowMs + 5_000 }],
    );
  });

  it("plans an effect that was under way again, under its own identity", () => {
    const fork = branch(source, sequenceOf("node.retried", "call"));
    const [planned] = ofKind(fork, "putEffect");
    const [original] = ofKind(source, "putEffect");
    assert.equal(planned?.effect.runId, "run_fork");
    assert.notEqual(planned?.effect.effectId, original?.effect.effectId);
  });

  it("waits for the next attempt as long as the source would have", () => {
    const fork = branch(source, sequenceOf("node.started", "call", 1));
    assert.deepEqual(
      [...fork.timers.values()].map(({ purpose, dueMs }) => ({ purpose, dueMs })),
      [{ purpose: "retry", dueMs: fork.nowMs + 100 }],
    );
  });

  it("begins with the values it was given", () => {
    const fork = branch(source, sequenceOf("node.started", "after"), { color: "blue" });
    assert.equal(fork.state.variables.get("color"), "blue");
    const changed = fork.log.filter(({ type }) => type === "variable.changed").at(-1);
    assert.deepEqual(changed?.payload, { name: "color", previous: "red", next: "blue" });
  });

  it("begins a node again that was in the middle of its work", () => {
    const busy = new Driver(workflow([node("call", "test.effect")])).begin();
    const chunks = [{ chunk: "half", isLast: false, meta: {} }];
    busy.give({ type: "noteChunks", nodeId: "call", attempt: 0, chunks });
    const fork = branch(busy, busy.log.length);
    assert.deepEqual(
      fork.log.slice(busy.log.length).map(({ type, payload }) => [type, payload.attempt]),
      [
        ["node.retried", 1],
        ["node.started", 1],
      ],
    );
    fork.settle("call", done({ n: 1 }));
    assert.equal(fork.state.phase, "completed");
  });

  it("cannot be decided on while its history is being copied, but ended, and then touches nothing of its source", () => {
    const start = startOf({}, { runId: "run_fork", fork: forkRef(9) });
    const fork = new Driver(definition, start, source.environment);
    const events = source.log.slice(0, 7).map((event) => ({ ...event, runId: "run_fork" }));
    fork.give({ type: "record", fromSequence: 0, events, rows: [] });
    for (const type of ["start", "continue"] as const) assert.deepEqual(fork.give({ type }).events, []);
    const { rows, events: last } = fork.give({ type: "cancel", reason: undefined, by: "anna" });
    assert.equal(last.at(-1)?.type, "run.cancelled");
    assert.deepEqual(
      rows.map(({ op }) => op),
      ["endRun"],
    );
    const late = source.log.slice(7, 9);
    assert.deepEqual(fork.give({ type: "record", fromSequence: 7, events: late, rows: [] }).events, []);
  });
});

function forkRef(fromSeq: number) {
  return { sourceRunId: "run_1", fromSeq, mode: "branch", throughSeq: 20, by: "anna" } as const;
}
