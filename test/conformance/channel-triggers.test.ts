// Channel-write triggers as a client sees them (runs.md §11.5).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, Client, type LoggedEvent } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";
import { logged, run, write } from "./channel-support.ts";

describe("a channel-write trigger", () => {
  const host = useDaemon();
  const onWrite = (channel: string, nodeId: string, config: object = {}) => ({
    id: `on-${channel}-${nodeId}`,
    type: "channel-write",
    nodeId,
    config: { channel, ...config },
  });
  const starts = (log: LoggedEvent[], nodeId: string) =>
    logged(log, "node.started").filter((event) => event.nodeId === nodeId).length;

  it("starts its node in the same run, once per write, after the write", async () => {
    const nodes = [write("a", "c", 1), write("b", "c", 2), { id: "seen", typeId: "core.identity" }];
    const triggers = [onWrite("c", "seen")];
    const definition = workflow("channel-trigger", { nodes, edges: [{ from: "a", to: "b" }], triggers });
    const { status, snapshot, log } = await run(host.client, definition);
    assert.equal(status, "completed");
    assert.equal(starts(log, "seen"), 2);
    assert.deepEqual(snapshot.variables.input, { triggerId: "on-c-seen", channel: "c", value: 2 });
    const first = log.findIndex((event) => event.type === "node.started" && event.nodeId === "seen");
    assert.ok(first > log.findIndex((event) => event.type === "channel.written"));
  });

  it("does not fire by what it started, nor by what follows that", async () => {
    const nodes = [write("a", "c", 1), write("seen", "c", 2), write("after", "c", 3)];
    const definition = workflow("channel-trigger-self", {
      nodes,
      edges: [{ from: "seen", to: "after" }],
      triggers: [onWrite("c", "seen")],
    });
    const { status, snapshot, log } = await run(host.client, definition);
    assert.equal(status, "completed");
    assert.deepEqual([starts(log, "seen"), starts(log, "after")], [1, 1]);
    assert.deepEqual(snapshot.variables.c, [1, 2, 3]);
  });

  it("that goes round with another ends at maxLoopbackIterations", async () => {
    const definition = workflow("channel-trigger-circle", {
      nodes: [write("a", "ping", 1), write("x", "pong", 1), write("y", "ping", 1)],
      triggers: [onWrite("ping", "x"), onWrite("pong", "y")],
      settings: { maxLoopbackIterations: 3 },
    });
    const { status, log } = await run(host.client, definition);
    assert.equal(status, "completed");
    assert.equal(starts(log, "x") + starts(log, "y"), 3);
    assert.deepEqual(
      logged(log, "workflow.loopback-limit").map(({ payload }) => payload),
      [{ nodeId: "y", iterations: 3, limit: 3 }],
    );
  });

  it("that waits for quiet survives a killed daemon, and fires once", { skip: needsOwnDaemon() }, async () => {
    const first = await startDaemon();
    let second: Daemon | undefined;
    try {
      const before = new Client(first.url, first.key);
      const nodes = [write("a", "c", 1), write("b", "c", 2), { id: "seen", typeId: "core.identity" }];
      const triggers = [onWrite("c", "seen", { debounceMs: 1_500 })];
      const definition = workflow("channel-trigger-quiet", { nodes, edges: [{ from: "a", to: "b" }], triggers });
      await before.register(definition);
      const runId = await before.createRun(definition.id);
      await first.kill();
      second = await startDaemon({ home: first.home });
      const client = new Client(second.url, second.key);
      assert.equal(await client.ended(runId, 10_000), "completed");
      const log = await client.log(runId);
      assert.equal(starts(log, "seen"), 1);
      const last = Date.parse(String(logged(log, "channel.written").at(-1)?.timestamp));
      const fired = Date.parse(String(logged(log, "parley.trigger.fired")[0]?.timestamp));
      assert.ok(fired - last >= 1_500, `it waited ${fired - last} ms`);
    } finally {
      await second?.dispose();
      await first.dispose();
    }
  });

  for (const { name, trigger, edges, field } of [
    { name: "no node", trigger: { config: { channel: "c" } }, field: /^triggers\[0\]\.nodeId$/ },
    { name: "an unknown node", trigger: { nodeId: "x", config: { channel: "c" } }, field: /^triggers\[0\]\.nodeId$/ },
    {
      name: "a node that edges lead to",
      trigger: { nodeId: "b", config: { channel: "c" } },
      edges: [{ from: "a", to: "b" }],
      field: /^triggers\[0\]\.nodeId$/,
    },
    { name: "no channel", trigger: { nodeId: "b", config: {} }, field: /^triggers\[0\]\.config/ },
    {
      name: "an unknown origin",
      trigger: { nodeId: "b", config: { channel: "c", onlyFrom: "me" } },
      field: /onlyFrom/,
    },
    {
      name: "a negative wait",
      trigger: { nodeId: "b", config: { channel: "c", debounceMs: -1 } },
      field: /debounceMs/,
    },
    {
      name: "a wait over a minute",
      trigger: { nodeId: "b", config: { channel: "c", debounceMs: 60_001 } },
      field: /debounceMs/,
    },
  ]) {
    it(`with ${name} is refused`, async () => {
      const nodes = ["a", "b"].map((id) => ({ id, typeId: "core.noop" }));
      const triggers = [{ id: "t", type: "channel-write", ...trigger }];
      const document = workflow("channel-trigger-bad", { nodes, triggers, ...(edges && { edges }) });
      const details = assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
      assert.match(String(details.field), field);
    });
  }
});
