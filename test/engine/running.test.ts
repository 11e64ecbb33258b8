import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_STEPS_PER_COMMIT } from "#engine/engine.ts";
import { statusOf } from "#engine/state.ts";
import { Driver, edge, environmentOf, node, startOf, workflow } from "./support.ts";

const failed = (retryable: boolean) =>
  ({ outcome: "failed", error: { code: "effect_failed", message: "no", retryable } }) as const;

describe("a run of pure nodes", () => {
  it("is one decision: four events and no row to clean up but its own end", () => {
    const driver = new Driver(workflow([node("a")]));
    const decision = driver.give({ type: "start" });
    assert.deepEqual(driver.types, ["run.started", "node.started", "node.completed", "run.completed"]);
    assert.deepEqual(decision.rows, [{ op: "endRun", runId: "run_1", interrupts: "cancelled", atMs: 1_000 }]);
  });

  it("stops after 64 steps, is unfinished, and goes on", () => {
    const nodes = Array.from({ length: 100 }, (_, at) => node(`n${String(at).padStart(3, "0")}`));
    const driver = new Driver(workflow(nodes));
    const first = driver.give({ type: "start" });
    assert.equal(first.unfinished, true);
    assert.equal(driver.state.nodes.size, MAX_STEPS_PER_COMMIT);
    assert.equal(driver.give({ type: "continue" }).unfinished, false);
    assert.equal(driver.state.phase, "completed");
  });
});

describe("effects", () => {
  it("of one run are planned at most maxInFlightNodes at a time", () => {
    const nodes = ["a", "b", "c"].map((id) => node(id, "test.effect"));
    const driver = new Driver(workflow(nodes), startOf(), environmentOf({ maxInFlightNodes: 2 })).begin();
    assert.deepEqual(
      [...driver.effects.values()].map((effect) => effect.nodeId),
      ["a", "b"],
    );
    driver.settle("a", { outcome: "done", value: {} });
    assert.deepEqual(
      [...driver.effects.values()].map((effect) => effect.nodeId),
      ["b", "c"],
    );
  });

  it("do not stop other branches", () => {
    const driver = new Driver(workflow([node("a", "test.effect"), node("b")])).begin();
    assert.equal(driver.state.nodes.get("b")?.status, "completed");
    assert.equal(statusOf(driver.state), "running");
  });

  it("keep their identity over retries (runs.md §3.2)", () => {
    const retry = { retry: { maxAttempts: 2, backoffMs: 10 } };
    const driver = new Driver(workflow([node("a", "test.effect", { settings: retry })])).begin();
    const [first] = driver.effects.keys();
    driver.settle("a", failed(true));
    driver.fireNext();
    assert.deepEqual([...driver.effects.keys()], [first]);
    assert.equal(driver.state.nodes.get("a")?.attempt, 1);
  });

  it("that come back late change nothing", () => {
    const driver = new Driver(workflow([node("a", "test.effect")])).begin();
    const late = {
      type: "settleEffect",
      nodeId: "a",
      attempt: 0,
      effect: { kind: "fake", ordinal: 0 },
      result: failed(false),
    } as const;
    driver.settle("a", { outcome: "done", value: {} });
    assert.deepEqual(driver.give(late).events, []);
  });
});

describe("retries (runs.md §12.1)", () => {
  it("are announced with their backoff, and the failure is told once", () => {
    const settings = { retry: { maxAttempts: 3, backoffMs: 100, multiplier: 2 } };
    const driver = new Driver(workflow([node("a", "test.effect", { settings })])).begin();
    driver.settle("a", failed(true));
    driver.fireNext();
    driver.settle("a", failed(true));
    driver.fireNext();
    driver.settle("a", failed(true));
    const retried = driver.log.filter((event) => event.type === "node.retried").map(({ payload }) => payload);
    assert.deepEqual(
      retried.map(({ attempt, delayMs }) => [attempt, delayMs]),
      [
        [1, 100],
        [2, 200],
      ],
    );
    const failures = driver.log.filter((event) => event.type === "node.failed");
    assert.deepEqual(
      failures.map(({ payload }) => payload.attempts),
      [3],
    );
    const attempts = driver.log.filter((event) => event.type === "node.started").map(({ payload }) => payload.attempt);
    assert.deepEqual(attempts, [0, 1, 2]);
  });

  it("are not made for errors that a repetition cannot help", () => {
    const driver = new Driver(workflow([node("a", "test.effect")], [], { settings: { maxRetries: 5 } })).begin();
    driver.settle("a", failed(false));
    assert.equal(driver.state.phase, "failed");
  });
});

