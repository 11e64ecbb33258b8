// The debug bundle: one run, whole or cut at a named place, masked as its events are (operations.md §6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const path = (runId: string, query = "") => `/v1/runs/${runId}/debug-bundle${query}`;

describe("a debug bundle", () => {
  const host = useDaemon();

  for (const workflowId of ["conformance-multi-node", "conformance-failure", "conformance-approval"]) {
    it(`holds the snapshot, the log, what was said of it and its figures: ${workflowId}`, async () => {
      const { client } = host;
      const runId = await client.createRun(workflowId);
      await client.settled(runId);
      await client.post(`/v1/runs/${runId}/annotations`, { signal: { kind: "rating", rating: 4 } });
      const log = await client.log(runId);
      const { status, body, headers } = await client.get(path(runId));
      assert.equal(status, 200);
      assert.equal(headers["cache-control"], "no-store");
      conforms("debug-bundle", body);
      assert.match(body.bundleVersion, /^\d+\.\d+$/);
      assert.ok(Math.abs(Date.parse(body.generatedAt) - Date.now()) < 60_000);
      const discovery = (await client.anonymous("GET", "/.well-known/openwop")).body;
      assert.deepEqual(body.host, discovery.implementation);
      const { interrupt: shownInterrupt, ...snapshot } = await client.snapshot(runId);
      const { interrupt, ...run } = body.run;
      assert.deepEqual(run, snapshot);
      assert.equal(interrupt?.kind, shownInterrupt?.kind);
      assert.deepEqual(
        body.events.map(({ data: _, ...event }: { data: unknown }) => event),
        log,
      );
      for (const { data, payload } of body.events) assert.deepEqual(data, payload);
      assert.equal(body.metrics.eventCount, body.events.length);
      const nodes = new Set(log.flatMap(({ nodeId }) => (nodeId === undefined ? [] : [nodeId])));
      assert.equal(body.metrics.nodeCount, nodes.size);
      assert.equal(body.spans[0]?.name, "openwop.run");
      for (const span of body.spans) assert.match(span.spanId, /^[0-9a-f]{16}$/);
      assert.deepEqual([body.redactionApplied, body.redactionMode], [true, "mask"]);
      assert.equal(body.annotations.length, 1);
      assert.equal(body.truncated, undefined);
    });
  }

  it("gives away no token that could answer a question", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-approval");
    await client.settled(runId);
    const token = (await client.snapshot(runId)).interrupt.interruptToken;
    assert.ok(token.length > 20);
    const { text } = await client.get(path(runId));
    assert.ok(!text.includes(token) && !text.includes("interruptToken"));
    assert.ok(!text.includes(client.key));
  });

  for (const maxEvents of [0, 1, 3]) {
    it(`is cut after ${maxEvents} events, and says so`, async () => {
      const { client } = host;
      const runId = await client.createRun("conformance-multi-node");
      await client.ended(runId);
      const { body } = await client.get(path(runId, `?maxEvents=${maxEvents}`));
      conforms("debug-bundle", body);
      assert.equal(body.truncated, true);
      assert.equal(body.truncatedReason, "events_truncated_to_size_cap");
      assert.deepEqual(
        body.events.map(({ sequence }: { sequence: number }) => sequence),
        Array.from({ length: maxEvents }, (_, at) => at),
      );
      assert.equal(body.metrics.eventCount, maxEvents);
    });
  }

  it("is the callers' own: unknown runs are 404, callers without a key 401, bad bounds 400", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-noop");
    assertRefused(await client.get(path("run_unknown")), 404, "not_found");
    assertRefused(await client.anonymous("GET", path(runId)), 401, "unauthenticated");
    for (const query of ["?maxEvents=-1", "?maxEvents=many"]) {
      assertRefused(await client.get(path(runId, query)), 400, "validation_error");
    }
    assertRefused(await client.post(path(runId)), 405, "method_not_allowed");
  });
});
