import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { channelPlanOf } from "#engine/channels/declared.ts";
import { readableBy } from "#engine/channels/read.ts";
import { emptyOf, reduce } from "#engine/channels/reducers.ts";
import { evolve, fold } from "#engine/evolve.ts";
import { snapshotOf } from "#engine/projection.ts";
import { initialState, type RunState } from "#engine/state.ts";
import { createForeignValidator } from "#platform/schemas.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { Driver, edge, node, startOf, workflow } from "./support.ts";

type Channels = NonNullable<WorkflowDefinition["channels"]>;

const values = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const reducerNames = ["replace", "append", "merge", "counter", "votes", "feedback", "message", "vendor.acme.sum"];
const foldings = fc.record({
  reducer: fc.constantFrom(...reducerNames),
  maxSize: fc.integer({ min: 1, max: 4 }),
  ttlMs: fc.integer({ min: 1, max: 50 }),
});
/** Writes with the ms that passed before each. */
const timed = fc.array(fc.record({ value: values, afterMs: fc.nat(40) }), { maxLength: 12 });

function stampsOf(list: Json): number[] {
  return (list as { _ts: number }[]).map((entry) => entry._ts);
}

describe("any reducer", () => {
  it("folds whatever there is, and changes nothing in place (C1, C3)", () => {
    fc.assert(
      fc.property(foldings, values, values, (folding, prior, value) => {
        const [before, written] = [JSON.stringify(prior), JSON.stringify(value)];
        reduce(prior, value, { ...folding, nowMs: 1 });
        assert.deepEqual([JSON.stringify(prior), JSON.stringify(value)], [before, written]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("append", () => {
  it("holds the last maxSize entries, in the order of the writes", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 10 }), fc.integer({ min: 1, max: 5 }), (written, maxSize) => {
        const whole = written.reduce<Json>(
          (prior, value) => reduce(prior, value, { reducer: "append", maxSize, nowMs: 0 }),
          [],
        );
        assert.deepEqual(whole, written.slice(-maxSize));
      }),
    );
  });

  it("with a TTL holds exactly the writes that were young at the last one, stamped with their own time", () => {
    fc.assert(
      fc.property(timed, fc.integer({ min: 1, max: 60 }), (writes, ttlMs) => {
        let nowMs = 1_000;
        let whole: Json = [];
        const stamps: number[] = [];
        for (const { value, afterMs } of writes) {
          nowMs += afterMs;
          stamps.push(nowMs);
          whole = reduce(whole, value, { reducer: "append", ttlMs, nowMs });
        }
        assert.deepEqual(
          stampsOf(whole),
          stamps.filter((stamp) => stamp >= nowMs - ttlMs),
        );
      }),
    );
  });

  it("drops what is too old before it counts", () => {
    const folding = { reducer: "append", ttlMs: 10, maxSize: 2 };
    const first = reduce([], "a", { ...folding, nowMs: 0 });
    const second = reduce(first, "b", { ...folding, nowMs: 9 });
    assert.deepEqual(reduce(second, "c", { ...folding, nowMs: 11 }), [
      { value: "b", _ts: 9 },
      { value: "c", _ts: 11 },
    ]);
  });

  it("keeps an entry whose age is the TTL to the millisecond", () => {
    const first = reduce([], "a", { reducer: "append", ttlMs: 10, nowMs: 0 });
    assert.deepEqual(stampsOf(reduce(first, "b", { reducer: "append", ttlMs: 10, nowMs: 10 })), [0, 10]);
    assert.deepEqual(stampsOf(reduce(first, "b", { reducer: "append", ttlMs: 10, nowMs: 11 })), [11]);
  });
});

describe("message", () => {
  const messages = fc.array(fc.record({ messageId: fc.constantFrom("a", "b", "c"), content: fc.string() }), {
    maxLength: 10,
  });

  it("holds each id once, with its first content; writing all again changes nothing", () => {
    fc.assert(
      fc.property(messages, (written) => {
        const write = (prior: Json, value: Json) => reduce(prior, value, { reducer: "message", nowMs: 0 });
        const whole = written.reduce<Json>(write, []) as { messageId: string; content: string }[];
        const first = [...new Map(written.toReversed().map((message) => [message.messageId, message])).values()];
        assert.deepEqual(new Map(whole.map((m) => [m.messageId, m])), new Map(first.map((m) => [m.messageId, m])));
        assert.equal(whole.length, first.length);
        assert.deepEqual(written.reduce<Json>(write, whole), whole);
      }),
    );
  });
});

describe("votes", () => {
  it("hold the last vote of each user, in the place of the first", () => {
    const vote = (userId: string, action: string): JsonObject => ({ userId, action });
    const votes = [vote("anna", "accept"), vote("ben", "reject"), vote("anna", "reject")];
    const whole = votes.reduce<Json>((prior, value) => reduce(prior, value, { reducer: "votes", nowMs: 0 }), []);
    assert.deepEqual(whole, [vote("anna", "reject"), vote("ben", "reject")]);
  });

  it("have the age of the last vote", () => {
    const folding = { reducer: "votes", ttlMs: 10 };
    const first = reduce([], { userId: "anna", action: "accept" }, { ...folding, nowMs: 0 });
    const again = reduce(first, { userId: "anna", action: "reject" }, { ...folding, nowMs: 8 });
    const other = reduce(again, { userId: "ben", action: "accept" }, { ...folding, nowMs: 15 });
    assert.deepEqual(stampsOf(other), [8, 15]);
  });
});

describe("counter", () => {
  it("is the sum of the writes in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 })), (written) => {
        const sum = (list: number[]) =>
          list.reduce<Json>((prior, value) => reduce(prior, value, { reducer: "counter", nowMs: 0 }), 0);
        assert.equal(sum(written), sum(written.toReversed()));
        assert.equal(
          sum(written),
          written.reduce((a, b) => a + b, 0),
        );
      }),
    );
  });
});

