// What counts as a difference between two events, and between two states (runs.md §14.5).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffAt, diffStates, saysTheSame } from "#engine/replay/diff.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";

function event(type: string, payload: JsonObject, rest: Partial<RunEvent> = {}): RunEvent {
  const envelope = { eventId: "evt_1", runId: "run_1", sequence: 3, timestamp: "2026-01-01T00:00:00.000Z" };
  return { ...envelope, schemaVersion: 1, engineVersion: "1", type, payload, ...rest };
}

describe("two events", () => {
  const own = { eventId: "evt_2", runId: "run_2", timestamp: "2026-02-02T00:00:00.000Z", causationId: "evt_9" };
  for (const { title, left, right, same } of [
    { title: "own ids and times", left: { a: 1 }, right: { a: 1 }, same: true },
    { title: "members in another order", left: { a: 1, b: 2 }, right: { b: 2, a: 1 }, same: true },
    {
      title: "run id and duration in the payload",
      left: { runId: "x", durationMs: 1 },
      right: { runId: "y" },
      same: true,
    },
    { title: "correlation and trace", left: { correlationId: "x", traceparent: "y" }, right: {}, same: true },
    { title: "another value", left: { a: 1 }, right: { a: 2 }, same: false },
    { title: "another child run", left: { childRunId: "x" }, right: { childRunId: "y" }, same: false },
    { title: "another memory", left: { memoryId: "x" }, right: { memoryId: "y" }, same: false },
  ] as { title: string; left: JsonObject; right: JsonObject; same: boolean }[]) {
    it(`${same ? "say the same" : "differ"}: ${title}`, () => {
      assert.equal(saysTheSame(event("t", left), event("t", right, own)), same);
    });
  }

  it("differ in their type", () => {
    assert.equal(saysTheSame(event("a", {}), event("b", {})), false);
  });
});

describe("a sequence", () => {
  const [a, b] = [event("a", {}), event("b", {})];
  for (const [title, left, right, expected] of [
    ["only in a is removed", a, undefined, { seq: 3, op: "removed", aEvent: a }],
    ["only in b is added", undefined, b, { seq: 3, op: "added", bEvent: b }],
    ["that says something else is changed", a, b, { seq: 3, op: "changed", aEvent: a, bEvent: b }],
    ["that says the same is none", a, { ...a, eventId: "evt_7" }, undefined],
  ] as const) {
    it(title, () => assert.deepEqual(diffAt(3, left, right), expected));
  }
});

describe("two states", () => {
  it("differ in status, and member by member", () => {
    const a = { status: "completed", variables: { same: [1], other: 1, gone: true }, channels: { log: [1] } };
    const b = { status: "failed", variables: { same: [1], other: 2, came: null }, channels: { log: [1, 2] } };
    assert.deepEqual(diffStates(a, b), {
      status: { a: "completed", b: "failed" },
      variables: { other: { a: 1, b: 2 }, gone: { a: true }, came: { b: null } },
      channels: { log: { a: [1], b: [1, 2] } },
    });
  });

  it("that are equal have no difference", () => {
    const state = { status: "completed", variables: { a: 1 }, channels: {} };
    assert.deepEqual(diffStates(state, structuredClone(state)), {});
  });
});
