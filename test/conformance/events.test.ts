// What holds for every event of every type (runs.md §7, §8), over runs that show most of them (scenarios.ts).

import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { createValidator } from "#platform/schemas.ts";
import { eventPayloads } from "#protocol/event-payloads.ts";
import type { LoggedEvent } from "../support/client.ts";
import { eventConforms } from "../support/schemas.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";
import { scenarios } from "./scenarios.ts";

/** Types about one node, which the envelope names (runs.md §7). */
const ABOUT_A_NODE = /^(node|approval|clarification|interrupt|conversation|artifact)\./;
const TERMINAL = /^run\.(completed|failed|cancelled)$/;

describe("events of every kind of run", { skip: needsSeams() }, () => {
  const host = useDaemon();
  const logs: { name: string; log: LoggedEvent[] }[] = [];
  before(async () => {
    for (const { name, play } of scenarios) logs.push({ name, log: await host.client.log(await play(host.client)) });
  });
  const each = (check: (event: LoggedEvent, log: LoggedEvent[], name: string) => void) => {
    for (const { name, log } of logs) for (const event of log) check(event, log, name);
  };

  it("have payloads of the shape that their type has, published and our own", () => {
    const validate = createValidator();
    each((event, _, name) => {
      const schema = eventPayloads[event.type as keyof typeof eventPayloads];
      assert.ok(schema, `${event.type} is in the catalogue`);
      assert.deepEqual(validate(schema, event.payload), [], `${name}: ${event.type}`);
      eventConforms(event);
    });
  });

  it("carry the node that they are about, in the envelope and in the payload", () => {
    each((event, _, name) => {
      if (!ABOUT_A_NODE.test(event.type)) return;
      assert.ok(event.nodeId, `${name}: ${event.type}`);
      if ("nodeId" in event.payload) assert.equal(event.payload.nodeId, event.nodeId, `${name}: ${event.type}`);
    });
  });

  it("begin with the one run.started, and end with the one that says how", () => {
    for (const { name, log } of logs) {
      assert.deepEqual([log[0]?.type, log[0]?.sequence], ["run.started", 0], name);
      assert.equal(log.filter(({ type }) => type === "run.started").length, 1, name);
      assert.match(String(log.at(-1)?.type), TERMINAL, name);
      assert.equal(log.filter(({ type }) => TERMINAL.test(type)).length, 1, name);
    }
  });

  it("have ids of their own, times that do not go back, and causes that stand before them", () => {
    for (const { name, log } of logs) {
      const seen = new Set<string>();
      let last = 0;
      for (const event of log) {
        assert.ok(!seen.has(event.eventId), name);
        const isWithin = event.type !== "run.started" && event.causationId !== undefined;
        if (isWithin) assert.ok(seen.has(String(event.causationId)), `${name}: ${event.type}`);
        seen.add(event.eventId);
        assert.ok(Date.parse(event.timestamp) >= last, name);
        last = Date.parse(event.timestamp);
      }
    }
  });

  it("start a node before they end it, each end once per start", () => {
    for (const { name, log } of logs) {
      const open = new Map<string, boolean>();
      for (const { type, nodeId } of log) {
        if (nodeId === undefined) continue;
        if (type === "node.started") open.set(nodeId, true);
        if (/^node\.(completed|failed|cancelled|retried)$/.test(type)) {
          assert.equal(open.get(nodeId), true, `${name}: ${type} ${nodeId}`);
          open.set(nodeId, false);
        }
        if (type === "node.skipped") assert.equal(open.get(nodeId), undefined, `${name}: ${nodeId}`);
      }
    }
  });
});
