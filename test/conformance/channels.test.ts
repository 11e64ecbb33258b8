// State channels as a client sees them (runs.md §11; the schema `channel-written-payload` is checked on every log).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures, sharedFixtures } from "../support/paths.ts";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, notHere, type Suite, useDaemon } from "../support/suite.ts";
import { chained, declared, logged, message, run, vote, write } from "./channel-support.ts";

for (const { source, folder, ttl } of [
  { source: "our own fixtures", folder: ownFixtures, ttl: true },
  { source: "the published fixtures", folder: sharedFixtures, ttl: false },
]) {
  describe(`channels with ${source}`, { skip: notHere(folder) }, () => {
    if (folder === undefined) return;
    const host = useDaemon({ fixtures: folder, seams: true });
    messageReducer(host);
    if (ttl) channelTtl(host);
  });
}

function messageReducer(host: Suite): void {
  it("conformance-message-reducer keeps each message once, the first of an id", async () => {
    const runId = await host.client.createRun("conformance-message-reducer");
    assert.equal(await host.client.ended(runId), "completed");
    const { messages } = (await host.client.snapshot(runId)).channels;
    const ids = messages.map((message: { messageId: string }) => message.messageId);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(ids.length, 2);
    assert.equal(messages[0].content, "first");
    const writes = logged(await host.client.log(runId), "channel.written");
    assert.equal(writes.length, 3, "the log has all three writes");
    assert.ok(writes.every(({ payload }) => payload.channel === "messages" && payload.reducer === "message"));
  });
}

function channelTtl(host: Suite): void {
  it("conformance-channel-ttl: what outlived its time is gone at the next write", async () => {
    const runId = await host.client.createRun("conformance-channel-ttl");
    assert.equal(await host.client.ended(runId), "completed");
    const { notes } = (await host.client.snapshot(runId)).variables;
    assert.equal(notes.length, 1);
    assert.deepEqual(Object.keys(notes[0]).sort(), ["_ts", "value"]);
    assert.equal(notes[0].value, "d");
    const last = logged(await host.client.log(runId), "channel.written").at(-1);
    assert.equal(notes[0]._ts, Date.parse(String(last?.timestamp)), "its age counts from its event");
  });
}

