// What state channels refuse: writes, access, and definitions (runs.md §11.1 to §11.3).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { type NodeSpec, workflow } from "../support/definitions.ts";
import { useDaemon } from "../support/suite.ts";
import { chained, declared, logged, message, run, write } from "./channel-support.ts";

describe("a write that is refused", () => {
  const host = useDaemon();

  for (const { name, channel, value, before } of [
    { name: "a text to a counter", channel: { reducer: "counter" }, value: "1" },
    { name: "a list to merge", channel: { reducer: "merge" }, value: [1] },
    { name: "null to merge", channel: { reducer: "merge" }, value: null },
    { name: "a vote of nobody", channel: { reducer: "votes" }, value: { action: "accept" } },
    { name: "feedback that is no object", channel: { reducer: "feedback" }, value: "nice" },
    { name: "a message without id", channel: { reducer: "message" }, value: { role: "user", content: "a" } },
    {
      name: "a message of an unknown role",
      channel: { reducer: "message" },
      value: { ...message("m", "a"), role: "robot" },
    },
    {
      name: "more messages than maxSize",
      channel: { reducer: "message", maxSize: 1 },
      before: message("m1", "a"),
      value: message("m2", "b"),
    },
    { name: "more members than maxSize", channel: { reducer: "merge", maxSize: 1 }, before: { a: 1 }, value: { b: 1 } },
    { name: "a longer list than maxSize", channel: { reducer: "replace", maxSize: 1 }, value: [1, 2] },
    { name: "what does not fit the schema", channel: { reducer: "append", schema: { type: "number" } }, value: "a" },
    {
      name: "what makes the whole not fit the schema",
      channel: { reducer: "append", schema: { type: "array", items: { type: "number" } } },
      before: 1,
      value: "a",
    },
  ] as { name: string; channel: { reducer: string }; value: unknown; before?: unknown }[]) {
    it(`${name}: the node fails with validation_error, nothing is stored`, async () => {
      const nodes = [...(before === undefined ? [] : [write("w0", "box", before)]), write("w1", "box", value)];
      const id = `channel-refused-${name.replace(/[^a-z]+/gi, "-").toLowerCase()}`;
      const { status, snapshot, log, writes } = await run(host.client, chained(id, nodes, declared({ box: channel })));
      assert.equal(status, "failed");
      assert.equal(snapshot.error.code, "validation_error");
      assert.equal(snapshot.error.details.channel, "box");
      assert.equal(writes.length, before === undefined ? 0 : 1);
      assert.equal(logged(log, "node.failed")[0]?.nodeId, "w1");
    });
  }

  for (const { name, node } of [
    { name: "core.setVariable", node: { id: "v", typeId: "core.setVariable", config: { name: "box", value: 1 } } },
    {
      name: "core.identity",
      node: { id: "v", typeId: "core.identity", inputs: { box: { type: "static", value: 1 } } },
    },
  ]) {
    it(`to a declared channel through ${name} is validation_error`, async () => {
      const definition = workflow(`channel-as-variable-${name.split(".")[1]?.toLowerCase()}`, {
        nodes: [node],
        ...declared({ box: { reducer: "append" } }),
      });
      const { status, snapshot, log } = await run(host.client, definition);
      assert.equal(status, "failed");
      assert.equal(snapshot.error.code, "validation_error");
      assert.deepEqual(snapshot.channels, { box: [] });
      assert.deepEqual([...logged(log, "variable.changed"), ...logged(log, "channel.written")], []);
    });
  }
});

describe("access to a channel", () => {
  const host = useDaemon();
  const writer = { id: "w", typeId: "core.channelWrite" };
  const reader = { id: "r", typeId: "core.getVariable" };

  for (const { name, access, denied } of [
    { name: "public lets everybody in", access: "public" },
    { name: "private keeps everybody out", access: "private", denied: { node: writer, allowed: [] } },
    { name: "an empty object is open", access: {} },
    { name: "writers names a node", access: { writers: ["w"] } },
    { name: "writers names another node", access: { writers: ["x"] }, denied: { node: writer, allowed: ["x"] } },
    { name: "writers names the type", access: { writers: ["core.channelWrite"] } },
    { name: "writers names a family of types", access: { writers: ["core.*"] } },
    {
      name: "writers names another family",
      access: { writers: ["core.ai.*"] },
      denied: { node: writer, allowed: ["core.ai.*"] },
    },
    { name: "writers lets all in by a star", access: { writers: ["*"] } },
    { name: "no writers at all", access: { writers: [] }, denied: { node: writer, allowed: [] } },
    { name: "readers does not touch writing", access: { readers: ["r"] } },
    { name: "readers names another node", access: { readers: ["x"] }, denied: { node: reader, allowed: ["x"] } },
  ] as { name: string; access: unknown; denied?: { node: typeof writer; allowed: string[] } }[]) {
    it(name, async () => {
      const nodes = [write("w", "box", 1), { id: "r", typeId: "core.getVariable", config: { name: "box" } }];
      const id = `channel-access-${name.replace(/[^a-z]+/gi, "-").toLowerCase()}`;
      const { status, snapshot, log } = await run(
        host.client,
        chained(id, nodes, declared({ box: { reducer: "append", access } })),
      );
      if (!denied) {
        assert.equal(status, "completed");
        assert.deepEqual(logged(log, "node.completed").at(-1)?.payload.outputs.value, [1]);
        return;
      }
      assert.equal(status, "failed");
      assert.equal(snapshot.error.code, "channel_access_denied");
      assert.deepEqual(snapshot.error.details, {
        channel: "box",
        requestedBy: { nodeId: denied.node.id, typeId: denied.node.typeId },
        allowed: denied.allowed,
      });
    });
  }

  it("through a variable port is denied, too", async () => {
    const nodes = [
      write("w", "box", 1),
      { id: "r", typeId: "core.identity", inputs: { x: { type: "variable", variableName: "box" } } },
    ];
    const { snapshot } = await run(
      host.client,
      chained("channel-access-port", nodes, declared({ box: { reducer: "append", access: { readers: ["z"] } } })),
    );
    assert.equal(snapshot.error.code, "channel_access_denied");
    assert.equal(snapshot.error.details.port, "x");
  });

  it("that a node does not have leaves the channel out of its expressions", async () => {
    const port = (expression: string) => ({ type: "expression", expression });
    const inputs = { a: port(".variables.shut"), b: port(".variables.open") };
    const nodes = [write("w0", "shut", 1), write("w1", "open", 2), { id: "r", typeId: "core.identity", inputs }];
    const channels = { shut: { reducer: "counter", access: { readers: [] } }, open: { reducer: "counter" } };
    const { log } = await run(host.client, chained("channel-access-expression", nodes, declared(channels)));
    assert.deepEqual(logged(log, "node.completed").at(-1)?.payload.outputs, { a: null, b: 2 });
  });
});

