// Annotations: stored beside the run, in every state of it, told live to who listens (streams-webhooks.md §6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { conforms } from "../support/schemas.ts";
import { useDaemon } from "../support/suite.ts";

const path = (runId: string) => `/v1/runs/${runId}/annotations`;

describe("annotations", () => {
  const host = useDaemon();
  const ended = async () => {
    const runId = await host.client.createRun("conformance-noop");
    await host.client.ended(runId);
    return runId;
  };

  for (const [what, body] of [
    ["a rating of the run", { signal: { kind: "rating", rating: 5 } }],
    ["a label on a node", { signal: { kind: "label", label: "off topic" }, target: { nodeId: "a" } }],
    ["a correction of an event", { signal: { kind: "correction", correction: "42" }, target: { eventId: "evt_1" } }],
    ["a flag with a note", { signal: { kind: "flag" }, note: "look at this" }],
  ] as const) {
    it(`takes ${what}, on a run that is over`, async () => {
      const runId = await ended();
      const before = await host.client.log(runId);
      const { status, body: annotation } = await host.client.post(path(runId), body);
      assert.equal(status, 201);
      conforms("annotation", annotation);
      const { annotationId, createdAt, actor, ...rest } = annotation;
      const target = "target" in body ? body.target : {};
      assert.deepEqual(rest, { ...body, target: { runId, ...target } });
      assert.match(annotationId, /^ann_/);
      assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
      assert.ok(actor.principalRef.length > 0);
      const list = await host.client.get(path(runId));
      assert.deepEqual(list.body, { annotations: [annotation] });
      assert.deepEqual(await host.client.log(runId), before, "the log does not know of it");
    });
  }

  it("lists them in the order in which they came, one after the other", async () => {
    const runId = await ended();
    assert.deepEqual((await host.client.get(path(runId))).body, { annotations: [] });
    const ids: string[] = [];
    for (let rating = 1; rating <= 5; rating += 1) {
      ids.push((await host.client.post(path(runId), { signal: { kind: "rating", rating } })).body.annotationId);
    }
    const { body } = await host.client.get(path(runId));
    assert.deepEqual(
      body.annotations.map(({ annotationId }: { annotationId: string }) => annotationId),
      ids,
    );
  });

  for (const [what, body] of [
    ["no signal", {}],
    ["a kind that is not one", { signal: { kind: "applause" } }],
    ["a rating without a number", { signal: { kind: "rating" } }],
    ["a rating of 0", { signal: { kind: "rating", rating: 0 } }],
    ["a rating of 6", { signal: { kind: "rating", rating: 6 } }],
    ["a rating of 2.5", { signal: { kind: "rating", rating: 2.5 } }],
    ["a label without a text", { signal: { kind: "label" } }],
    ["a correction without a text", { signal: { kind: "correction" } }],
    ["a run in the target", { signal: { kind: "flag" }, target: { runId: "run_1" } }],
    ["an author", { signal: { kind: "flag" }, actor: { principalRef: "me" } }],
    ["an unknown member of the signal", { signal: { kind: "flag", weight: 1 } }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const runId = await ended();
      assertRefused(await host.client.post(path(runId), body), 400, "validation_error");
      assert.deepEqual((await host.client.get(path(runId))).body.annotations, []);
    });
  }

  it("are refused for unknown runs, and to callers without a key", async () => {
    const flag = { signal: { kind: "flag" } };
    assertRefused(await host.client.post(path("run_unknown"), flag), 404, "not_found");
    assertRefused(await host.client.get(path("run_unknown")), 404, "not_found");
    const runId = await ended();
    assertRefused(await host.client.anonymous("POST", path(runId), { body: flag }), 401, "unauthenticated");
    assertRefused(await host.client.anonymous("GET", path(runId)), 401, "unauthenticated");
    const wrong = await host.client.call("PUT", path(runId), { body: flag });
    assertRefused(wrong, 405, "method_not_allowed");
  });

  it("are recorded once for one key", async () => {
    const runId = await ended();
    const key = { "idempotency-key": "annotate-1" };
    const body = { signal: { kind: "flag" } };
    const first = await host.client.post(path(runId), body, key);
    const again = await host.client.post(path(runId), body, key);
    assert.equal(again.text, first.text);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
    assert.equal((await host.client.get(path(runId))).body.annotations.length, 1);
  });

  it("keep nothing that looks like a credential", async () => {
    const runId = await ended();
    const secrets = [
      "sk-test-4f9b3c7a1d2e8f60b5c4",
      "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
      "AKIAIOSFODNN7EXAMPLE",
    ];
    for (const secret of secrets) {
      await host.client.post(path(runId), {
        signal: { kind: "correction", correction: `use ${secret}` },
        note: secret,
      });
      await host.client.post(path(runId), { signal: { kind: "label", label: `Bearer ${secret}` } });
    }
    const { text } = await host.client.get(path(runId));
    const bundle = await host.client.get(`/v1/runs/${runId}/debug-bundle`);
    for (const secret of secrets) assert.ok(!text.includes(secret) && !bundle.text.includes(secret), secret);
    assert.ok(text.includes("[REDACTED]"));
  });

  for (const { query, name } of [
    { query: "?streamMode=updates", name: "run.annotated" },
    { query: "?streamMode=debug", name: "run.annotated" },
    { query: "?streamMode=updates,messages", name: "updates" },
  ]) {
    it(`are told live to ${query}, without a place in the log`, async () => {
      const runId = await host.client.createRun("conformance-cancellable");
      const stream = await host.client.events(runId, query);
      await stream.until(({ json }) => json.type === "run.started");
      const { body: annotation } = await host.client.post(path(runId), { signal: { kind: "flag" }, note: "live" });
      const frame = await stream.until(({ json }) => json.type === "run.annotated");
      assert.equal(frame.event, name);
      assert.equal(frame.id, undefined);
      assert.equal(frame.json.runId, runId);
      assert.deepEqual(frame.json.payload, annotation);
      await host.client.post(`/v1/runs/${runId}/cancel`, {});
      const frames = await stream.all();
      assert.equal(frames.at(-1)?.json.type, "run.cancelled");
      const later = await host.client.events(runId, query);
      assert.ok(
        (await later.all()).every(({ json }) => json.type !== "run.annotated"),
        "not repeated to who comes later",
      );
    });
  }

  it("cause a snapshot in values, and nothing in messages", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    const values = await host.client.events(runId, "?streamMode=values");
    const messages = await host.client.events(runId, "?streamMode=messages");
    await values.until(({ json }) => json.payload.nodeStates !== undefined && json.sequence >= 1);
    const before = values.frames.length;
    await host.client.post(path(runId), { signal: { kind: "flag" } });
    await values.until((frame) => values.frames.indexOf(frame) >= before);
    assert.equal(values.frames[before]?.event, "state.snapshot");
    await host.client.post(`/v1/runs/${runId}/cancel`, {});
    assert.deepEqual(await messages.all(), []);
    await values.all();
  });

  it("are never copied into a fork", async () => {
    const runId = await ended();
    await host.client.post(path(runId), { signal: { kind: "flag" } });
    for (const body of [{ mode: "replay" }, { mode: "branch", fromSeq: 1 }]) {
      const fork = await host.client.post(`/v1/runs/${runId}:fork`, body);
      assert.equal(fork.status, 201, fork.text);
      assert.deepEqual((await host.client.get(path(fork.body.runId))).body, { annotations: [] });
    }
  });

  it("come in batches to who collects", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    const stream = await host.client.events(runId, "?bufferMs=100");
    await stream.until(({ event }) => event === "batch");
    await host.client.post(path(runId), { signal: { kind: "flag" } });
    const batch = await stream.until(({ json }) => json.some(({ type }: { type: string }) => type === "run.annotated"));
    assert.equal(batch.event, "batch");
    await host.client.post(`/v1/runs/${runId}/cancel`, {});
    await stream.all();
  });
});