describe("a declared channel", () => {
  const host = useDaemon();

  for (const { name, channel, values, expected, size } of [
    {
      name: "replace keeps the last",
      channel: { reducer: "replace" },
      values: [1, { a: 2 }],
      expected: { a: 2 },
      size: 1,
    },
    {
      name: "append keeps all, in order",
      channel: { reducer: "append" },
      values: ["a", ["b"], null],
      expected: ["a", ["b"], null],
      size: 3,
    },
    {
      name: "append drops the oldest over maxSize",
      channel: { reducer: "append", maxSize: 2 },
      values: [1, 2, 3],
      expected: [2, 3],
      size: 2,
    },
    {
      name: "merge is shallow",
      channel: { reducer: "merge" },
      values: [{ a: { x: 1 }, b: 1 }, { a: { y: 2 } }],
      expected: { a: { y: 2 }, b: 1 },
      size: 2,
    },
    {
      name: "counter adds, and takes away",
      channel: { reducer: "counter" },
      values: [5, -2, 0.5],
      expected: 3.5,
      size: 1,
    },
    {
      name: "votes has one vote of each user",
      channel: { reducer: "votes" },
      values: [vote("anna", "accept"), vote("ben", "accept"), vote("anna", "reject")],
      expected: [vote("anna", "reject"), vote("ben", "accept")],
      size: 2,
    },
    {
      name: "feedback keeps all",
      channel: { reducer: "feedback" },
      values: [
        { feedback: "a", timestamp: "t", iteration: 1 },
        { feedback: "b", timestamp: "t", iteration: 2 },
      ],
      expected: [
        { feedback: "a", timestamp: "t", iteration: 1 },
        { feedback: "b", timestamp: "t", iteration: 2 },
      ],
      size: 2,
    },
    {
      name: "message keeps the first of each id",
      channel: { reducer: "message" },
      values: [message("m1", "one"), message("m2", "two"), message("m1", "other")],
      expected: [message("m1", "one"), message("m2", "two")],
      size: 2,
    },
    {
      name: "a default comes before the first write",
      channel: { reducer: "append", default: [0] },
      values: [1],
      expected: [0, 1],
      size: 2,
    },
    {
      name: "a counter begins at its default",
      channel: { reducer: "counter", default: 10 },
      values: [1],
      expected: 11,
      size: 1,
    },
  ]) {
    it(name, async () => {
      const id = `channel-${channel.reducer}-${values.length}-${Object.keys(channel).length}`;
      const nodes = values.map((value, at) => write(`w${at}`, "box", value));
      const { status, snapshot, log, writes } = await run(host.client, chained(id, nodes, declared({ box: channel })));
      assert.equal(status, "completed");
      assert.deepEqual(snapshot.channels, { box: expected });
      assert.deepEqual(snapshot.variables.box, expected, "readable under its name, too");
      assert.deepEqual(
        writes.map(({ payload }) => payload.value),
        values,
        "events carry what was written",
      );
      assert.deepEqual(logged(log, "variable.changed"), [], "a declared channel is no variable");
      const outputs = logged(log, "node.completed").at(-1)?.payload.outputs;
      assert.deepEqual(outputs, { channelName: "box", size });
    });
  }

  it("writes one closed event per write, between the node's start and its completion", async () => {
    const definition = chained(
      "channel-event",
      [write("w", "box", 1)],
      declared({ box: { reducer: "counter", schemaVersion: 3 } }),
    );
    const { log, writes } = await run(host.client, definition);
    assert.deepEqual(
      log.map(({ type }) => type),
      ["run.started", "node.started", "channel.written", "node.completed", "run.completed"],
    );
    const [event] = writes;
    assert.equal(event?.nodeId, "w");
    const { writtenAt, ...payload } = event?.payload ?? {};
    assert.deepEqual(payload, { channel: "box", value: 1, reducer: "counter", nodeId: "w", schemaVersion: 3 });
    assert.equal(writtenAt, event?.timestamp);
  });

  it("takes the value of the input port before the one of the config", async () => {
    const node = { ...write("w", "box", "config"), inputs: { value: { type: "variable", variableName: "said" } } };
    const { snapshot } = await run(
      host.client,
      chained("channel-port", [node], declared({ box: { reducer: "append" } })),
      { said: "port" },
    );
    assert.deepEqual(snapshot.channels.box, ["port"]);
  });

  it("folds with its own reducer, whatever the node says", async () => {
    const nodes = [write("w0", "box", 1, { reducer: "append" }), write("w1", "box", 2)];
    const { snapshot, writes } = await run(
      host.client,
      chained("channel-own-reducer", nodes, declared({ box: { reducer: "counter" } })),
    );
    assert.equal(snapshot.channels.box, 3);
    assert.deepEqual(
      writes.map(({ payload }) => payload.reducer),
      ["counter", "counter"],
    );
  });

  it("may be called anything", async () => {
    const names = ["notes:{nodeId}", "__proto__", "with spaces", "漢字"];
    const nodes = names.map((name, at) => write(`w${at}`, name, at));
    const channels = Object.fromEntries(names.map((name) => [name, { reducer: "append" }]));
    const { status, snapshot } = await run(host.client, chained("channel-names", nodes, declared(channels)));
    assert.equal(status, "completed");
    for (const [at, name] of names.entries()) {
      assert.deepEqual(Object.getOwnPropertyDescriptor(snapshot.channels, name)?.value, [at], name);
    }
  });

  it("that nobody wrote to has the value its reducer begins with", async () => {
    const channels = {
      list: { reducer: "append" },
      sum: { reducer: "counter" },
      bag: { reducer: "merge" },
      last: { reducer: "replace" },
    };
    const { snapshot } = await run(
      host.client,
      workflow("channel-empty", { nodes: [{ id: "a", typeId: "core.noop" }], ...declared(channels) }),
    );
    assert.deepEqual(snapshot.channels, { list: [], sum: 0, bag: {} });
  });

  it("stamps its entries when they have a time to live, on every surface", async () => {
    const channels = { box: { reducer: "append", ttlMs: 60_000 }, votes: { reducer: "votes", ttlMs: 60_000 } };
    const nodes = [
      write("w0", "box", "a"),
      write("w1", "votes", vote("anna", "accept")),
      write("w2", "votes", vote("anna", "reject")),
    ];
    const { snapshot, writes } = await run(host.client, chained("channel-ttl-declared", nodes, declared(channels)));
    const at = writes.map(({ timestamp }) => Date.parse(timestamp));
    assert.deepEqual(snapshot.channels.box, [{ value: "a", _ts: at[0] }]);
    assert.deepEqual(snapshot.channels.votes, [{ value: vote("anna", "reject"), _ts: at[2] }]);
  });

  it("stands in the snapshots of a values stream", async () => {
    await host.client.register(
      chained("channel-stream", [write("w", "box", "a")], declared({ box: { reducer: "append" } })),
    );
    const runId = await host.client.createRun("channel-stream");
    const frames = await (await host.client.events(runId, "?streamMode=values")).all();
    const last = frames.filter((frame) => frame.event === "state.snapshot").at(-1);
    const document = JSON.parse(String(last?.data));
    assert.deepEqual(document.payload.channels, { box: ["a"] });
    conforms("run-snapshot", document.payload);
  });

  for (const sensitive of [false, true]) {
    it(`that is ${sensitive ? "" : "not "}sensitive survives a killed daemon in the middle of a run`, {
      skip: needsOwnDaemon(),
    }, async () => {
      const first = await startDaemon();
      let second: Daemon | undefined;
      try {
        const before = new Client(first.url, first.key);
        const nodes = [write("w0", "box", 4), { id: "gate", typeId: "core.approvalGate" }, write("w1", "box", 3)];
        const box = { reducer: "counter", sensitive };
        const read = { id: "r", typeId: "core.getVariable", config: { name: "box" } };
        await before.register(chained("channel-restart", [...nodes, read], declared({ box })));
        const runId = await before.createRun("channel-restart");
        assert.equal(await before.settled(runId), "waiting-approval");
        await first.kill();
        second = await startDaemon({ home: first.home });
        const client = new Client(second.url, second.key);
        assert.equal((await client.answer(runId, "gate", { action: "accept" })).status, 200);
        assert.equal(await client.ended(runId), "completed");
        assert.equal(logged(await client.log(runId), "node.completed").at(-1)?.payload.outputs.value, 7);
        assert.equal((await client.snapshot(runId)).channels.box, sensitive ? "[REDACTED:channel:box]" : 7);
      } finally {
        await second?.dispose();
        await first.dispose();
      }
    });
  }
});