describe("a reducer nobody here knows", () => {
  it("is read as replace", () => {
    assert.equal(reduce([1], "new", { reducer: "vendor.acme.sum", nowMs: 0 }), "new");
    assert.equal(emptyOf("vendor.acme.sum"), undefined);
  });
});

/** A log of writes, folded by hand. */
function stateOf(channels: Channels, writes: JsonObject[]): RunState {
  const plan = channelPlanOf(workflow([node("a")], [], { channels }));
  const start = initialState(startOf(), { variables: {}, channels: plan });
  return fold(
    start,
    writes.map(
      (write, at): RunEvent => ({
        eventId: `evt_${at}`,
        runId: "run_1",
        sequence: at,
        type: "channel.written",
        timestamp: new Date(1_000 + at).toISOString(),
        schemaVersion: 1,
        engineVersion: "1",
        payload: { writtenAt: new Date(1_000 + at).toISOString(), ...write },
      }),
    ),
  );
}

function readOf(state: RunState, name: string) {
  return readableBy(state, { id: "a", typeId: "core.noop" }, createForeignValidator()).read(name);
}

describe("the fold of a log", () => {
  it("uses the recorded reducer, not the declared one", () => {
    const state = stateOf({ box: { reducer: "replace" } }, [
      { channel: "box", value: 1, reducer: "counter" },
      { channel: "box", value: 2, reducer: "counter" },
    ]);
    assert.equal(state.channels.get("box"), 3);
  });

  it("takes writes of other engines at their place in the log", () => {
    const state = stateOf({ box: { reducer: "append" } }, [
      { channel: "box", value: "ours", reducer: "append" },
      { channel: "box", value: "theirs", reducer: "append", sourceEngineId: "other", sourceRunId: "run_9" },
    ]);
    assert.deepEqual(state.channels.get("box"), ["ours", "theirs"]);
  });

  it("reads age from the events, so that a later replay gives the same", () => {
    const state = stateOf({ box: { reducer: "append", ttlMs: 1 } }, [
      { channel: "box", value: "a", reducer: "append" },
      { channel: "box", value: "b", reducer: "append" },
      { channel: "box", value: "c", reducer: "append" },
    ]);
    assert.deepEqual(state.channels.get("box"), [
      { value: "b", _ts: 1_001 },
      { value: "c", _ts: 1_002 },
    ]);
  });

  it("gives entries of a default the age of the run", () => {
    assert.deepEqual(stateOf({ box: { reducer: "append", ttlMs: 5, default: ["d"] } }, []).channels.get("box"), [
      { value: "d", _ts: 1_000 },
    ]);
  });

  it("leaves the state it came from alone", () => {
    const before = stateOf({ box: { reducer: "append" } }, []);
    const write = { channel: "box", value: 1, reducer: "append", writtenAt: new Date(0).toISOString() };
    const event = { eventId: "e", runId: "run_1", sequence: 0, type: "channel.written", timestamp: write.writtenAt };
    evolve(before, { ...event, schemaVersion: 1, engineVersion: "1", payload: write });
    assert.deepEqual(before.channels.get("box"), []);
  });
});

