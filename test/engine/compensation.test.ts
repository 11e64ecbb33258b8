// Undoing as the engine decides it: what is planned, in which order, what is written, how the run ends (docs/adr/0019).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sealedContentId } from "#engine/draft.ts";
import { fold } from "#engine/evolve.ts";
import { initialState, statusOf } from "#engine/state.ts";
import type { JsonObject } from "#protocol/json.ts";
import {
  cancel,
  environment,
  fact,
  failing,
  fromAbove,
  goOn,
  named,
  ofUndoing,
  policed,
  run,
  shown,
  undoable,
  waiting,
} from "./compensation-support.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

describe("a run that fails and has a policy", () => {
  it("undoes what completed, latest first, and fails then", () => {
    const driver = run(failing()).begin();
    assert.deepEqual(named(driver.log), ["requested", "started two", "completed two", "started one", "completed one"]);
    assert.equal(driver.types.at(-1), "run.failed");
    assert.equal(driver.log.at(-1)?.payload.failedNodeId, "boom");
    assert.equal(shown(driver).status, "failed");
    assert.equal(shown(driver).compensationStatus, "completed");
  });

  it("makes the plan in one commit and begins in the next", () => {
    const driver = run(failing());
    const planned = driver.give({ type: "start" });
    assert.equal(planned.events.at(-1)?.type, "compensation.requested");
    assert.equal(planned.unfinished, true);
    assert.equal(statusOf(driver.state), "running");
    assert.equal(shown(driver).compensationStatus, "pending");
    assert.equal(driver.give({ type: "continue" }).events[0]?.type, "compensation.started");
  });

  it("gives each obligation an identity of its own that stays", () => {
    const [first, second] = [run(failing()).begin(), run(failing()).begin()];
    const ids = (driver: Driver) => ofUndoing(driver.log).map(({ payload }) => payload.compensationId);
    assert.deepEqual(ids(first), ids(second));
    const obligations = ofUndoing(first.log)[0]?.payload.obligations as JsonObject[];
    assert.deepEqual(
      obligations.map(({ nodeId, ordinal, profileVersion }) => ({ nodeId, ordinal, profileVersion })),
      [
        { nodeId: "two", ordinal: 1, profileVersion: 1 },
        { nodeId: "one", ordinal: 0, profileVersion: 1 },
      ],
    );
    assert.equal(new Set(obligations.map(({ forwardLogicalInvocationId }) => forwardLogicalInvocationId)).size, 2);
  });

  it("hands recorded facts to the inverses and keeps them out of its compensation events", () => {
    const inputMapping = { done: fact("nodes.one.output.input"), who: fact("inputs.customer"), fixed: 7 };
    const definition = failing({}, { inputMapping });
    const driver = new Driver(definition, startOf({ customer: "customer-4711" }), environment()).begin();
    const outputs = driver.state.nodes.get("compensate:two")?.outputs;
    assert.deepEqual(outputs, { done: "one did it", who: "customer-4711", fixed: 7 });
    const text = JSON.stringify(ofUndoing(driver.log));
    assert.doesNotMatch(text, /did it|4711|Intentional/);
  });

  it("folds back from its log and what is kept beside it, at every point", () => {
    const driver = run(failing({}, { inputMapping: { done: fact("nodes.one.output.input") } })).begin();
    const clear = driver.log.map((event) => {
      const kept = driver.rows.find(
        (row) => row.op === "putContent" && row.contentId === sealedContentId("run_1", event.sequence),
      );
      return kept?.op === "putContent" ? { ...event, payload: JSON.parse(kept.body) as JsonObject } : event;
    });
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), clear.slice(0, events)), state);
    }
    const asShown = fold(initialState(driver.start, driver.graph.defaults), driver.log);
    assert.equal(asShown.compensation?.status, "completed");
  });

  it("has no plan where nothing was done, and where the policy does not name the reason", () => {
    for (const definition of [
      policed([node("boom", "core.fail"), undoable("never")], [["boom", "never"]]),
      failing({ triggers: ["run-cancel"] }),
    ]) {
      const driver = run(definition).begin();
      assert.deepEqual(ofUndoing(driver.log), []);
      assert.equal(driver.types.at(-1), "run.failed");
      assert.equal(shown(driver).compensationStatus, "none");
    }
  });

  it("says nothing of compensation without a policy, or when it completes", () => {
    const plain = run(workflow([node("a"), node("boom", "core.fail")], [edge("a", "boom")])).begin();
    assert.ok(!("compensationStatus" in shown(plain)));
    const fine = run(policed([undoable("one")], [])).begin();
    assert.equal(fine.types.at(-1), "run.completed");
    assert.equal(shown(fine).compensationStatus, "none");
  });

  it("is undone for a bound that it passed, with that trigger", () => {
    const definition = policed([undoable("one"), node("two")], [["one", "two"]]);
    const driver = run(definition, { configurable: { recursionLimit: 1 } }).begin();
    assert.equal(ofUndoing(driver.log)[0]?.payload.trigger, "cap-breach");
    assert.equal(driver.state.compensation?.status, "completed");
    assert.equal(driver.state.error?.code, "recursion_limit_exceeded");
  });

  it("writes its dead letter right before the end", () => {
    const definition = policed(
      [undoable("one"), node("call", "test.effect", { settings: { retry: { maxAttempts: 2, backoffMs: 1 } } })],
      [["one", "call"]],
    );
    const driver = run(definition).begin();
    const error = { code: "lost", message: "lost", retryable: true };
    driver.settle("call", { outcome: "failed", error });
    driver.fireNext();
    driver.settle("call", { outcome: "failed", error });
    goOn(driver);
    assert.deepEqual(driver.types.slice(-3), ["compensation.completed", "run.dead_lettered", "run.failed"]);
  });
});

