// The plain nodes of the engine, and what the snapshot tells of a run (runs.md §6.1, §10).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LoggedEvent } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";
import { chained, logged, run } from "./channel-support.ts";
import { end, loopOf, next } from "./children-support.ts";

const host = useDaemon();
const fixed = (value: unknown) => ({ type: "static", value });
const outputsOf = (log: readonly LoggedEvent[], nodeId: string) =>
  logged(log, "node.completed").find((event) => event.nodeId === nodeId)?.payload.outputs;

describe("the node", () => {
  it("core.noop completes at once and brings nothing", async () => {
    const nodes = [{ id: "a", typeId: "core.noop", config: { nondeterministic: true, phase4Probe: 1 } }];
    const { status, log } = await run(host.client, workflow("conformance-plain-noop", { nodes }));
    assert.equal(status, "completed");
    assert.deepEqual(outputsOf(log, "a"), {});
  });

  it("core.identity hands on each port under its name, and makes variables of them", async () => {
    const ports = { one: fixed({ a: 1 }), two: fixed(["b"]) };
    const nodes = [{ id: "a", typeId: "core.identity", inputs: ports }];
    const { log, snapshot } = await run(host.client, workflow("conformance-plain-identity", { nodes }));
    assert.deepEqual(outputsOf(log, "a"), { one: { a: 1 }, two: ["b"] });
    assert.deepEqual(snapshot.variables, { one: { a: 1 }, two: ["b"] });
    assert.ok(!log.some(({ type }) => type.startsWith("agent.")));
  });

  for (const config of [{ delayMs: 20 }, { durationMs: 20 }, { ms: 20 }]) {
    it(`core.delay takes ${Object.keys(config)}, answers waitedMs, and lets the run's input win`, async () => {
      const definition = workflow(`conformance-plain-delay-${Object.keys(config)[0]?.toLowerCase()}`, {
        nodes: [{ id: "a", typeId: "core.delay", config }],
      });
      const first = await run(host.client, definition);
      assert.equal(outputsOf(first.log, "a").waitedMs, 20);
      const second = await run(host.client, definition, { delayMs: 1 });
      assert.equal(outputsOf(second.log, "a").waitedMs, 1);
    });
  }

  it("core.fail fails with the code and message of its config", async () => {
    const nodes = [{ id: "a", typeId: "core.fail", config: { code: "own_code", message: "Own words." } }];
    const { status, snapshot, log } = await run(host.client, workflow("conformance-plain-fail", { nodes }));
    assert.equal(status, "failed");
    assert.deepEqual(snapshot.error, { code: "own_code", message: "Own words." });
    assert.deepEqual(logged(log, "node.failed")[0]?.payload.error.code, "own_code");
  });

  it("core.setVariable tells what was and what is; core.getVariable reads it", async () => {
    const set = (id: string, value: unknown) => ({ id, typeId: "core.setVariable", config: { name: "v", value } });
    const read = { id: "c", typeId: "core.getVariable", config: { name: "v" } };
    const { log, snapshot } = await run(
      host.client,
      chained("conformance-plain-variables", [set("a", 1), set("b", { two: 2 }), read]),
    );
    const changes = logged(log, "variable.changed");
    assert.deepEqual(
      changes.map(({ nodeId, payload }) => [nodeId, payload.name, payload.previous, payload.next]),
      [
        ["a", "v", undefined, 1],
        ["b", "v", 1, { two: 2 }],
      ],
    );
    assert.deepEqual(outputsOf(log, "c").value, { two: 2 });
    assert.deepEqual(snapshot.variables, { v: { two: 2 } });
  });

  it("core.conditional opens one way and closes the other", async () => {
    const definition = workflow("conformance-plain-conditional", {
      nodes: [
        { id: "if", typeId: "core.conditional", config: { path: "input.amount", op: "gt", value: 100 } },
        { id: "big", typeId: "core.noop" },
        { id: "small", typeId: "core.noop" },
      ],
      edges: [
        { from: "if", to: "big", sourceOutput: "then" },
        { from: "if", to: "small", sourceOutput: "else" },
      ],
    });
    for (const [amount, big, small] of [
      [500, "completed", "skipped"],
      [5, "skipped", "completed"],
    ]) {
      const { nodeStates } = (await run(host.client, definition, { amount })).snapshot;
      assert.deepEqual([nodeStates.big.status, nodeStates.small.status], [big, small]);
    }
  });

  it("core.start and core.end hand on what comes in", async () => {
    const nodes = [
      { id: "a", typeId: "core.start" },
      { id: "b", typeId: "core.end" },
    ];
    const { log } = await run(host.client, chained("conformance-plain-ends", nodes), { x: 1 });
    assert.deepEqual(outputsOf(log, "b"), { output: { x: 1 } });
  });

  it("core.dispatch that is told to terminate completes the run and cancels what is in flight", async () => {
    const loop = loopOf("conformance-terminated", [next("conformance-noop"), end]);
    const beside = workflow("unused", {
      nodes: [{ id: "beside", typeId: "core.delay", config: { delayMs: 60_000 } }],
    }).nodes;
    const { status, log } = await run(host.client, { ...loop, nodes: [...loop.nodes, ...beside] } as typeof loop);
    assert.equal(status, "completed");
    assert.deepEqual(
      logged(log, "node.cancelled").map(({ nodeId }) => nodeId),
      ["beside"],
    );
    assert.equal(log.at(-1)?.payload.reason, "goal-reached");
  });
});

describe("a snapshot", () => {
  it("tells of each node its status, attempts, times and error", async () => {
    const definition = workflow("conformance-node-states", {
      nodes: [
        { id: "done", typeId: "core.noop" },
        { id: "broken", typeId: "core.fail" },
        { id: "never", typeId: "core.noop" },
        { id: "ask", typeId: "core.approvalGate" },
      ],
      edges: [{ from: "broken", to: "never" }],
    });
    await host.client.register(definition);
    const runId = await host.client.createRun(definition.id);
    await host.client.settled(runId);
    const { nodeStates, startedAt } = await host.client.snapshot(runId);
    const shown = Object.fromEntries(
      (Object.entries(nodeStates) as [string, { status: string; attempts?: number; error?: { code: string } }][]).map(
        ([id, { status, attempts, error }]) => [id, [status, attempts, error?.code]],
      ),
    );
    assert.deepEqual(shown.done, ["completed", 1, undefined]);
    assert.deepEqual(shown.broken, ["failed", 1, "conformance_test_failure"]);
    assert.equal(shown.never?.[0], "skipped");
    assert.deepEqual(shown.ask, ["waiting", 1, undefined]);
    const { startedAt: began, completedAt: ended } = nodeStates.done;
    assert.ok(Date.parse(startedAt) <= Date.parse(began) && Date.parse(began) <= Date.parse(ended));
    assert.equal(nodeStates.ask.completedAt, undefined);
    await host.client.post(`/v1/runs/${runId}/cancel`);
  });

  it("of a run that called no model has no cost, and not a cost of zero", async () => {
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    assert.equal((await host.client.snapshot(runId)).metrics?.openwopCost, undefined);
  });

  it("has an error with a code and a message only where the run failed", async () => {
    const runId = await host.client.createRun("conformance-failure");
    await host.client.ended(runId);
    const { error } = await host.client.snapshot(runId);
    assert.deepEqual(
      Object.keys(error)
        .filter((name) => name !== "details")
        .sort(),
      ["code", "message"],
    );
    const fine = await host.client.createRun("conformance-noop");
    await host.client.ended(fine);
    assert.ok(!("error" in (await host.client.snapshot(fine))));
  });
});