describe("time", () => {
  it("a delay keeps the run running and completes with what it waited", () => {
    const driver = new Driver(workflow([node("w", "core.delay", { config: { ms: 300 } })])).begin();
    assert.equal(statusOf(driver.state), "running");
    driver.fireNext();
    assert.deepEqual(driver.state.nodes.get("w")?.outputs, { waitedMs: 300 });
    assert.equal(driver.nowMs, 1_300);
  });

  it("the delay's port wins over the run's input, that over the config", () => {
    const waited = (inputs: Record<string, number>, port?: number) => {
      const ports = port === undefined ? {} : { delayMs: { type: "static" as const, value: port } };
      const delay = node("w", "core.delay", { config: { delayMs: 1 }, inputs: ports });
      const driver = new Driver(workflow([delay]), startOf(inputs)).begin();
      driver.fireNext();
      return driver.state.nodes.get("w")?.outputs?.waitedMs;
    };
    assert.equal(waited({}), 1);
    assert.equal(waited({ delayMs: 2 }), 2);
    assert.equal(waited({ delayMs: 2 }, 3), 3);
    assert.equal(waited({ delaySeconds: 4 }), 4_000);
  });

  it("a node that takes too long fails its attempt with node_timeout, which may be retried", () => {
    const settings = { timeoutMs: 50, retry: { maxAttempts: 2, backoffMs: 5 } };
    const driver = new Driver(workflow([node("a", "test.effect", { settings })])).begin();
    driver.fireNext();
    assert.equal(driver.types.at(-1), "node.retried");
    driver.fireNext();
    driver.fireNext();
    assert.equal(driver.state.error?.code, "node_timeout");
  });

  it("a node that takes too long is not tried again when its effect may have happened and must not happen twice", () => {
    const settings = { timeoutMs: 50, retry: { maxAttempts: 3, backoffMs: 0 } };
    const driver = new Driver(workflow([node("a", "test.effect", { settings, config: { class: "unkeyed" } })])).begin();
    driver.fireNext();
    assert.equal(driver.state.error?.code, "interrupted");
    assert.ok(!driver.types.includes("node.retried"));
  });

  it("a run past its limit breaches the cap and fails with run_timeout, waiting included", () => {
    const gate = node("g", "core.clarificationGate", { config: { questions: [{ id: "q", question: "?" }] } });
    const driver = new Driver(workflow([gate], [], { settings: { timeout: 2_000 } })).begin();
    driver.fireNext();
    assert.deepEqual(driver.types.slice(-3), ["cap.breached", "node.cancelled", "run.failed"]);
    const breach = driver.log.find((event) => event.type === "cap.breached")?.payload;
    assert.ok(Number(breach?.observed) > Number(breach?.limit));
    assert.equal(driver.state.error?.code, "run_timeout");
  });

  it("the caller's runTimeoutMs lowers the limit and never raises it", () => {
    const sleepy = workflow([node("w", "core.delay", { config: { ms: 60_000 } })], [], {
      settings: { timeout: 5_000 },
    });
    const due = (runTimeoutMs: number) =>
      new Driver(sleepy, startOf({}, { configurable: { runTimeoutMs } })).begin().timers.get("run-timeout:")?.dueMs;
    assert.equal(due(1_000), 2_000);
    assert.equal(due(50_000), 6_000);
  });

  it("does not run backwards inside a log when the clock does", () => {
    const driver = new Driver(workflow([node("a", "test.effect")])).begin();
    driver.nowMs = 10;
    driver.settle("a", { outcome: "done", value: {} });
    const times = driver.log.map((event) => event.timestamp);
    assert.deepEqual(times, [...times].sort());
  });
});

describe("the ceiling of node executions (runs.md §9)", () => {
  const chain = workflow(
    ["n1", "n2", "n3", "n4", "n5", "n6"].map((id) => node(id)),
    [edge("n1", "n2"), edge("n2", "n3"), edge("n3", "n4"), edge("n4", "n5"), edge("n5", "n6")],
  );

  it("lets as many nodes run as it says, then breaches before the next one starts", () => {
    const driver = new Driver(chain, startOf({}, { configurable: { recursionLimit: 3 } })).begin();
    const started = driver.log.filter((event) => event.type === "node.started").map((event) => event.nodeId);
    assert.deepEqual(started, ["n1", "n2", "n3"]);
    const breach = driver.log.find((event) => event.type === "cap.breached")?.payload;
    assert.deepEqual(breach, { kind: "node-executions", limit: 3, observed: 4 });
    assert.equal(driver.state.error?.code, "recursion_limit_exceeded");
  });

  it("cannot be raised over the host's", () => {
    const limits = environmentOf({ maxNodeExecutions: 2 });
    const driver = new Driver(chain, startOf({}, { configurable: { recursionLimit: 50 } }), limits).begin();
    assert.equal(driver.state.nodeExecutions, 2);
  });
});

describe("a run that an earlier process left", () => {
  it("is marked as restored when it next advances, once", () => {
    const nodes = [node("a", "test.effect"), node("b", "test.effect")];
    const driver = new Driver(workflow(nodes)).begin();
    driver.bootMs = 5_000;
    driver.nowMs = 9_000;
    driver.settle("a", { outcome: "done", value: {} });
    driver.settle("b", { outcome: "done", value: {} });
    assert.equal(driver.types.filter((type) => type === "workflow.restored").length, 1);
    assert.ok(driver.types.indexOf("workflow.restored") < driver.types.indexOf("node.completed"));
  });
});
