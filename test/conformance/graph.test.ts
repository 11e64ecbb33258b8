// Ways through a graph: what a node gets, when it runs, and how the run ends (runs.md §5.1-§5.5).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoggedEvent } from "../support/client.ts";
import { type EdgeSpec, type NodeSpec, type WorkflowSpec, workflow } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";

const host = useDaemon();
let made = 0;

interface Outcome {
  status: string;
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests read whatever the wire carries
  snapshot: any;
  log: LoggedEvent[];
}

/** Registers a graph of its own name, runs it to its end and reads it. */
async function run(spec: WorkflowSpec, inputs: object = {}): Promise<Outcome> {
  made += 1;
  const definition = workflow(`conformance-graph-${made}`, spec);
  await host.client.register(definition);
  const runId = await host.client.createRun(definition.id, { inputs });
  const status = await host.client.ended(runId);
  return { status, snapshot: await host.client.snapshot(runId), log: await host.client.log(runId) };
}

const fixed = (value: unknown) => ({ type: "static", value });
const say = (id: string, value: unknown): NodeSpec => ({
  id,
  typeId: "core.identity",
  inputs: { output: fixed(value) },
});
const echo = (id: string, inputs: object = {}): NodeSpec => ({ id, typeId: "core.identity", inputs });
const noop = (id: string): NodeSpec => ({ id, typeId: "core.noop" });
const fails = (id: string): NodeSpec => ({ id, typeId: "core.fail", config: { code: "broken" } });
const outputsOf = (log: readonly LoggedEvent[], nodeId: string) =>
  log.find((event) => event.type === "node.completed" && event.nodeId === nodeId)?.payload.outputs;
const statusOf = ({ snapshot }: Outcome, nodeId: string) => snapshot.nodeStates[nodeId]?.status;

describe("a port", () => {
  it("of a constant, an expression, a connection and a variable gets what each of them says", async () => {
    const ports = {
      constant: fixed({ a: [1] }),
      expression: { type: "expression", expression: ".inputs.amount + .variables.extra" },
      connection: { type: "connection", nodeId: "first", outputKey: "output" },
      variable: { type: "variable", variableName: "extra" },
    };
    const { log } = await run(
      {
        nodes: [say("first", "said"), echo("last", ports)],
        edges: [{ from: "first", to: "last", sourceOutput: "none" }],
        variables: [{ name: "extra", type: "number", defaultValue: 2 }],
      },
      { amount: 40 },
    );
    const expected = { constant: { a: [1] }, expression: 42, connection: "said", variable: 2 };
    assert.deepEqual(outputsOf(log, "last"), expected);
  });

  it("of a variable gets what the caller said before the default", async () => {
    const variables = [{ name: "word", type: "string", defaultValue: "mine" }];
    const nodes = [echo("a", { said: { type: "variable", variableName: "word" } })];
    const { log } = await run({ nodes, variables }, { word: "yours" });
    assert.deepEqual(outputsOf(log, "a"), { said: "yours" });
  });

  for (const [what, port] of [
    ["connection", { type: "connection", nodeId: "a", outputKey: "nothing" }],
    ["variable", { type: "variable", variableName: "nothing" }],
  ] as const) {
    it(`of a missing ${what} fails the node, unless it is optional`, async () => {
      const graph = (optional: boolean) => ({
        nodes: [noop("a"), echo("b", { p: { ...port, optional } })],
        edges: [{ from: "a", to: "b" }],
      });
      const { status, snapshot, log } = await run(graph(false));
      assert.equal(status, "failed");
      assert.deepEqual([snapshot.error.code, snapshot.error.details.port], ["validation_error", "p"]);
      assert.equal(log.at(-1)?.payload.failedNodeId, "b");
      const lenient = await run(graph(true));
      assert.equal(lenient.status, "completed");
      assert.deepEqual(outputsOf(lenient.log, "b"), {});
    });
  }

  it("gets what an edge brings from the port it names, but an explicit input wins", async () => {
    const { log } = await run({
      nodes: [echo("a", { said: fixed("by edge") }), echo("b"), echo("c", { heard: fixed("by hand") })],
      edges: [
        { from: "a", to: "b", sourceOutput: "said", targetInput: "heard" },
        { from: "a", to: "c", sourceOutput: "said", targetInput: "heard" },
      ],
    });
    assert.deepEqual(outputsOf(log, "b"), { heard: "by edge" });
    assert.deepEqual(outputsOf(log, "c"), { heard: "by hand" });
  });

  it("called input takes what a port called output brings, when an edge names neither", async () => {
    const { log } = await run({ nodes: [say("a", 7), echo("b")], edges: [{ from: "a", to: "b" }] });
    assert.deepEqual(outputsOf(log, "b"), { input: 7 });
  });

  it("called input has the run's inputs in a node that nothing leads to", async () => {
    const { log } = await run({ nodes: [echo("a")] }, { x: 1, y: ["z"] });
    assert.deepEqual(outputsOf(log, "a"), { input: { x: 1, y: ["z"] } });
  });
});