describe("the order of inverses", () => {
  /** `a` begins first and completes last; `c` depends on `b`. */
  const nodes = [
    undoable("a", {}, { typeId: "test.effect", inputs: {} }),
    undoable("b"),
    undoable("c"),
    node("boom", "core.fail"),
  ];
  const edges: [string, string][] = [
    ["b", "c"],
    ["c", "boom"],
    ["a", "boom"],
  ];
  for (const { orderingModel, order } of [
    { orderingModel: "reverse-completion", order: ["a", "c", "b"] },
    { orderingModel: "dependency-graph", order: ["c", "b", "a"] },
  ] as const) {
    it(`is ${order.join(", ")} with ${orderingModel}`, () => {
      const driver = run(policed(nodes, edges, { orderingModel })).begin();
      driver.settle("a", { outcome: "done", value: { n: 1 } });
      goOn(driver);
      const begun = named(driver.log).filter((one) => one.startsWith("started "));
      assert.deepEqual(
        begun.map((one) => one.slice("started ".length)),
        order,
      );
    });
  }
});

describe("a run that is cancelled", () => {
  it("is cancelling while it undoes, and takes no second cancel", () => {
    const driver = run(waiting({}, { nodeTypeId: "test.effect" })).begin();
    driver.give(cancel);
    assert.equal(statusOf(driver.state), "cancelling");
    goOn(driver);
    assert.equal(statusOf(driver.state), "cancelling");
    assert.deepEqual(driver.give(cancel).events, []);
    for (const nodeId of ["compensate:two", "compensate:one"]) {
      driver.settle(nodeId, { outcome: "done", value: { n: 1 } });
      goOn(driver);
    }
    assert.equal(driver.types.at(-1), "run.cancelled");
    const { cancelledBy, reason } = driver.log.at(-1)?.payload ?? {};
    assert.deepEqual({ cancelledBy, reason }, { cancelledBy: "anna", reason: "enough" });
  });

  it("also while it is paused: what undoes is not held up", () => {
    const driver = run(policed([undoable("one"), node("call", "test.effect")], [["one", "call"]])).begin();
    driver.give({ type: "pause", drainPolicy: "immediate", by: "anna" });
    assert.equal(statusOf(driver.state), "paused");
    const { rows } = driver.give(cancel);
    assert.ok(rows.some(({ op }) => op === "releaseTimers"));
    goOn(driver);
    assert.deepEqual(driver.types.slice(-2), ["compensation.completed", "run.cancelled"]);
  });

  it("by its parent goes on, stands still, or is left to people, as its policy says", () => {
    const child = { parent: { runId: "run_0", nodeId: "sub", attempt: 0, ordinal: 0, depth: 1 } };
    const cases = [
      { onParentCancel: "continue", ends: true, status: "completed" },
      { onParentCancel: "pause", ends: false, status: "pending" },
      { onParentCancel: "manual", ends: true, status: "manual" },
    ] as const;
    for (const { onParentCancel, ends, status } of cases) {
      const driver = run(waiting({ onParentCancel }), child).begin();
      driver.give(fromAbove);
      goOn(driver);
      assert.equal(driver.ended, ends, onParentCancel);
      assert.equal(shown(driver).compensationStatus, status, onParentCancel);
      if (ends) continue;
      assert.equal(ofUndoing(driver.log).at(-1)?.type, "compensation.paused");
      driver.give({ type: "compensate", action: "resume", by: "anna" });
      goOn(driver);
      assert.equal(shown(driver).compensationStatus, "completed");
      assert.equal(driver.types.at(-1), "run.cancelled");
    }
  });

  it("by its parent while it undoes already, too", () => {
    const child = { parent: { runId: "run_0", nodeId: "sub", attempt: 0, ordinal: 0, depth: 1 } };
    const driver = run(waiting({ onParentCancel: "manual" }, { nodeTypeId: "test.effect" }), child).begin();
    driver.give(cancel);
    goOn(driver);
    driver.give(fromAbove);
    assert.equal(driver.ended, false, "what is under way comes to its end");
    driver.settle("compensate:two", { outcome: "done", value: { n: 1 } });
    goOn(driver);
    assert.equal(driver.ended, true);
    assert.equal(shown(driver).compensationStatus, "manual");
    assert.deepEqual(named(driver.log).slice(-2), ["manual_intervention_required", "completed two"]);
  });
});

describe("an operator", () => {
  it("gives a run up, which is then cancelled", () => {
    const driver = run(waiting()).begin();
    driver.give({ type: "compensate", action: "start", by: "olga", reason: "wrong order" });
    goOn(driver);
    assert.equal(ofUndoing(driver.log)[0]?.payload.trigger, "operator-request");
    const { cancelledBy, reason } = driver.log.at(-1)?.payload ?? {};
    assert.deepEqual([driver.types.at(-1), cancelledBy, reason], ["run.cancelled", "olga", "wrong order"]);
  });

  it("is not heard where there is nothing to undo, no leave to, or nothing paused", () => {
    const asked = { type: "compensate", action: "start", by: "olga" } as const;
    for (const definition of [
      waiting({ triggers: ["run-cancel"] }),
      policed([node("wait", "core.approvalGate")], []),
      workflow([node("wait", "core.approvalGate")]),
    ]) {
      assert.deepEqual(run(definition).begin().give(asked).events, []);
    }
    assert.deepEqual(
      run(waiting())
        .begin()
        .give({ ...asked, action: "resume" }).events,
      [],
    );
  });
});
