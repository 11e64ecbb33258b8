// Ways back: a gate sends its artifact back to whoever made it (interrupts-conversations.md §10, docs/adr/0013).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkDefinition } from "#engine/definition.ts";
import { fold } from "#engine/evolve.ts";
import { loopbackEdgesOf } from "#engine/loopback-edges.ts";
import { initialState, statusOf } from "#engine/state.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { Driver, edge, environmentOf, node, workflow } from "./support.ts";

const actions = ["accept", "reject", "refine", "edit-accept", "ask"];
const gate = (config: JsonObject = {}) => node("gate", "core.approvalGate", { config: { actions, ...config } });
const draft = node("draft", "core.identity");
const publish = node("publish", "core.identity");
const whole = (text: string) => ({ scope: "whole", text });
const refine = (text: string) => ({ action: "refine", refineFeedback: whole(text) });

function loop(config: JsonObject = {}, rest: Partial<WorkflowDefinition> = {}) {
  const edges = [edge("draft", "gate", { sourceOutput: "input" }), edge("gate", "publish"), edge("gate", "draft")];
  return workflow([draft, gate(config), publish], edges, rest);
}

const offered = (driver: Driver) => driver.state.waiting.get("gate")?.data.actions;

describe("an edge back", () => {
  const simple = (typeId: string, config: JsonObject = {}) =>
    workflow([draft, node("gate", typeId, { config })], [edge("draft", "gate"), edge("gate", "draft")]);
  for (const [name, definition, expected] of [
    ["from a gate that refines", loop(), ["gate-draft"]],
    ["from a gate without actions of its own", simple("core.approvalGate"), ["gate-draft"]],
    ["from a gate that can only accept", simple("core.approvalGate", { actions: ["accept"] }), []],
    ["from any other node", simple("core.noop"), []],
    [
      "from each of two gates in a row",
      workflow(
        [node("s"), draft, gate(), node("second", "core.approvalGate")],
        [
          edge("s", "draft"),
          edge("draft", "gate"),
          edge("gate", "second"),
          edge("second", "draft"),
          edge("gate", "draft"),
        ],
      ),
      ["gate-draft", "second-draft"],
    ],
    ["to the gate itself", workflow([gate()], [edge("gate", "gate")]), ["gate-gate"]],
    ["of a gate that leads only forward", workflow([gate(), publish], [edge("gate", "publish")]), []],
  ] as const) {
    it(`${name}: ${expected.length > 0 ? "a way back" : "none"}`, () => {
      assert.deepEqual([...loopbackEdgesOf(definition, new Set())].sort(), [...expected]);
    });
  }

  it("of a gate is no cycle; that of another node is", () => {
    assert.deepEqual(checkDefinition(environmentOf(), loop(), false), []);
    const [problem] = checkDefinition(environmentOf(), simple("core.noop"), false);
    assert.equal(problem?.reason, "cycle_detected");
  });
});