describe("a definition with channels is refused", () => {
  const host = useDaemon();

  for (const { name, channels, nodes, variables, field } of [
    { name: "an unknown reducer", channels: { box: { reducer: "median" } }, field: /channels/ },
    { name: "no reducer", channels: { box: {} }, field: /channels/ },
    {
      name: "a reducer of a vendor",
      channels: { box: { reducer: "vendor.acme.sum" } },
      field: /^channels\.box\.reducer$/,
    },
    {
      name: "members a declaration does not have",
      channels: { box: { reducer: "append", color: "red" } },
      field: /channels/,
    },
    { name: "ttlMs of 0", channels: { box: { reducer: "append", ttlMs: 0 } }, field: /channels/ },
    {
      name: "ttlMs of more than a year",
      channels: { box: { reducer: "append", ttlMs: 31_536_000_001 } },
      field: /channels/,
    },
    ...["replace", "merge", "counter", "message"].map((reducer) => ({
      name: `ttlMs on ${reducer}`,
      channels: { box: { reducer, ttlMs: 1_000 } },
      field: /^channels\.box\.ttlMs$/,
    })),
    { name: "maxSize of 0", channels: { box: { reducer: "append", maxSize: 0 } }, field: /channels/ },
    { name: "schemaVersion of 0", channels: { box: { reducer: "append", schemaVersion: 0 } }, field: /channels/ },
    {
      name: "an access list with a broken entry",
      channels: { box: { reducer: "append", access: { readers: ["A B"] } } },
      field: /channels/,
    },
    { name: "an unknown access", channels: { box: { reducer: "append", access: "secret" } }, field: /channels/ },
    {
      name: "a schema that is none",
      channels: { box: { reducer: "append", schema: { type: "nothing" } } },
      field: /^channels\.box\.schema$/,
    },
    {
      name: "a default of another shape",
      channels: { box: { reducer: "append", default: 1 } },
      field: /^channels\.box\.default$/,
    },
    {
      name: "a default that does not fit the schema",
      channels: { box: { reducer: "replace", schema: { type: "number" }, default: "a" } },
      field: /^channels\.box\.default$/,
    },
    {
      name: "a default over maxSize",
      channels: { box: { reducer: "append", maxSize: 1, default: [1, 2] } },
      field: /^channels\.box\.default$/,
    },
    {
      name: "the name of a variable",
      channels: { box: { reducer: "append" } },
      variables: [{ name: "box", type: "array" }],
      field: /^channels\.box$/,
    },
    { name: "a write without a name", nodes: [{ id: "w", typeId: "core.channelWrite" }], field: /^nodes\[0\]\.config/ },
    {
      name: "a write with an unknown reducer",
      nodes: [write("w", "box", 1, { reducer: "median" })],
      field: /^nodes\[0\]\.config/,
    },
    {
      name: "a write with ttlMs on a counter",
      nodes: [write("w", "box", 1, { reducer: "counter", ttlMs: 5 })],
      field: /^nodes\[0\]\.config\.ttlMs$/,
    },
    {
      name: "the message probe outside conformance",
      nodes: [{ id: "w", typeId: "core.identity", config: { emitDuplicateMessageId: true } }],
      channels: { m: { reducer: "message" } },
      field: /^nodes\[0\]\.config/,
    },
  ] as { name: string; channels?: object; nodes?: NodeSpec[]; variables?: object[]; field: RegExp }[]) {
    it(`with ${name}`, async () => {
      const document = workflow("channel-bad", {
        nodes: nodes ?? [{ id: "a", typeId: "core.noop" }],
        ...(variables && { variables }),
        ...declared(channels ?? {}),
      });
      const details = assertRefused(await host.client.post("/v1/workflows", document), 400, "validation_error");
      assert.match(String(details.field), field);
    });
  }
});