describe("a trigger rule", () => {
  const sources = { completed: noop, failed: fails, skipped: (id: string) => ({ ...noop(id), disabled: true }) };
  type Source = keyof typeof sources;
  const table: [left: Source, right: Source, runs: Record<string, boolean>][] = [
    ["completed", "completed", rules(true, true, true, true, false)],
    ["completed", "failed", rules(false, true, true, false, true)],
    ["completed", "skipped", rules(true, true, true, true, false)],
    ["failed", "failed", rules(false, false, true, false, true)],
    ["failed", "skipped", rules(false, false, true, false, true)],
    ["skipped", "skipped", rules(false, false, true, true, false)],
  ];

  function rules(...runs: [boolean, boolean, boolean, boolean, boolean]): Record<string, boolean> {
    const [all_success, any_success, all_complete, none_failed, any_failed] = runs;
    return { all_success, any_success, all_complete, none_failed, any_failed };
  }

  for (const [left, right, runs] of table) {
    for (const [triggerRule, isRun] of Object.entries(runs)) {
      it(`${triggerRule} over ${left} and ${right} ${isRun ? "runs" : "skips"} its target`, async () => {
        const outcome = await run({
          nodes: [sources[left]("l"), sources[right]("r"), noop("target"), noop("other")],
          edges: ["l", "r"].map((from) => ({ from, to: "target", triggerRule })),
        });
        assert.equal(statusOf(outcome, "target"), isRun ? "completed" : "skipped");
        const events = outcome.log.filter(({ nodeId }) => nodeId === "target").map(({ type }) => type);
        assert.deepEqual(events, isRun ? ["node.started", "node.completed"] : ["node.skipped"]);
      });
    }
  }

  for (const { triggerRule, source } of [
    { triggerRule: "any_success", source: noop("quick") },
    { triggerRule: "any_failed", source: fails("quick") },
  ]) {
    it(`${triggerRule} does not wait for the others`, async () => {
      const { log } = await run({
        nodes: [source, { id: "slow", typeId: "core.delay", config: { delayMs: 80 } }, noop("target")],
        edges: ["quick", "slow"].map((from) => ({ from, to: "target", triggerRule })),
      });
      const at = (type: string, nodeId: string) => log.findIndex((one) => one.type === type && one.nodeId === nodeId);
      assert.ok(at("node.completed", "target") > 0);
      assert.ok(at("node.completed", "target") < at("node.completed", "slow"));
    });
  }

  it("is that of the edge with the lowest id, when edges of one target disagree", async () => {
    const between = (first: string, second: string): EdgeSpec[] => [
      { id: "e1", from: "l", to: "target", triggerRule: first },
      { id: "e2", from: "r", to: "target", triggerRule: second },
    ];
    const nodes = [noop("l"), fails("r"), noop("target")];
    const lenient = await run({ nodes, edges: between("all_complete", "all_success") });
    assert.equal(statusOf(lenient, "target"), "completed");
    const strict = await run({ nodes, edges: between("all_success", "all_complete") });
    assert.equal(statusOf(strict, "target"), "skipped");
  });
});

