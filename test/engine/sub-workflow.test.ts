// A node and the run below it, message by message: what comes late, twice or out of order changes nothing.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fold } from "#engine/evolve.ts";
import { snapshotOf } from "#engine/projection.ts";
import { initialState, statusOf } from "#engine/state.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

const calling = (config: JsonObject = {}) =>
  workflow(
    [node("call", "core.subWorkflow", { config: { workflowId: "below", ...config } }), node("after")],
    [edge("call", "after")],
    { variables: [{ name: "own", type: "string", defaultValue: "o", required: false, sensitive: false }] },
  );

function begun(config: JsonObject = {}) {
  const driver = new Driver(calling(config)).begin();
  const [effect] = [...driver.effects.values()];
  assert.equal(effect?.kind, "start-run");
  return { driver, effect: effect as EffectRow, childRunId: String(effect?.request.childRunId) };
}

/** What a run below tells, as the runtime hands it over. */
function tell(driver: Driver, kind: string, value: JsonObject) {
  return driver.give({
    type: "settleEffect",
    nodeId: "call",
    attempt: 0,
    effect: { kind, ordinal: 0 },
    result: { outcome: "done", value },
  });
}

const ended = (childRunId: string, rest: JsonObject = {}) => ({
  childRunId,
  workflowId: "below",
  status: "completed",
  outputs: {},
  ...rest,
});

describe("a sub-workflow", () => {
  it("has the id of its child in the log before anybody creates it", () => {
    const { driver, childRunId } = begun();
    const planned = driver.log.find(({ type }) => type === "parley.child.planned");
    assert.equal(planned?.payload.childRunId, childRunId);
    assert.deepEqual(driver.state.childRuns, [], "no run stands yet");
    assert.equal(statusOf(driver.state), "running");
  });

  it("asks for the values that it harvests, and gives those that it maps", () => {
    const { effect } = begun({ inputMapping: { a: "own", b: "none" }, outputMapping: { x: "y", z: "y" } });
    const { inputs, unset, harvest, cause } = effect.request;
    assert.deepEqual(
      { inputs, unset, harvest, cause },
      {
        inputs: { a: "o" },
        unset: ["b"],
        harvest: ["y"],
        cause: "core.subWorkflow",
      },
    );
  });

  it("can hear of the end before it hears of the beginning: both stand in the log once", () => {
    const { driver, childRunId } = begun();
    tell(driver, "child-ended", ended(childRunId));
    const late = tell(driver, "start-run", { childRunId, workflowId: "below" });
    assert.deepEqual(late.events, []);
    assert.equal(driver.types.filter((type) => type === "node.dispatched").length, 1);
    assert.equal(driver.types.at(-1), "run.completed");
  });

  it("shows the waiting of its child until that goes on", () => {
    const { driver, childRunId } = begun();
    tell(driver, "start-run", { childRunId, workflowId: "below" });
    tell(driver, "child-status", { childRunId, status: "waiting-input", sequence: 4 });
    assert.equal(statusOf(driver.state), "waiting-input");
    assert.equal(snapshotOf(driver.graph, driver.state).currentNodeId, "call");
    tell(driver, "child-status", { childRunId, status: "running", sequence: 7 });
    assert.equal(statusOf(driver.state), "running");
    assert.equal(snapshotOf(driver.graph, driver.state).currentNodeId, undefined);
  });

  for (const { name, told } of [
    { name: "is older than what was told before", told: { status: "waiting-input", sequence: 6 } },
    { name: "was told before", told: { status: "running", sequence: 7 } },
    { name: "is another run's", told: { childRunId: "run_x", status: "waiting-input", sequence: 9 } },
  ]) {
    it(`does not hear what ${name}`, () => {
      const { driver, childRunId } = begun();
      tell(driver, "child-status", { childRunId, status: "running", sequence: 7 });
      const decision = tell(driver, "child-status", { childRunId, ...told });
      assert.deepEqual(decision.events, []);
      assert.equal(statusOf(driver.state), "running");
    });
  }

  it("does not end with a run that is not its child", () => {
    const { driver } = begun();
    tell(driver, "child-ended", ended("run_x"));
    assert.equal(statusOf(driver.state), "running");
  });

  for (const { propagateCancellation, told } of [
    { propagateCancellation: true, told: true },
    { propagateCancellation: false, told: false },
  ]) {
    it(`${told ? "tells" : "does not tell"} its child of a cancel with propagateCancellation ${propagateCancellation}`, () => {
      const { driver, childRunId } = begun({ propagateCancellation });
      tell(driver, "start-run", { childRunId, workflowId: "below", status: "running" });
      driver.give({ type: "cancel", reason: undefined, by: "anna" });
      const cancels = driver.rows.filter((row) => row.op === "putEffect" && row.effect.kind === "cancel-run");
      assert.equal(cancels.length, told ? 1 : 0);
      assert.equal(driver.state.childRuns[0]?.status, told ? "cancelled" : "running");
    });
  }

  it("folds to the same state from every beginning of its log (V2)", () => {
    const { driver, childRunId } = begun({ outputMapping: { own: "y" } });
    tell(driver, "child-status", { childRunId, status: "waiting-approval", sequence: 4 });
    tell(driver, "start-run", { childRunId, workflowId: "below", status: "waiting-approval" });
    tell(driver, "child-status", { childRunId, status: "running", sequence: 5 });
    tell(driver, "child-ended", ended(childRunId, { variables: { y: "new" } }));
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events)), state);
    }
    assert.equal(driver.state.variables.get("own"), "new");
  });

  it("starts no child below a certain depth", () => {
    const parent = { runId: "run_0", nodeId: "n", attempt: 0, ordinal: 0, depth: 8 };
    const driver = new Driver(calling(), startOf({}, { parent })).begin();
    assert.equal(driver.state.error?.code, "child_depth_exceeded");
    assert.deepEqual(driver.state.childRuns, []);
  });
});

describe("a run below another", () => {
  const parent = {
    runId: "run_0",
    nodeId: "call",
    attempt: 0,
    ordinal: 0,
    depth: 1,
    cause: "core.subWorkflow",
  } as const;
  const told = (driver: Driver) =>
    driver.rows.flatMap((row) =>
      row.op === "putEffect" && row.effect.runId === "run_0" ? [[row.effect.kind, row.effect.request.status]] : [],
    );

  it("tells it when it waits, goes on and ends, in the commit in which it does", () => {
    const asks = node("ask", "core.clarificationGate", { config: { questions: [{ id: "q", question: "?" }] } });
    const document = workflow([asks, node("slow", "test.effect")], [edge("ask", "slow")]);
    const driver = new Driver(document, startOf({}, { parent })).begin();
    driver.answer("ask", { answers: { q: "x" } });
    driver.settle("slow", { outcome: "done", value: {} });
    assert.deepEqual(told(driver), [
      ["child-status", "waiting-input"],
      ["child-status", "running"],
      ["child-ended", "completed"],
    ]);
  });

  it("tells nothing of work that does not wait", () => {
    const driver = new Driver(workflow([node("slow", "test.effect")]), startOf({}, { parent })).begin();
    assert.deepEqual(told(driver), []);
  });

  it("has no value where its parent had none, whatever the default", () => {
    const variables = [{ name: "v", type: "string", defaultValue: "d", required: false, sensitive: false }] as const;
    const driver = new Driver(
      workflow([node("n")], [], { variables: [...variables] }),
      startOf({}, { parent, unset: ["v"] }),
    );
    assert.equal(driver.begin().state.variables.has("v"), false);
  });
});
