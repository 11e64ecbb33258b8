// Inverses one by one: those that fail, are asked about, take too long, or do not exist (docs/adr/0019).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workingGraph } from "#engine/compensation/inverses.ts";
import { statusOf } from "#engine/state.ts";
import type { CompensationPolicy } from "#protocol/compensation.ts";
import { fact, failing, goOn, named, ofUndoing, policed, run, shown, undoable } from "./compensation-support.ts";
import { type Driver, node } from "./support.ts";

describe("an inverse", () => {
  const broken = { nodeTypeId: "core.fail" };

  it("that fails for good is a fact, and the others go on", () => {
    const definition = policed(
      [undoable("one"), undoable("two", broken), node("boom", "core.fail")],
      [
        ["one", "two"],
        ["two", "boom"],
      ],
    );
    const driver = run(definition).begin();
    assert.deepEqual(named(driver.log).slice(1), ["started two", "failed two", "started one", "completed one"]);
    const { code, attempts } = ofUndoing(driver.log)[2]?.payload ?? {};
    assert.deepEqual([code, attempts], ["conformance_test_failure", 1]);
    assert.equal(shown(driver).compensationStatus, "partial");
    assert.equal(driver.log.at(-1)?.payload.failedNodeId, "boom");
  });

  it("or is left to people with all that came before it, where the policy says so", () => {
    const definition = policed(
      [undoable("one"), undoable("two", broken), node("boom", "core.fail")],
      [
        ["one", "two"],
        ["two", "boom"],
      ],
      { exhaustedDisposition: "manual-intervention" },
    );
    const driver = run(definition).begin();
    assert.deepEqual(named(driver.log).slice(1), ["started two", "failed two", "manual_intervention_required"]);
    const { reason, compensationIds } = ofUndoing(driver.log).at(-1)?.payload ?? {};
    assert.equal(reason, "exhausted");
    assert.equal((compensationIds as string[]).length, 2);
    assert.equal(shown(driver).compensationStatus, "manual");
  });

  it("in the order of the graph leaves only what it was built upon to people", () => {
    const definition = policed(
      [undoable("a"), undoable("b", broken), undoable("aside"), node("boom", "core.fail")],
      [
        ["a", "b"],
        ["b", "boom"],
        ["aside", "boom"],
      ],
      { exhaustedDisposition: "manual-intervention", orderingModel: "dependency-graph" },
    );
    const driver = run(definition).begin();
    assert.ok(named(driver.log).includes("completed aside"));
    assert.ok(!named(driver.log).includes("started a"));
  });

  it("is tried again under one key, as often as its own retry or the policy's says", () => {
    const retry = { maxAttempts: 2, backoffMs: 1 };
    for (const [policy, own] of [
      [{ retry }, {}],
      [{ retry: { maxAttempts: 9 } }, { retry }],
    ] as const) {
      const driver = run(
        policed(
          [undoable("one", { nodeTypeId: "test.effect", ...own }), node("boom", "core.fail")],
          [["one", "boom"]],
          policy,
        ),
      );
      driver.begin();
      const keys = new Set(driver.effects.keys());
      const error = { code: "lost", message: "lost", retryable: true };
      driver.settle("compensate:one", { outcome: "failed", error });
      driver.fireNext();
      for (const key of driver.effects.keys()) keys.add(key);
      assert.equal(keys.size, 1);
      driver.settle("compensate:one", { outcome: "failed", error });
      goOn(driver);
      assert.deepEqual(ofUndoing(driver.log).at(-1)?.payload.attempts, 2);
      assert.equal(shown(driver).compensationStatus, "failed");
      assert.equal(driver.types.at(-1), "run.failed");
    }
  });

  it("whose facts were never recorded is not begun", () => {
    const definition = policed(
      [
        undoable("one", { inputMapping: { gone: fact("nodes.never.output.x") } }),
        node("boom", "core.fail"),
        node("never"),
      ],
      [
        ["one", "boom"],
        ["boom", "never"],
      ],
    );
    const driver = run(definition).begin();
    assert.deepEqual(named(driver.log), ["requested", "failed one"]);
    assert.equal(ofUndoing(driver.log)[1]?.payload.code, "compensation_input_missing");
  });

  it("cannot end the run before its time", () => {
    const cancelling = { nodeTypeId: "core.approvalGate", config: { artifactType: "cancellation" } };
    const driver = run(failing({}, cancelling)).begin();
    driver.answer("compensate:two", { action: "accept", decidedBy: "anna" });
    goOn(driver);
    assert.equal(driver.ended, false);
    driver.answer("compensate:one", { action: "accept", decidedBy: "anna" });
    goOn(driver);
    assert.equal(driver.types.at(-1), "run.failed");
    assert.equal(shown(driver).compensationStatus, "completed");
  });

  it("is asked about first where it, or the policy, wants that", () => {
    const cases = [
      { policy: {}, inverse: {}, asks: false },
      { policy: {}, inverse: { requiresApproval: true }, asks: true },
      { policy: { approvalScope: "all" }, inverse: {}, asks: true },
      { policy: { approvalScope: "all" }, inverse: { waiveRequiresApproval: true }, asks: false },
    ] as const;
    for (const { policy, inverse, asks } of cases) {
      const driver = run(failing(policy, inverse)).begin();
      assert.equal(driver.ended, !asks);
      if (!asks) continue;
      assert.equal(statusOf(driver.state), "waiting-approval");
      assert.equal(shown(driver).compensationStatus, "pending");
      const [, question] = [...driver.state.waiting][0] ?? [];
      assert.equal(question?.data.artifactType, "compensation");
      driver.answer("compensate:two:approval", { action: "accept" });
      goOn(driver);
      driver.answer("compensate:one:approval", { action: "reject" });
      goOn(driver);
      assert.deepEqual(named(driver.log).slice(1), ["started two", "completed two", "failed one"]);
      assert.equal(ofUndoing(driver.log).at(-1)?.payload.code, "approval_rejected");
      assert.equal(shown(driver).compensationStatus, "partial");
    }
  });
});