describe("refining", () => {
  it("runs the producer again with the feedback as an input, and asks anew", () => {
    const driver = new Driver(loop()).begin();
    const first = driver.state.waiting.get("gate");
    driver.answer("gate", refine("shorter"));
    assert.deepEqual(driver.state.nodes.get("draft")?.outputs?.feedback, whole("shorter"));
    const second = driver.state.waiting.get("gate");
    assert.equal(first?.key, "run_1:gate:0");
    assert.equal(second?.key, "run_1:gate:1");
    assert.notEqual(second?.interruptId, first?.interruptId);
    assert.equal(statusOf(driver.state), "waiting-approval");
    assert.equal(driver.state.nodes.has("publish"), false);
    driver.answer("gate", { action: "accept" });
    assert.equal(driver.state.phase, "completed");
  });

  it("writes what happened in order", () => {
    const driver = new Driver(loop()).begin();
    const from = driver.log.length;
    driver.answer("gate", refine("shorter"));
    const types = driver.types.slice(from).filter((type) => type !== "variable.changed");
    assert.deepEqual(types, [
      "approval.received",
      "interrupt.resolved",
      "node.resumed",
      "channel.written",
      "parley.loopback.taken",
      "node.started",
      "node.completed",
      "node.started",
      "node.suspended",
      "interrupt.requested",
      "approval.requested",
    ]);
    const { channel, reducer, value } = driver.log.find(({ type }) => type === "channel.written")?.payload ?? {};
    const { feedback, iteration } = value as JsonObject;
    assert.deepEqual([channel, reducer, feedback, iteration], ["feedback:gate", "feedback", whole("shorter"), 1]);
  });

  it("writes to the declared channel feedback where there is one", () => {
    const driver = new Driver(loop({}, { channels: { feedback: { reducer: "feedback" } } })).begin();
    driver.answer("gate", refine("a"));
    driver.answer("gate", refine("b"));
    const entries = driver.state.channels.get("feedback") as JsonObject[];
    assert.deepEqual(
      entries.map(({ feedback, iteration }) => [feedback, iteration]),
      [
        [whole("a"), 1],
        [whole("b"), 2],
      ],
    );
  });

  it("begins with no votes, also where some were cast", () => {
    const driver = new Driver(loop({ requiredApprovals: 2, actions: ["accept", "reject", "refine"] })).begin();
    driver.answer("gate", { action: "accept" }, "anna");
    assert.equal(driver.state.waiting.get("gate")?.votes.length, 1);
    driver.answer("gate", refine("no"), "bert");
    assert.deepEqual(driver.state.waiting.get("gate")?.votes, []);
    driver.answer("gate", { action: "accept" }, "bert");
    assert.equal(statusOf(driver.state), "waiting-approval");
    driver.answer("gate", { action: "accept" }, "anna");
    assert.equal(driver.state.phase, "completed");
  });

  it("ends after the limit: the limit is told, and only exits are offered", () => {
    const driver = new Driver(loop({}, { settings: { maxLoopbackIterations: 2 } })).begin();
    for (const text of ["a", "b"]) {
      assert.deepEqual(offered(driver), actions);
      driver.answer("gate", refine(text));
    }
    const limit = driver.log.find(({ type }) => type === "workflow.loopback-limit");
    assert.deepEqual(limit?.payload, { nodeId: "gate", iterations: 2, limit: 2 });
    assert.deepEqual(offered(driver), ["accept", "reject", "edit-accept"]);
    driver.answer("gate", { action: "accept" });
    assert.equal(driver.state.phase, "completed");
  });

  it("is bounded by five where the workflow says nothing", () => {
    const driver = new Driver(loop()).begin();
    let times = 0;
    for (; (offered(driver) as string[]).includes("refine"); times += 1) driver.answer("gate", refine("again"));
    assert.equal(times, 5);
  });

  it("is not offered by a gate without a way back", () => {
    const driver = new Driver(workflow([gate(), publish], [edge("gate", "publish")])).begin();
    assert.deepEqual(offered(driver), ["accept", "reject", "edit-accept", "ask"]);
  });

  it("runs only what lies between again", () => {
    const nodes = [draft, node("check"), node("aside"), gate()];
    const edges = [edge("draft", "check"), edge("draft", "aside"), edge("check", "gate"), edge("gate", "draft")];
    const driver = new Driver(workflow(nodes, edges)).begin();
    driver.answer("gate", refine("again"));
    const starts = (nodeId: string) =>
      driver.log.filter((e) => e.type === "node.started" && e.nodeId === nodeId).length;
    assert.deepEqual(["draft", "check", "aside", "gate"].map(starts), [2, 2, 1, 2]);
  });

  it("makes another effect of what the producer does the second time", () => {
    const nodes = [node("draft", "test.effect"), gate()];
    const driver = new Driver(workflow(nodes, [edge("draft", "gate"), edge("gate", "draft")])).begin();
    const [first] = driver.effects.keys();
    driver.settle("draft", { outcome: "done", value: { text: "one" } });
    driver.answer("gate", refine("again"));
    const [second] = driver.effects.keys();
    assert.ok(first && second);
    assert.notEqual(first, second);
    driver.settle("draft", { outcome: "done", value: { text: "two" } });
    assert.deepEqual(driver.state.waiting.get("gate")?.data.artifactData, { text: "two" });
  });

  it("folds to the same state from any prefix", () => {
    const driver = new Driver(loop()).begin();
    driver.answer("gate", refine("a"));
    driver.answer("gate", refine("b"));
    driver.answer("gate", { action: "accept" });
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events)), state);
    }
  });
});