describe("a condition", () => {
  const value = { text: "the red fox", list: ["a", { b: 1 }], amount: 7, nothing: null };
  const taken = async (condition: object): Promise<boolean> => {
    const outcome = await run({
      nodes: [say("from", value), noop("to"), noop("always")],
      edges: [
        { from: "from", to: "to", condition },
        { from: "from", to: "always" },
      ],
    });
    assert.equal(outcome.status, "completed");
    return statusOf(outcome, "to") === "completed";
  };
  const on = (type: string, left: string, right: unknown) => ({ type, left, right });

  for (const { condition, holds } of [
    { condition: on("equals", "status", "completed"), holds: true },
    { condition: on("equals", "output.list", ["a", { b: 1 }]), holds: true },
    { condition: on("equals", "output.list", ["a", { b: 2 }]), holds: false },
    { condition: on("equals", "outputs.output.amount", 7), holds: true },
    { condition: on("equals", "output.amount", "7"), holds: false },
    { condition: on("notEquals", "output.amount", 8), holds: true },
    { condition: on("notEquals", "output.amount", 7), holds: false },
    { condition: on("contains", "output.text", "red"), holds: true },
    { condition: on("contains", "output.text", "blue"), holds: false },
    { condition: on("contains", "output.list", { b: 1 }), holds: true },
    { condition: on("contains", "output.amount", 7), holds: false },
    { condition: on("regex", "output.text", "^the (red|blue) \\w+$"), holds: true },
    { condition: on("regex", "output.text", "^THE"), holds: false },
    { condition: on("regex", "output.amount", "^7$"), holds: true },
    { condition: { type: "expression", expression: ".output.amount > 6" }, holds: true },
    { condition: { type: "expression", expression: '.status == "failed"' }, holds: false },
  ]) {
    it(`${JSON.stringify(condition)} is ${holds}`, async () => {
      assert.equal(await taken(condition), holds);
    });
  }

  it("that is false takes its edge away: without any other, its target is skipped", async () => {
    const never = { type: "equals", left: "output", right: "other" };
    const outcome = await run({
      nodes: [say("a", 1), say("b", 2), noop("none"), echo("one"), noop("after")],
      edges: [
        { from: "a", to: "none", condition: never },
        { from: "b", to: "none", condition: never },
        { from: "a", to: "one", condition: never },
        { from: "b", to: "one" },
        { from: "none", to: "after" },
      ],
    });
    assert.equal(statusOf(outcome, "none"), "skipped");
    assert.equal(statusOf(outcome, "after"), "skipped");
    assert.deepEqual(outputsOf(outcome.log, "one"), { input: 2 }, "nothing comes over the edge that is gone");
  });

  it("of a failed source sees that it failed", async () => {
    const outcome = await run({
      nodes: [fails("a"), noop("rescue"), noop("other")],
      edges: [
        { from: "a", to: "rescue", triggerRule: "any_failed", condition: on("equals", "status", "failed") },
        { from: "a", to: "other", triggerRule: "any_failed", condition: on("equals", "status", "completed") },
      ],
    });
    assert.deepEqual([statusOf(outcome, "rescue"), statusOf(outcome, "other")], ["completed", "skipped"]);
  });
});

describe("the order of a run", () => {
  it("is topological, ties broken by node id", async () => {
    const { log } = await run({
      nodes: ["z", "b", "a", "c"].map(noop),
      edges: [
        { from: "z", to: "a" },
        { from: "b", to: "c" },
      ],
    });
    const started = log.filter(({ type }) => type === "node.started").map(({ nodeId }) => nodeId);
    assert.deepEqual(started, ["b", "c", "z", "a"]);
  });

  it("is the same every time", async () => {
    const outline = async () =>
      (
        await run({
          nodes: ["e", "d", "c", "b", "a"].map(noop),
          edges: [
            { from: "e", to: "a" },
            { from: "d", to: "a" },
            { from: "c", to: "b" },
          ],
        })
      ).log.map(({ type, nodeId }) => [type, nodeId]);
    assert.deepEqual(await outline(), await outline());
  });
});