describe("a fork of a run with channels", () => {
  const host = useDaemon();
  const source = async () => {
    const nodes = [write("w0", "box", 1), { id: "d", typeId: "core.delay", config: { ms: 20 } }, write("w1", "box", 2)];
    await host.client.register(chained("channel-fork", nodes, declared({ box: { reducer: "append", ttlMs: 5_000 } })));
    const runId = await host.client.createRun("channel-fork");
    assert.equal(await host.client.ended(runId), "completed");
    return runId;
  };

  for (const fromSeq of [0, 3, 5]) {
    it(`has the same channels when it is played again from ${fromSeq}, to the millisecond of their entries`, async () => {
      const runId = await source();
      const { status, body, text } = await host.client.post(`/v1/runs/${runId}:fork`, { mode: "replay", fromSeq });
      assert.equal(status, 201, text);
      assert.equal(await host.client.ended(body.runId), "completed");
      const [before, after] = [await host.client.snapshot(runId), await host.client.snapshot(body.runId)];
      assert.deepEqual(after.channels, before.channels);
      assert.deepEqual(logged(await host.client.log(body.runId), "replay.diverged"), []);
    });
  }

  it("does not take a channel among the variables of its overlay", async () => {
    const runOptionsOverlay = { variables: { box: [9] } };
    const path = `/v1/runs/${await source()}:fork`;
    const response = await host.client.post(path, { mode: "branch", fromSeq: 3, runOptionsOverlay });
    assert.equal(assertRefused(response, 400, "validation_error").field, "variables.box");
  });
});

