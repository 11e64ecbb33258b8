// Replays: what was recorded is told again, what is pure is executed again, nothing is performed (runs.md §14.2-§14.4).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeType } from "#engine/node-type.ts";
import { nodeTypesOf } from "#engine/nodes/index.ts";
import type { JsonObject } from "#protocol/json.ts";
import { replay, said } from "./replay-support.ts";
import { Driver, edge, environmentOf, fakeEffect, node, startOf, workflow } from "./support.ts";

const done = (value: JsonObject) => ({ outcome: "done", value }) as const;

/** Approval, clarification, sleep, effect with a retry, chunks, variables, a skipped branch, and nodes side by side. */
const mixed = workflow(
  [
    node("set", "core.setVariable", { config: { name: "color", value: "red" } }),
    node("gate", "core.approvalGate", { config: { title: "Go on?" } }),
    node("ask", "core.clarificationGate", { config: { questions: [{ id: "q", question: "Which?" }] } }),
    node("wait", "core.delay", { config: { delayMs: 5_000 } }),
    node("call", "test.effect", { settings: { retry: { maxAttempts: 3, backoffMs: 100 } } }),
    node("beside", "test.effect"),
    node("after"),
    node("never"),
  ],
  [
    edge("set", "gate"),
    edge("gate", "ask"),
    edge("ask", "wait"),
    edge("wait", "call"),
    edge("gate", "beside"),
    edge("call", "after"),
    edge("call", "never", { condition: { type: "equals", path: "status", value: "failed" } as never }),
  ],
  { variables: [{ name: "color", type: "string", required: false }] as never },
);

/** A run of the mixed workflow with results that come in an order of their own. */
function mixedRun(definition = mixed): Driver {
  const driver = new Driver(definition, startOf({ topic: "forks" })).begin();
  driver.nowMs += 700;
  driver.answer("gate", { action: "accept", decidedBy: "anna" });
  driver.nowMs += 300;
  driver.give({
    type: "noteChunks",
    nodeId: "beside",
    attempt: 0,
    chunks: [
      { chunk: "a", isLast: false, meta: {} },
      { chunk: "b", isLast: true, meta: {} },
    ],
  });
  driver.answer("ask", { answers: { q: "this one" } });
  driver.nowMs += 11;
  driver.fireNext();
  driver.settle("call", { outcome: "failed", error: { code: "effect_failed", message: "no", retryable: true } });
  driver.settle("beside", done({ n: 1 }));
  driver.fireNext();
  driver.nowMs += 5;
  driver.settle("call", done({ n: 2 }));
  assert.equal(driver.state.phase, "completed");
  return driver;
}

const withoutCondition = workflow(
  mixed.nodes.filter(({ id }) => id !== "never"),
  mixed.edges.filter(({ targetNodeId }) => targetNodeId !== "never"),
  { variables: mixed.variables },
);

describe("a replay of an unchanged workflow", () => {
  const source = mixedRun(withoutCondition);

  for (const [fromSeq, { type }] of source.log.entries()) {
    it(`from ${fromSeq} (${type}) tells what the source told, and ends as it ended`, () => {
      const fork = replay(source, fromSeq);
      assert.deepEqual(said(fork.log), said(source.log));
      assert.deepEqual([...fork.state.variables], [...source.state.variables]);
      assert.equal(fork.state.phase, source.state.phase);
      assert.deepEqual(
        fork.log.map(({ timestamp }) => timestamp),
        source.log.map(({ timestamp }) => timestamp),
        "time is the source's",
      );
    });
  }

  it("writes no row but the end of its own", () => {
    const ops = replay(source).rows.map(({ op }) => op);
    assert.deepEqual([...new Set(ops)], ["endRun"]);
  });

  it("gives every event an id of its own, and causes within the copy", () => {
    const { log } = replay(source, 7);
    const ids = new Set(log.map(({ eventId }) => eventId));
    assert.equal(ids.size, log.length);
    for (const { eventId } of source.log) assert.ok(!ids.has(eventId));
    const causes = log.flatMap(({ causationId }) => (causationId === undefined ? [] : [causationId]));
    assert.ok(causes.length > 0);
    for (const cause of causes) assert.ok(ids.has(cause), cause);
    assert.ok(log.every(({ runId }) => runId === "run_fork"));
  });
});