describe("a run", () => {
  it("fails when a node at the end of its graph failed, and names it", async () => {
    const { status, snapshot, log } = await run({ nodes: [noop("a"), fails("b")], edges: [] });
    assert.equal(status, "failed");
    assert.equal(snapshot.error.code, "broken");
    assert.equal(log.at(-1)?.payload.failedNodeId, "b");
  });

  it("fails when no node at the end of its graph completed", async () => {
    const never = { type: "equals", left: "status", right: "failed" };
    const { status } = await run({ nodes: [noop("a"), noop("b")], edges: [{ from: "a", to: "b", condition: never }] });
    assert.equal(status, "failed");
  });

  it("is rescued by a branch for failures that completes", async () => {
    const { status } = await run({
      nodes: [fails("risky"), noop("rescue")],
      edges: [{ from: "risky", to: "rescue", triggerRule: "any_failed" }],
    });
    assert.equal(status, "completed");
  });

  it("passes over a node that is disabled, which counts as skipped", async () => {
    const outcome = await run({
      nodes: [{ ...noop("off"), disabled: true }, noop("after"), noop("other")],
      edges: [{ from: "off", to: "after" }],
    });
    const skipped = outcome.log.filter(({ type }) => type === "node.skipped");
    assert.deepEqual(
      skipped.map(({ nodeId }) => nodeId),
      ["off", "after"],
    );
    assert.deepEqual(skipped[0]?.payload, { nodeId: "off", reason: "disabled" });
    assert.ok(!outcome.log.some(({ type, nodeId }) => type === "node.started" && nodeId === "off"));
    assert.equal(outcome.status, "completed");
  });

  it("ends as run_timeout when it takes longer than its workflow allows", async () => {
    const { status, snapshot, log } = await run({
      nodes: [{ id: "wait", typeId: "core.delay", config: { delayMs: 30_000 } }],
      settings: { timeout: 250 },
    });
    assert.equal(status, "failed");
    assert.equal(snapshot.error.code, "run_timeout");
    assert.ok(snapshot.error.details.elapsedMs >= 250);
    const { kind, limit, observed } = log.find(({ type }) => type === "cap.breached")?.payload ?? {};
    assert.deepEqual([kind, limit], ["run-duration", 250]);
    assert.ok(observed > limit);
  });
});

describe("a sensitive variable", () => {
  it("is masked in events, snapshots and streams; nodes read its value", async () => {
    const secret = "canary-of-a-variable-4711";
    const { snapshot, log } = await run(
      {
        nodes: [
          { id: "set", typeId: "core.setVariable", config: { name: "own", value: `${secret} too` } },
          echo("read", { copy: { type: "variable", variableName: "given" } }),
          noop("open"),
        ],
        edges: [
          { from: "set", to: "read" },
          {
            from: "read",
            to: "open",
            condition: { type: "equals", left: "outputs.copy", right: secret },
          },
        ],
        variables: [
          { name: "given", type: "string", sensitive: true },
          { name: "own", type: "string", sensitive: true },
        ],
      },
      { given: secret },
    );
    assert.equal(snapshot.nodeStates.open.status, "completed", "the value itself was compared");
    const frames = [];
    for (const mode of ["updates", "values", "debug"]) {
      frames.push(await (await host.client.events(snapshot.runId, `?streamMode=${mode}`)).all());
    }
    const seen = JSON.stringify([snapshot, log, frames]);
    assert.ok(!seen.includes(secret));
    assert.match(String(snapshot.variables.given), /REDACTED/);
    assert.match(String(log.find(({ type }) => type === "variable.changed")?.payload.next), /REDACTED/);
  });
});
