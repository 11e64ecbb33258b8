import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { topologicalOrder } from "#engine/graph.ts";
import { judge, type Readiness } from "#engine/readiness.ts";
import type { TriggerRule } from "#protocol/workflows.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

describe("the trigger rules (runs.md §5.3)", () => {
  // [completed, failed, skipped, pending] of the sources → verdict per rule
  const cases: [string, number[], Record<TriggerRule, Readiness>][] = [
    ["nothing has ended", [0, 0, 0, 2], v("wait", "wait", "wait", "wait", "wait")],
    ["one of two completed", [1, 0, 0, 1], v("wait", "run", "wait", "wait", "wait")],
    ["one of two failed", [0, 1, 0, 1], v("wait", "wait", "wait", "skip", "run")],
    ["both completed", [2, 0, 0, 0], v("run", "run", "run", "run", "skip")],
    ["one completed, one failed", [1, 1, 0, 0], v("skip", "run", "run", "skip", "run")],
    ["one completed, one skipped", [1, 0, 1, 0], v("run", "run", "run", "run", "skip")],
    ["both failed", [0, 2, 0, 0], v("skip", "skip", "run", "skip", "run")],
    ["both skipped", [0, 0, 2, 0], v("skip", "skip", "run", "run", "skip")],
  ];

  function v(...verdicts: [Readiness, Readiness, Readiness, Readiness, Readiness]): Record<TriggerRule, Readiness> {
    const [all_success, any_success, all_complete, none_failed, any_failed] = verdicts;
    return { all_success, any_success, all_complete, none_failed, any_failed };
  }

  for (const [name, [completed = 0, failed = 0, skipped = 0, pending = 0], verdicts] of cases) {
    for (const [rule, verdict] of Object.entries(verdicts)) {
      it(`${name}: ${rule} says ${verdict}`, () => {
        assert.equal(judge(rule as TriggerRule, { completed, failed, skipped, pending }), verdict);
      });
    }
  }

  it("takes the rule of the edge with the lowest id when edges disagree", () => {
    const nodes = [node("a"), node("b", "core.fail"), node("c")];
    const edges = [
      edge("a", "c", { id: "e2", triggerRule: "all_success" }),
      edge("b", "c", { id: "e1", triggerRule: "all_complete" }),
    ];
    const driver = new Driver(workflow(nodes, edges)).begin();
    assert.equal(driver.state.nodes.get("c")?.status, "completed");
  });
});

describe("the order of nodes", () => {
  it("is topological, ties broken by node id", () => {
    const definition = workflow([node("z"), node("b"), node("a"), node("c")], [edge("z", "a"), edge("b", "c")]);
    assert.deepEqual(topologicalOrder(definition), ["b", "c", "z", "a"]);
  });

  it("does not exist for a cycle", () => {
    assert.equal(topologicalOrder(workflow([node("a"), node("b")], [edge("a", "b"), edge("b", "a")])), undefined);
  });

  it("is the order of events of a chain", () => {
    const driver = new Driver(workflow([node("c"), node("b"), node("a")], [edge("a", "b"), edge("b", "c")])).begin();
    const completed = driver.log.filter((event) => event.type === "node.completed").map((event) => event.nodeId);
    assert.deepEqual(completed, ["a", "b", "c"]);
  });
});

describe("edges carry values", () => {
  const echo = (id: string, inputs = {}) => node(id, "core.identity", { inputs });

  it("from the source's port to the target's", () => {
    const nodes = [echo("a", { said: { type: "static", value: "hi" } }), echo("b")];
    const driver = new Driver(
      workflow(nodes, [edge("a", "b", { sourceOutput: "said", targetInput: "heard" })]),
    ).begin();
    assert.deepEqual(driver.state.nodes.get("b")?.outputs, { heard: "hi" });
  });

  it("but an explicit input wins over what an edge delivers", () => {
    const nodes = [
      echo("a", { output: { type: "static", value: 1 } }),
      echo("b", { input: { type: "static", value: 2 } }),
    ];
    const driver = new Driver(workflow(nodes, [edge("a", "b")])).begin();
    assert.deepEqual(driver.state.nodes.get("b")?.outputs, { input: 2 });
  });

  it("and a node without edges and ports sees the run's inputs", () => {
    const driver = new Driver(workflow([echo("a")]), startOf({ x: 1 })).begin();
    assert.deepEqual(driver.state.nodes.get("a")?.outputs, { input: { x: 1 } });
  });

  it("a connection to a port that is not there fails the node, unless it is optional", () => {
    const port = { type: "connection", nodeId: "a", outputKey: "nothing" } as const;
    const run = (optional: boolean) =>
      new Driver(workflow([node("a"), echo("b", { p: { ...port, optional } })], [edge("a", "b")])).begin().state;
    assert.equal(run(false).nodes.get("b")?.error?.code, "validation_error");
    assert.equal(run(true).nodes.get("b")?.status, "completed");
  });
});

describe("ways through the graph", () => {
  it("core.conditional opens one way and closes the other", () => {
    const nodes = [
      node("if", "core.conditional", { config: { path: "input.amount", op: "gt", value: 100 } }),
      node("big"),
      node("small"),
    ];
    const edges = [edge("if", "big", { sourceOutput: "then" }), edge("if", "small", { sourceOutput: "else" })];
    const way = (amount: number) => {
      const { nodes: states } = new Driver(workflow(nodes, edges), startOf({ amount })).begin().state;
      return [states.get("big")?.status, states.get("small")?.status];
    };
    assert.deepEqual(way(500), ["completed", "skipped"]);
    assert.deepEqual(way(5), ["skipped", "completed"]);
  });

  it("a failed branch with an any_failed rescue completes the run", () => {
    const nodes = [node("risky", "core.fail"), node("rescue")];
    const driver = new Driver(workflow(nodes, [edge("risky", "rescue", { triggerRule: "any_failed" })])).begin();
    assert.equal(driver.state.phase, "completed");
  });

  it("a failed end fails the run with the code of the node", () => {
    const driver = new Driver(workflow([node("a", "core.fail", { config: { code: "boom" } })])).begin();
    assert.equal(driver.state.phase, "failed");
    assert.equal(driver.state.error?.code, "boom");
    assert.deepEqual(driver.log.at(-1)?.payload.failedNodeId, "a");
  });

  it("a disabled node is skipped, and counts as skipped for what follows", () => {
    const nodes = [node("a", "core.noop", { disabled: true }), node("b")];
    const driver = new Driver(workflow(nodes, [edge("a", "b")])).begin();
    assert.equal(driver.state.nodes.get("b")?.status, "skipped");
  });

  it("core.merge appends what its edges bring, in edge order", () => {
    const say = (id: string, value: unknown) =>
      node(id, "core.identity", { inputs: { output: { type: "static", value } } });
    const nodes = [say("a", [1, 2]), say("b", 3), node("m", "core.merge")];
    const driver = new Driver(workflow(nodes, [edge("b", "m"), edge("a", "m")])).begin();
    assert.deepEqual(driver.state.nodes.get("m")?.outputs, { output: [1, 2, 3] });
  });
});