describe("a replay with other code", () => {
  /** The same effect, whose result is read in another way today. */
  const shout: NodeType = {
    typeId: "core.noop",
    start: () => ({ kind: "complete", outputs: { loud: true } }),
  };

  function changed() {
    const environment = environmentOf();
    return { ...environment, nodeTypes: new Map([...nodeTypesOf([fakeEffect]), ["core.noop", shout]]) };
  }

  it("tells the first difference once, before it, and goes on", () => {
    const source = mixedRun(withoutCondition);
    const fork = replay(source, 0, { definition: withoutCondition, environment: changed() });
    const told = fork.log.filter(({ type }) => type === "replay.diverged");
    assert.equal(told.length, 1);
    const original = source.log.find(({ type, nodeId }) => type === "node.completed" && nodeId === "after");
    assert.ok(original);
    const at = fork.log.indexOf(told[0] as never);
    assert.deepEqual(told[0]?.payload, {
      sourceRunId: "run_1",
      atSequence: original.sequence,
      divergenceKind: "output",
      divergencePoint: "node.completed",
      originalEventId: original.eventId,
      replayEventId: fork.log[at + 1]?.eventId,
    });
    assert.equal(fork.log.at(-1)?.type, "run.completed");
  });

  it("takes a way that the source did not take, without performing anything there", () => {
    const route = workflow(
      [node("choose"), node("old"), node("call", "test.effect")],
      [edge("choose", "old", { targetInput: "x" }), edge("choose", "call", { condition: undefined as never })],
    );
    const linear = workflow([node("choose"), node("old")], [edge("choose", "old")]);
    const source = new Driver(linear).begin();
    const fork = replay(source, 0, { definition: route });
    const failed = fork.log.find(({ type }) => type === "node.failed");
    const { code } = (failed?.payload.error ?? {}) as JsonObject;
    assert.equal(code, "replay_source_missing");
    assert.ok(fork.log.some(({ type }) => type === "replay.diverged"));
    assert.deepEqual([...new Set(fork.rows.map(({ op }) => op))], ["endRun"]);
  });
});

describe("a replay of a run that did not end by itself", () => {
  it("sleeps no longer, and fails what has no record", () => {
    const definition = workflow(
      [node("wait", "core.delay", { config: { delayMs: 60_000 } }), node("call", "test.effect")],
      [edge("wait", "call")],
    );
    const source = new Driver(definition).begin();
    source.give({ type: "cancel", reason: undefined, by: "anna" });
    for (let fromSeq = 0; fromSeq < source.log.length - 2; fromSeq += 1) {
      const fork = replay(source, fromSeq);
      assert.equal(fork.state.phase, "failed");
      assert.equal(fork.state.error?.code, "replay_source_missing");
      assert.equal(fork.state.failedNodeId, "call");
    }
  });

  it("fails the question that nobody answered", () => {
    const source = new Driver(workflow([node("gate", "core.approvalGate")])).begin();
    const fork = replay(source);
    assert.equal(fork.state.error?.code, "replay_source_missing");
    assert.ok(!fork.rows.some(({ op }) => op === "settleInterrupt"), "the question is the source's");
  });

  it("ends by the clock as the source did", () => {
    const definition = workflow([node("gate", "core.approvalGate"), node("call", "test.effect")]);
    const source = new Driver(definition, startOf({}, { configurable: { runTimeoutMs: 500 } })).begin();
    source.fireNext();
    assert.equal(source.state.error?.code, "run_timeout");
    for (let fromSeq = 0; fromSeq < source.log.length; fromSeq += 1) {
      assert.deepEqual(said(replay(source, fromSeq).log), said(source.log), `from ${fromSeq}`);
    }
  });

  it("ends where one of several nodes ended the run", () => {
    const source = new Driver(workflow([node("a"), node("bad", "core.fail"), node("call", "test.effect")])).begin();
    source.settle("call", done({}));
    for (let fromSeq = 0; fromSeq < source.log.length; fromSeq += 1) {
      assert.deepEqual(said(replay(source, fromSeq).log), said(source.log), `from ${fromSeq}`);
    }
  });
});