describe("a channel that is not declared", () => {
  const host = useDaemon();

  it("is the run variable of its name, appended to unless the node says otherwise", async () => {
    const nodes = [write("w0", "log", "a"), write("w1", "log", "b"), write("w2", "sum", 2, { reducer: "counter" })];
    const { snapshot, log, writes } = await run(host.client, chained("channel-undeclared", nodes));
    assert.deepEqual(snapshot.channels, {});
    assert.deepEqual(snapshot.variables, { log: ["a", "b"], sum: 2 });
    assert.deepEqual(
      writes.map(({ payload }) => [payload.reducer, payload.schemaVersion]),
      [
        ["append", undefined],
        ["append", undefined],
        ["counter", undefined],
      ],
    );
    assert.deepEqual(logged(log, "variable.changed"), []);
  });

  it("does not overwrite a variable of another shape", async () => {
    const definition = chained("channel-undeclared-clash", [write("w", "log", "a")]);
    const { status, snapshot } = await run(host.client, definition, { log: "a text" });
    assert.equal(status, "failed");
    assert.equal(snapshot.error.code, "validation_error");
    assert.equal(snapshot.variables.log, "a text");
  });

  for (const { name, reducer, values, expected } of [
    { name: "_approvalVotes:gate", reducer: "append", values: [1, 2], expected: [1, 2] },
    { name: "_askExchanges:gate", reducer: "append", values: [1, 2], expected: [1, 2] },
    { name: "_clarificationAnswers:gate", reducer: "merge", values: [{ a: 1 }, { b: 2 }], expected: { a: 1, b: 2 } },
    { name: "_feedbackHistory:gate", reducer: "append", values: [1, 2], expected: [1, 2] },
    { name: "_loopbackCount:gate", reducer: "counter", values: [1, 1], expected: 2 },
    { name: "_loopbackIteration:gate", reducer: "replace", values: [1, 2], expected: 2 },
    { name: "_previousArtifact:gate", reducer: "replace", values: [1, 2], expected: 2 },
    { name: "wfArtifactData_x", reducer: "replace", values: [1, 2], expected: 2 },
    { name: "_activeClarification", reducer: "replace", values: [1, 2], expected: 2 },
  ]) {
    it(`of the old kind ${name} folds as ${reducer} and says so in both events`, async () => {
      const nodes = values.map((value, at) => ({ id: `v${at}`, typeId: "core.setVariable", config: { name, value } }));
      const { snapshot, log, writes } = await run(
        host.client,
        chained(`channel-legacy-${name.replace(/[^a-z]/gi, "").toLowerCase()}`, nodes),
      );
      assert.deepEqual(snapshot.variables[name], expected);
      assert.deepEqual(
        writes.map(({ payload }) => [payload.channel, payload.reducer, payload.value]),
        values.map((value) => [name, reducer, value]),
      );
      assert.deepEqual(logged(log, "variable.changed").at(-1)?.payload.next, expected);
    });
  }

  it("that only looks like the old kind when it is declared, is a channel", async () => {
    const definition = chained(
      "channel-legacy-declared",
      [write("w", "_loopbackCount:a", "x")],
      declared({ "_loopbackCount:a": { reducer: "append" } }),
    );
    const { snapshot } = await run(host.client, definition);
    assert.deepEqual(snapshot.channels, { "_loopbackCount:a": ["x"] });
  });
});

describe("a sensitive channel", () => {
  const host = useDaemon();
  const CANARY = "canary-0815-secret";

  it("is masked in events, snapshots and streams, and folds all the same", async () => {
    const channels = { box: { reducer: "append", sensitive: true }, plain: { reducer: "append" } };
    const nodes = [write("w0", "box", CANARY), write("w1", "box", { deep: [CANARY] }), write("w2", "plain", "open")];
    const { status, snapshot, log, writes } = await run(
      host.client,
      chained("channel-sensitive", nodes, declared(channels)),
    );
    assert.equal(status, "completed");
    assert.ok(!JSON.stringify(log).includes(CANARY));
    assert.ok(!JSON.stringify(snapshot).includes(CANARY));
    assert.deepEqual(
      writes.map(({ payload }) => payload.value),
      ["[REDACTED:channel:box]", "[REDACTED:channel:box]", "open"],
    );
    assert.deepEqual(snapshot.channels, { box: "[REDACTED:channel:box]", plain: ["open"] });
    const { outputs } = logged(log, "node.completed")[1]?.payload ?? {};
    assert.equal(outputs.size, 2, "the size is that of the real list");
    const frames = await (await host.client.events(String(log[0]?.runId), "?streamMode=values")).all();
    assert.ok(!JSON.stringify(frames).includes(CANARY));
  });

  it("is masked where a node copies what it read", async () => {
    const nodes = [write("w", "box", CANARY), { id: "r", typeId: "core.getVariable", config: { name: "box" } }];
    const channels = { box: { reducer: "append", sensitive: true } };
    const { log } = await run(host.client, chained("channel-sensitive-copy", nodes, declared(channels)));
    assert.deepEqual(logged(log, "node.completed").at(-1)?.payload.outputs.value, ["[REDACTED:channel:box]"]);
  });
});