describe("a write of another version of the channel's schema", () => {
  const schema = { type: "number" };
  const write = (value: Json, schemaVersion?: number): JsonObject => ({
    channel: "box",
    value,
    reducer: "append",
    ...(schemaVersion !== undefined && { schemaVersion }),
  });
  const box = (rest: object): Channels => ({ box: { reducer: "append", schema, ...rest } });

  for (const { name, channels, written, readable } of [
    { name: "the same version is read", channels: box({ schemaVersion: 2 }), written: write(1, 2), readable: true },
    { name: "a newer one is read", channels: box({ schemaVersion: 2 }), written: write("x", 3), readable: true },
    {
      name: "an older one that is not listed breaks",
      channels: box({ schemaVersion: 2 }),
      written: write(1, 1),
      readable: false,
    },
    {
      name: "an event without a version is of version 1",
      channels: box({ schemaVersion: 2 }),
      written: write(1),
      readable: false,
    },
    {
      name: "an older one that is listed and fits is read",
      channels: box({ schemaVersion: 2, compatibleWith: [1] }),
      written: write(1, 1),
      readable: true,
    },
    {
      name: "an older one that is listed and does not fit breaks",
      channels: box({ schemaVersion: 2, compatibleWith: [1] }),
      written: write("x", 1),
      readable: false,
    },
  ]) {
    it(name, () => {
      const reading = readOf(stateOf(channels, [written]), "box");
      if (readable) return assert.deepEqual(reading, { ok: true, value: [written.value] });
      assert.ok(!reading.ok);
      assert.equal(reading.error.code, "channel_schema_breaking_change");
      const { migrationHint, ...details } = reading.error.details ?? {};
      assert.equal(typeof migrationHint, "string");
      assert.deepEqual(details, {
        channel: "box",
        currentSchemaVersion: 2,
        incompatibleEventVersion: 1,
        incompatibleEventId: "evt_0",
      });
    });
  }

  it("keeps nodes from writing, too", () => {
    const channels = box({ schemaVersion: 2 });
    const definition = workflow([node("w", "core.channelWrite", { config: { channelName: "box", value: 1 } })], [], {
      channels,
    });
    const driver = new Driver(definition);
    driver.state = stateOf(channels, [write(1, 1)]);
    driver.begin();
    assert.equal(driver.state.nodes.get("w")?.error?.code, "channel_schema_breaking_change");
    assert.equal(driver.state.phase, "failed");
  });
});

describe("a run with channels", () => {
  const channels: Channels = { box: { reducer: "append", ttlMs: 20, maxSize: 3 }, sum: { reducer: "counter" } };
  const nodes = [
    ...["a", "b", "c"].map((id, at) => node(id, "core.channelWrite", { config: { channelName: "box", value: at } })),
    node("wait", "core.delay", { config: { ms: 30 } }),
    node("d", "core.channelWrite", { config: { channelName: "box", value: "d" } }),
    node("e", "core.channelWrite", { config: { channelName: "sum", value: 2 } }),
  ];
  const edges = nodes.slice(1).map(({ id }, at) => edge((nodes[at] as { id: string }).id, id));

  it("folds to the same state from every prefix of its log (V2)", () => {
    const driver = new Driver(workflow(nodes, edges, { channels })).begin();
    while (driver.fireNext());
    assert.equal(driver.state.phase, "completed");
    for (const { events, state } of driver.checkpoints) {
      assert.deepEqual(fold(initialState(driver.start, driver.graph.defaults), driver.log.slice(0, events)), state);
    }
    assert.deepEqual(snapshotOf(driver.graph, driver.state).channels, { box: [{ value: "d", _ts: 1_030 }], sum: 2 });
  });

  it("does not take an input of a channel's name for the channel", () => {
    const driver = new Driver(workflow([node("a")], [], { channels }), startOf({ sum: 99 })).begin();
    const { inputs, variables, channels: shown } = snapshotOf(driver.graph, driver.state) as Record<string, JsonObject>;
    assert.deepEqual([inputs?.sum, variables?.sum, shown?.sum], [99, 0, 0]);
  });
});
