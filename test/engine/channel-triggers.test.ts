import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fold } from "#engine/evolve.ts";
import { initialState } from "#engine/state.ts";
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from "#protocol/workflows.ts";
import { branch, replay, said } from "./replay-support.ts";
import { Driver, edge, node, workflow } from "./support.ts";

type Trigger = WorkflowDefinition["triggers"][number];

function onWrite(channel: string, nodeId: string, config: object = {}): Trigger {
  return { id: `on-${channel}-${nodeId}`, type: "channel-write", nodeId, config: { channel, ...config } };
}

function write(id: string, channelName: string, value: unknown = id): WorkflowNode {
  return node(id, "core.channelWrite", { config: { channelName, value } });
}

function drive(
  nodes: WorkflowNode[],
  edges: WorkflowEdge[],
  triggers: Trigger[],
  rest: Partial<WorkflowDefinition> = {},
) {
  const driver = new Driver(workflow(nodes, edges, { triggers, ...rest })).begin();
  while (driver.fireNext());
  return driver;
}

function starts(driver: Driver, nodeId: string): number {
  return driver.log.filter((event) => event.type === "node.started" && event.nodeId === nodeId).length;
}

function firings(driver: Driver) {
  return driver.log.filter((event) => event.type === "parley.trigger.fired");
}

describe("a channel-write trigger (runs.md §11.5)", () => {
  it("starts its node once per write, with the write as input", () => {
    const nodes = [write("a", "c"), write("b", "c"), node("seen", "core.identity")];
    const driver = drive(nodes, [edge("a", "b")], [onWrite("c", "seen")]);
    assert.equal(driver.state.phase, "completed");
    assert.equal(starts(driver, "seen"), 2);
    assert.deepEqual(driver.state.variables.get("input"), { triggerId: "on-c-seen", channel: "c", value: "b" });
    const writes = driver.log.filter((event) => event.type === "channel.written");
    assert.deepEqual(
      firings(driver).map((event) => event.causationId),
      writes.map((event) => event.eventId),
    );
  });

  it("does not start its node before a write, or without one", () => {
    const driver = drive([node("a"), node("seen")], [], [onWrite("c", "seen")]);
    assert.equal(driver.state.phase, "completed");
    assert.equal(starts(driver, "seen"), 0);
  });

  it("looks at its own channel only", () => {
    const driver = drive([write("a", "other"), node("seen")], [], [onWrite("c", "seen")]);
    assert.equal(starts(driver, "seen"), 0);
  });

  for (const { onlyFrom, fires } of [
    { onlyFrom: "any", fires: 1 },
    { onlyFrom: "parent", fires: 1 },
    { onlyFrom: "child", fires: 0 },
  ]) {
    it(`with onlyFrom ${onlyFrom} fires ${fires} times for a write of this engine`, () => {
      const driver = drive([write("a", "c"), node("seen")], [], [onWrite("c", "seen", { onlyFrom })]);
      assert.equal(starts(driver, "seen"), fires);
    });
  }

  it("runs again what follows its node, and nothing else", () => {
    const nodes = [write("a", "c"), write("b", "c"), node("seen"), node("after"), node("beside")];
    const driver = drive(nodes, [edge("a", "b"), edge("seen", "after"), edge("a", "beside")], [onWrite("c", "seen")]);
    assert.deepEqual(
      ["seen", "after", "beside"].map((id) => starts(driver, id)),
      [2, 2, 1],
    );
  });

  it("does not fire by what its node or a node behind it writes (G1)", () => {
    const nodes = [write("a", "c"), write("seen", "c"), write("after", "c")];
    const driver = drive(nodes, [edge("seen", "after")], [onWrite("c", "seen")]);
    assert.equal(driver.state.phase, "completed");
    assert.equal(firings(driver).length, 1);
  });

  for (const { settings, limit } of [
    { settings: {}, limit: 5 },
    { settings: { maxLoopbackIterations: 2 }, limit: 2 },
  ]) {
    it(`ends a circle of triggers after ${limit} firings, and says so`, () => {
      const nodes = [write("a", "ping"), write("x", "pong"), write("y", "ping")];
      const driver = drive(nodes, [], [onWrite("ping", "x"), onWrite("pong", "y")], { settings });
      assert.equal(driver.state.phase, "completed");
      assert.equal(firings(driver).length, limit);
      const told = driver.log.filter((event) => event.type === "workflow.loopback-limit");
      assert.deepEqual(
        told.map(({ payload }) => [payload.iterations, payload.limit]),
        [[limit, limit]],
      );
    });
  }

  it("does not take many writes of ordinary nodes for a circle", () => {
    const writers = Array.from({ length: 8 }, (_, at) => write(`w${at}`, "c"));
    const driver = drive([...writers, node("seen")], [], [onWrite("c", "seen")]);
    assert.equal(starts(driver, "seen"), 8);
    assert.ok(!driver.types.includes("workflow.loopback-limit"));
  });

  it("waits until what it started before is at rest (G3)", () => {
    const nodes = [write("a", "c"), write("b", "c"), node("seen"), node("slow", "core.delay", { config: { ms: 50 } })];
    const driver = new Driver(
      workflow(nodes, [edge("a", "b"), edge("seen", "slow")], { triggers: [onWrite("c", "seen")] }),
    );
    driver.begin();
    assert.equal(starts(driver, "seen"), 1, "the second waits for the sleep");
    driver.fireNext();
    assert.equal(starts(driver, "seen"), 2);
    driver.fireNext();
    assert.equal(driver.state.phase, "completed");
    assert.equal(starts(driver, "slow"), 2);
  });

  it("makes an effect of a later firing another effect", () => {
    const nodes = [write("a", "c"), write("b", "c"), node("seen", "test.effect")];
    const driver = new Driver(workflow(nodes, [edge("a", "b")], { triggers: [onWrite("c", "seen")] })).begin();
    const [first] = driver.effects.keys();
    driver.settle("seen", { outcome: "done", value: { n: 1 } });
    const [second] = driver.effects.keys();
    assert.ok(second !== undefined && second !== first);
    driver.settle("seen", { outcome: "done", value: { n: 2 } });
    assert.equal(driver.state.phase, "completed");
  });

  it("waits for quiet when it is to: one start for all the writes within, by a timer of its own", () => {
    const nodes = [
      write("a", "c"),
      node("d1", "core.delay", { config: { ms: 30 } }),
      write("b", "c"),
      node("seen", "core.identity"),
    ];
    const edges = [edge("a", "d1"), edge("d1", "b")];
    const driver = new Driver(workflow(nodes, edges, { triggers: [onWrite("c", "seen", { debounceMs: 50 })] })).begin();
    assert.deepEqual(driver.timers.get("channel-trigger:on-c-seen")?.dueMs, 1_050);
    driver.fireNext();
    assert.deepEqual(driver.timers.get("channel-trigger:on-c-seen")?.dueMs, 1_080, "the second write moves it");
    assert.equal(driver.state.phase, "running", "a run does not end while a trigger waits");
    driver.fireNext();
    assert.equal(driver.nowMs, 1_080);
    assert.equal(starts(driver, "seen"), 1);
    assert.deepEqual(driver.state.variables.get("input"), { triggerId: "on-c-seen", channel: "c", value: "b" });
    assert.equal(driver.state.phase, "completed");
  });

  it("that is switched off never fires, and its node does not start by itself", () => {
    const driver = drive([write("a", "c"), node("seen")], [], [{ ...onWrite("c", "seen"), enabled: false }]);
    assert.deepEqual([starts(driver, "seen"), firings(driver).length, driver.state.phase], [0, 0, "completed"]);
  });

  it("folds to the same state from every prefix of its log (V2)", () => {
    const nodes = [
      write("a", "ping"),
      write("x", "pong"),
      write("y", "ping"),
      node("z", "core.delay", { config: { ms: 5 } }),
    ];
    const triggers = [onWrite("ping", "x"), onWrite("pong", "y", { debounceMs: 20 })];
    const driver = drive(nodes, [edge("x", "z")], triggers);
    assert.equal(driver.state.phase, "completed");
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events)), state);
    }
  });
});