describe("rejecting", () => {
  it("goes back where the way back asks for it", () => {
    const condition = { type: "equals", left: "output.action", right: "reject" } as const;
    const nodes = [draft, gate({ actions: ["accept", "reject"] })];
    const driver = new Driver(workflow(nodes, [edge("draft", "gate"), edge("gate", "draft", { condition })])).begin();
    driver.answer("gate", { action: "reject", feedback: "not like this" });
    assert.deepEqual(driver.state.nodes.get("draft")?.outputs?.feedback, whole("not like this"));
    assert.equal(statusOf(driver.state), "waiting-approval");
  });

  it("goes back along a plain way of a gate that knows nothing milder", () => {
    const driver = new Driver(loop({ actions: ["accept", "reject"] })).begin();
    driver.answer("gate", { action: "reject" });
    assert.equal(statusOf(driver.state), "waiting-approval");
  });

  it("fails where the way back is for refining", () => {
    const driver = new Driver(loop()).begin();
    driver.answer("gate", { action: "reject" });
    assert.equal(driver.state.error?.code, "approval_rejected");
  });

  it("fails when the limit is reached", () => {
    const definition = loop({ actions: ["accept", "reject"] }, { settings: { maxLoopbackIterations: 1 } });
    const driver = new Driver(definition).begin();
    driver.answer("gate", { action: "reject" });
    driver.answer("gate", { action: "reject" });
    assert.equal(driver.state.error?.code, "approval_rejected");
  });

  it("by the clock never goes back", () => {
    const driver = new Driver(loop({ actions: ["accept", "reject"], timeoutMs: 10 })).begin();
    driver.fireNext();
    assert.equal(driver.state.error?.code, "approval_rejected");
  });
});

describe("a timer of the question before", () => {
  it("does not end the next one early, and that keeps its own", () => {
    const driver = new Driver(loop({ timeoutMs: 1_000 })).begin();
    driver.nowMs += 900;
    driver.answer("gate", refine("again"));
    driver.nowMs += 200;
    driver.give({ type: "fireTimer", purpose: "interrupt-timeout", nodeId: "gate", attempt: 0 });
    assert.equal(statusOf(driver.state), "waiting-approval");
    assert.equal(driver.timers.get("interrupt-timeout:gate")?.dueMs, 1_000 + 900 + 1_000);
  });
});

describe("an artifact that is still being worked on elsewhere", () => {
  it("is given up when it is sent back", () => {
    const slow = node("slow", "core.delay", { config: { ms: 50 } });
    const edges = [
      edge("draft", "gate", { triggerRule: "any_success" }),
      edge("draft", "slow"),
      edge("slow", "gate", { triggerRule: "any_success" }),
      edge("gate", "draft"),
    ];
    const driver = new Driver(workflow([draft, slow, gate()], edges)).begin();
    driver.answer("gate", refine("again"));
    const cancelled = driver.log.find(({ type }) => type === "node.cancelled");
    assert.deepEqual(cancelled?.payload, { nodeId: "slow", reason: "sent-back" });
    assert.equal(driver.state.nodes.get("slow")?.status, "running");
    assert.equal(driver.state.busy, 1);
  });
});