describe("the graph of a run that undoes", () => {
  const graphOf = ({ environment, graph, state }: Driver) => workingGraph(graph, state, environment.nodeTypes);

  it("is made once for all decisions of its plan", () => {
    const driver = run(failing({ approvalScope: "all" })).begin();
    const first = graphOf(driver);
    assert.deepEqual(first.order.slice(-4).sort(), [
      "compensate:one",
      "compensate:one:approval",
      "compensate:two",
      "compensate:two:approval",
    ]);
    driver.answer("compensate:two:approval", { action: "accept" });
    goOn(driver);
    assert.deepEqual(named(driver.log).slice(-2), ["started two", "completed two"]);
    assert.equal(graphOf(driver), first);
  });

  it("is made anew for another run of the same workflow, and for another graph", () => {
    const [one, other] = [run(failing()), run(failing())].map((driver) => driver.begin()) as [Driver, Driver];
    assert.notEqual(graphOf(one), graphOf(other));
    const again = workingGraph({ ...one.graph }, one.state, one.environment.nodeTypes);
    assert.notEqual(again, graphOf(one));
  });
});

describe("an effect that cannot be undone", () => {
  it("is told in the plan, and keeps it from being complete", () => {
    const definition = policed(
      [undoable("one"), node("mail", "core.noop", { irreversibleEffect: true }), node("boom", "core.fail")],
      [
        ["one", "mail"],
        ["mail", "boom"],
      ],
    );
    const driver = run(definition).begin();
    assert.deepEqual(ofUndoing(driver.log)[0]?.payload.irreversibleNodeIds, ["mail"]);
    assert.equal(shown(driver).compensationStatus, "partial");
  });

  it("alone is a failure", () => {
    const mail = node("mail", "core.noop", { irreversibleEffect: true });
    const driver = run(policed([mail, node("boom", "core.fail")], [["mail", "boom"]])).begin();
    assert.deepEqual(named(driver.log), ["requested"]);
    assert.equal(shown(driver).compensationStatus, "failed");
  });
});

describe("the policy's time", () => {
  const hanging = (policy: Partial<CompensationPolicy> = {}) =>
    failing({ timeoutMs: 5_000, ...policy }, { nodeTypeId: "test.effect" });

  it("ends the run with what is left as failed, or left to people", () => {
    const cases = [
      { exhaustedDisposition: "record-outcome", status: "failed", last: ["failed two", "failed one"] },
      {
        exhaustedDisposition: "manual-intervention",
        status: "manual",
        last: ["failed two", "manual_intervention_required"],
      },
    ] as const;
    for (const { exhaustedDisposition, status, last } of cases) {
      const driver = run(hanging({ exhaustedDisposition })).begin();
      assert.equal(driver.fireNext(), true);
      assert.equal(driver.nowMs, 6_000);
      assert.deepEqual(named(driver.log).slice(-2), last);
      assert.equal(driver.types.at(-1), "run.failed");
      assert.equal(shown(driver).compensationStatus, status);
      assert.equal(driver.state.nodes.get("compensate:two")?.status, "cancelled");
    }
  });

  it("takes the place of the run's own, which may fire once more and means nothing", () => {
    const driver = run(hanging()).begin();
    const early = { type: "fireTimer", purpose: "run-timeout", nodeId: "", attempt: 0 } as const;
    const { events, rows } = driver.give(early);
    assert.deepEqual(events, []);
    assert.deepEqual(
      rows.map((row) => row.op === "putTimer" && row.timer.dueMs),
      [6_000],
    );
  });

  it("counts for questions, too", () => {
    const driver = run(failing({ timeoutMs: 5_000, approvalScope: "all" })).begin();
    driver.fireNext();
    assert.equal(driver.types.at(-1), "run.failed");
    assert.ok(driver.rows.some((row) => row.op === "settleInterrupt" && row.status === "cancelled"));
  });
});