describe("a fork of a run with triggers and channels", () => {
  const nodes = [
    write("a", "log"),
    node("pause", "core.delay", { config: { ms: 30 } }),
    write("b", "log"),
    node("seen", "core.identity"),
    node("slow", "core.delay", { config: { ms: 40 } }),
    write("count", "sum", 1),
  ];
  const edges = [edge("a", "pause"), edge("pause", "b"), edge("seen", "slow"), edge("slow", "count")];
  const channels = { log: { reducer: "append", ttlMs: 10 }, sum: { reducer: "counter" } };

  for (const debounceMs of [0, 20, 50]) {
    const source = drive(nodes, edges, [onWrite("log", "seen", { debounceMs })], { channels });

    it(`plays again from every point what happened (debounce ${debounceMs} ms)`, () => {
      assert.equal(source.state.phase, "completed");
      for (let fromSeq = 0; fromSeq < source.log.length; fromSeq += 1) {
        const fork = replay(source, fromSeq);
        assert.deepEqual(said(fork.log), said(source.log), `from ${fromSeq}`);
        assert.deepEqual(fork.state.channels, source.state.channels, `from ${fromSeq}`);
      }
    });

    it(`comes to an end as a branch from every point (debounce ${debounceMs} ms)`, () => {
      for (let fromSeq = 1; fromSeq < source.log.length; fromSeq += 1) {
        const fork = branch(source, fromSeq);
        while (fork.fireNext());
        assert.equal(fork.state.phase, "completed", `from ${fromSeq}`);
        // A node that had written and not completed begins again, and writes again. The quiet that a long debounce
        // waits for is over when the branch begins.
        if (debounceMs > 30 || source.log[fromSeq - 1]?.type === "channel.written") continue;
        assert.equal(fork.state.channels.get("sum"), source.state.channels.get("sum"), `from ${fromSeq}`);
      }
    });
  }

  it("plays a run again that was cancelled while a trigger waited", () => {
    const triggers = [onWrite("log", "seen", { debounceMs: 500 })];
    const source = new Driver(workflow([write("a", "log"), node("seen")], [], { triggers })).begin();
    const fork = replay(source);
    assert.equal(fork.state.phase, "completed");
    assert.ok(fork.log.some(({ type }) => type === "parley.trigger.fired"));
  });
});
