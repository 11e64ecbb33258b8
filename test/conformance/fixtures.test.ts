// The fixture workflows behave as runs.md §17.2 says: once with our own documents, once with the published ones.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { assertRefused, type LoggedEvent } from "../support/client.ts";
import { needs, ownFixtures, sharedFixtures, sharedSchemas } from "../support/paths.ts";
import { conforms } from "../support/schemas.ts";
import { needsOwnDaemon, needsSeams, notHere, type Suite, useDaemon } from "../support/suite.ts";

const required = [
  "conformance-noop",
  "conformance-identity",
  "conformance-multi-node",
  "conformance-delay",
  "conformance-failure",
  "conformance-cancellable",
  "conformance-approval",
  "conformance-clarification",
  "conformance-idempotent",
  "conformance-version-fold",
  "conformance-interrupt-external-event",
];

it("is checked against the published schemas", { skip: needs(sharedSchemas, "openwop-schemas") }, () => {
  assert.throws(() => conforms("error-envelope", { error: "x" }), "the checks themselves work");
});

for (const { source, folder } of [
  { source: "our own fixtures", folder: ownFixtures },
  { source: "the published fixtures", folder: sharedFixtures },
]) {
  describe(source, { skip: notHere(folder) }, () => {
    if (folder !== undefined) fixtureSuite(folder);
  });
}

function fixtureSuite(folder: string): void {
  const host = useDaemon({ fixtures: folder, seams: true });
  seeding(host, folder);
  noop(host);
  identity(host);
  multiNode(host);
  delay(host);
  failure(host);
  cancellable(host);
  approval(host);
  clarification(host);
  externalEvent(host);
  versionFold(host);
}

function seeding(host: Suite, folder: string): void {
  describe("seeding", { skip: needsOwnDaemon() }, () => {
    it("lists in discovery what it serves, and each listed fixture can be started", async () => {
      const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
      for (const id of required) assert.ok(body.fixtures.includes(id), `${id} is listed`);
      for (const id of body.fixtures as string[]) {
        const response = await host.client.post("/v1/runs", { workflowId: id, inputs: inputsFor(folder, id) });
        assert.equal(response.status, 201, `${id}: ${response.text}`);
        await host.client.post(`/v1/runs/${response.body.runId}/cancel`);
      }
    });

    for (const id of required) {
      it(`serves ${id} as it was given`, async () => {
        const { status, body } = await host.client.get(`/v1/workflows/${id}`);
        assert.equal(status, 200);
        assert.deepEqual(body, document(folder, id));
        conforms("workflow-definition", body);
      });
    }
  });
}

function noop(host: Suite): void {
  describe("conformance-noop", () => {
    it("is accepted as pending and says where to look", async () => {
      const { status, body } = await host.client.post("/v1/runs", { workflowId: "conformance-noop" });
      assert.equal(status, 201);
      assert.match(body.runId, /^run_[0-9a-hjkmnp-tv-z]{26}$/i);
      assert.equal(body.status, "pending");
      const events = new URL(body.eventsUrl, host.client.url);
      const state = new URL(body.statusUrl, host.client.url);
      assert.equal(events.pathname, `/v1/runs/${body.runId}/events`);
      assert.equal(state.pathname, `/v1/runs/${body.runId}`);
    });

    it("completes with the events of a run of one step", async () => {
      const runId = await host.client.createRun("conformance-noop");
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      assert.deepEqual(types(log), ["run.started", "node.started", "node.completed", "run.completed"]);
      const streamed = await (await host.client.events(runId)).all();
      assert.deepEqual(
        streamed.map((frame) => frame.event),
        ["run.started", "node.completed", "run.completed"],
      );
    });

    it("writes envelopes that carry what the contract asks of every event", async () => {
      const runId = await host.client.createRun("conformance-noop");
      await host.client.ended(runId);
      const log = await host.client.log(runId);
      assert.equal(new Set(log.map((event) => event.eventId)).size, log.length, "event ids are unique");
      for (const event of log) {
        assert.equal(event.runId, runId);
        assert.ok(event.eventId.length >= 1 && event.eventId.length <= 128);
        assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.match(String(event.engineVersion), /^\d+$/);
        assert.equal((event as unknown as { schemaVersion: number }).schemaVersion, 1);
        if (event.type.startsWith("node.")) assert.equal(event.nodeId, event.payload.nodeId);
      }
      assert.equal(log[0]?.payload.workflowId, "conformance-noop");
      assert.equal(log[1]?.payload.attempt, 0, "attempts of node.started count from 0");
      assert.equal(log[1]?.payload.typeId, "core.noop");
    });

    it("has a snapshot that tells how it ended", async () => {
      const options = { tags: ["a", "b"], metadata: { from: { the: "suite" } }, configurable: { recursionLimit: 50 } };
      const runId = await host.client.createRun("conformance-noop", { body: options });
      await host.client.ended(runId);
      const snapshot = await host.client.snapshot(runId);
      assert.equal(snapshot.runId, runId);
      assert.equal(snapshot.workflowId, "conformance-noop");
      assert.equal(snapshot.status, "completed");
      assert.equal(snapshot.eventLogSchemaVersion, 2);
      assert.equal(typeof snapshot.engineVersion, "string");
      assert.ok(Date.parse(snapshot.startedAt) <= Date.parse(snapshot.completedAt));
      assert.deepEqual(snapshot.tags, options.tags);
      assert.deepEqual(snapshot.metadata, options.metadata);
      assert.deepEqual(snapshot.configurable, options.configurable);
      const [state] = Object.values(snapshot.nodeStates) as { status: string; attempts: number }[];
      assert.equal(state?.status, "completed");
      assert.equal(state?.attempts, 1);
      assert.equal(snapshot.interrupt, undefined);
      assert.equal(snapshot.error, undefined);
    });
  });
}

function identity(host: Suite): void {
  describe("conformance-identity", () => {
    for (const { name, payload } of [
      { name: "a plain object", payload: { a: 1, b: "two" } },
      { name: "an empty object", payload: {} },
      { name: "deep values, nulls and empty lists", payload: { list: [1, [2, [3, null]]], nothing: null, none: [] } },
      { name: "text of every kind", payload: { text: 'Größe 漢字 🙂 \u0000 " \\ \n </script>' } },
      { name: "numbers at the edge", payload: { big: Number.MAX_SAFE_INTEGER, small: -1e-9, zero: 0 } },
      { name: "names of built-in members", payload: { constructor: 1, toString: "x", hasOwnProperty: null } },
    ] as { name: string; payload: object }[]) {
      it(`hands on ${name} unchanged`, async () => {
        const runId = await host.client.createRun("conformance-identity", { inputs: { payload } });
        assert.equal(await host.client.ended(runId), "completed");
        const snapshot = await host.client.snapshot(runId);
        assert.deepEqual(snapshot.variables.payload, payload);
        assert.deepEqual(snapshot.inputs.payload, payload);
        const done = (await host.client.log(runId)).find((event) => event.type === "node.completed");
        assert.deepEqual(done?.payload.outputs.payload, payload);
      });
    }
  });
}

function multiNode(host: Suite): void {
  it("conformance-multi-node completes a, b, c in this order", async () => {
    const runId = await host.client.createRun("conformance-multi-node");
    assert.equal(await host.client.ended(runId, 10_000), "completed");
    const steps = (await host.client.log(runId)).filter((event) => event.type.startsWith("node."));
    assert.deepEqual(
      steps.map((event) => `${event.type} ${event.nodeId}`),
      ["a", "b", "c"].flatMap((id) => [`node.started ${id}`, `node.completed ${id}`]),
    );
  });
}

function delay(host: Suite): void {
  describe("conformance-delay", () => {
    it("is running while it waits, then completes", async () => {
      const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 400 } });
      const stream = await host.client.events(runId, "?streamMode=debug");
      await stream.until((frame) => frame.event === "node.started");
      assert.equal((await host.client.snapshot(runId)).status, "running");
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      assert.deepEqual(types(log), ["run.started", "node.started", "node.completed", "run.completed"]);
      const waited = Date.parse(log[2]?.timestamp ?? "") - Date.parse(log[1]?.timestamp ?? "");
      assert.ok(waited >= 399, `it waited ${waited} ms`);
      assert.ok(waited < 1_500, `it waited ${waited} ms`);
    });

    it("waits not at all for 0 ms", async () => {
      const runId = await host.client.createRun("conformance-delay", { inputs: { delayMs: 0 } });
      assert.equal(await host.client.ended(runId), "completed");
    });

    it("takes the default of its variable", async () => {
      const runId = await host.client.createRun("conformance-delay");
      assert.equal(await host.client.ended(runId), "completed");
      const done = (await host.client.log(runId)).find((event) => event.type === "node.completed");
      assert.equal(done?.payload.outputs.waitedMs, 1000);
    });
  });
}

function failure(host: Suite): void {
  it("conformance-failure fails, with one error in event and snapshot", async () => {
    const runId = await host.client.createRun("conformance-failure");
    assert.equal(await host.client.ended(runId), "failed");
    const log = await host.client.log(runId);
    assert.deepEqual(types(log), ["run.started", "node.started", "node.failed", "run.failed"]);
    const { error } = await host.client.snapshot(runId);
    assert.equal(error.code, "conformance_test_failure");
    assert.equal(error.message, "Intentional conformance failure");
    assert.equal(log[2]?.payload.attempts, 1);
    assert.equal(log[2]?.payload.error.code, error.code);
    assert.equal(log[3]?.payload.error.code, error.code);
    assert.equal(log[3]?.payload.failedNodeId, log[2]?.nodeId);
    const frames = await (await host.client.events(runId)).all();
    assert.deepEqual(
      frames.map((frame) => frame.event),
      ["run.started", "node.failed", "run.failed"],
    );
  });
}

function cancellable(host: Suite): void {
  it("conformance-cancellable is cancelled in the middle, within 5 s", async () => {
    const runId = await host.client.createRun("conformance-cancellable", { inputs: { delayMs: 60_000 } });
    const stream = await host.client.events(runId, "?streamMode=debug");
    await stream.until((frame) => frame.event === "node.started");
    const answer = await host.client.post(`/v1/runs/${runId}/cancel`, { reason: "enough" });
    assert.equal(answer.status, 200);
    assert.match(answer.body.status, /^cancell(ed|ing)$/);
    assert.equal(await host.client.ended(runId), "cancelled");
    const log = await host.client.log(runId);
    assert.deepEqual(types(log), ["run.started", "node.started", "node.cancelled", "run.cancelled"]);
    assert.equal(log.at(-1)?.payload.reason, "enough");
    assert.ok(log.at(-1)?.payload.cancelledBy);
    assert.equal(log.at(-1)?.payload.parentRunId, undefined);
  });
}

function approval(host: Suite): void {
  describe("conformance-approval", () => {
    it("waits for approval and shows the question in its snapshot", async () => {
      const runId = await host.client.createRun("conformance-approval");
      assert.equal(await host.client.settled(runId), "waiting-approval");
      const snapshot = await host.client.snapshot(runId);
      assert.equal(snapshot.currentNodeId, "gate");
      assert.equal(snapshot.interrupt.kind, "approval");
      assert.equal(snapshot.interrupt.nodeId, "gate");
      assert.deepEqual(snapshot.interrupt.data.actions, ["accept", "reject"]);
      assert.ok(snapshot.interrupt.callbackUrl.includes(`/v1/interrupts/${snapshot.interrupt.interruptToken}`));
      const log = await host.client.log(runId);
      const suspended = log.find((event) => event.type === "node.suspended");
      const asked = log.find((event) => event.type === "interrupt.requested");
      assert.equal(asked?.causationId, suspended?.eventId);
      assert.equal(asked?.payload.key, suspended?.payload.key);
      conforms("suspend-request", asked?.payload);
      assert.deepEqual(types(log).slice(0, 4), [
        "run.started",
        "node.started",
        "node.suspended",
        "interrupt.requested",
      ]);
    });

    it("refuses an action that was not offered and stays waiting", async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      assertRefused(await host.client.answer(runId, "gate", { action: "refine" }), 400, "validation_error");
      assertRefused(await host.client.answer(runId, "gate", { action: "launch" }), 400, "validation_error");
      assert.equal((await host.client.snapshot(runId)).status, "waiting-approval");
    });

    it("completes when someone accepts; the answer is stamped by the host", async () => {
      const runId = await host.client.createRun("conformance-approval");
      await host.client.settled(runId);
      const answer = await host.client.answer(runId, "gate", { action: "accept" });
      assert.equal(answer.status, 200);
      assert.deepEqual({ runId: answer.body.runId, nodeId: answer.body.nodeId }, { runId, nodeId: "gate" });
      assert.equal(await host.client.ended(runId), "completed");
      const log = await host.client.log(runId);
      const after = types(log).slice(types(log).indexOf("approval.received"));
      assert.deepEqual(after, [
        "approval.received",
        "interrupt.resolved",
        "node.resumed",
        "node.completed",
        "run.completed",
      ]);
      const received = log.find((event) => event.type === "approval.received");
      assert.equal(received?.payload.action, "accept");
      assert.ok(received?.payload.decidedBy);
      assert.ok(Date.parse(received?.payload.decidedAt) > 0);
      assert.ok(!JSON.stringify(log).includes(host.client.key), "the log knows no key");
    });
  });
}

function clarification(host: Suite): void {
  describe("conformance-clarification", () => {
    for (const { form, answers } of [
      { form: "a map, as the fixtures do", answers: { q1: "blue" } },
      { form: "a list of id and answer, as the specification does", answers: [{ id: "q1", answer: "blue" }] },
    ]) {
      it(`takes answers as ${form}`, async () => {
        const runId = await host.client.createRun("conformance-clarification");
        assert.equal(await host.client.settled(runId), "waiting-input");
        assert.equal((await host.client.snapshot(runId)).currentNodeId, "ask");
        assert.equal((await host.client.answer(runId, "ask", { answers })).status, 200);
        assert.equal(await host.client.ended(runId), "completed");
        const log = await host.client.log(runId);
        assert.ok(types(log).includes("clarification.requested"));
        const resolved = log.find((event) => event.type === "clarification.resolved");
        assert.deepEqual(resolved?.payload.answers, { q1: "blue" });
      });
    }
  });
}

function externalEvent(host: Suite): void {
  describe("conformance-interrupt-external-event", () => {
    const belongs = { orderId: "fixture-order-1", status: "completed" };
    for (const { name, resumeValue } of [
      { name: "the correlated members", resumeValue: belongs },
      { name: "more members beside them", resumeValue: { ...belongs, amount: 12 } },
      { name: "the event wrapped as eventPayload", resumeValue: { eventPayload: belongs } },
    ]) {
      it(`goes on with ${name}`, async () => {
        const runId = await host.client.createRun("conformance-interrupt-external-event");
        assert.equal(await host.client.settled(runId), "waiting-external");
        assert.equal((await host.client.answer(runId, "wait-for-external", resumeValue)).status, 200);
        assert.equal(await host.client.ended(runId), "completed");
        const resolved = (await host.client.log(runId)).find((event) => event.type === "interrupt.resolved");
        assert.deepEqual(resolved?.payload.resumeValue, resumeValue);
      });
    }

    for (const { name, resumeValue } of [
      { name: "another order", resumeValue: { ...belongs, orderId: "order-2" } },
      { name: "a missing member", resumeValue: { orderId: belongs.orderId } },
      { name: "no object at all", resumeValue: "completed" },
    ]) {
      it(`answers 422 to ${name} and stays waiting`, async () => {
        const runId = await host.client.createRun("conformance-interrupt-external-event");
        await host.client.settled(runId);
        assertRefused(await host.client.answer(runId, "wait-for-external", resumeValue), 422, "validation_error");
        assert.equal((await host.client.snapshot(runId)).status, "waiting-external");
      });
    }

    it("takes the event by the signed token, without a key", async () => {
      const runId = await host.client.createRun("conformance-interrupt-external-event");
      await host.client.settled(runId);
      const { interrupt } = await host.client.snapshot(runId);
      const path = new URL(interrupt.callbackUrl).pathname;
      const wrong = await host.client.anonymous("POST", path, { body: { resumeValue: { orderId: "order-2" } } });
      assertRefused(wrong, 422, "validation_error");
      const right = await host.client.anonymous("POST", path, { body: { resumeValue: belongs } });
      assert.equal(right.status, 200);
      assert.equal(await host.client.ended(runId), "completed");
    });
  });
}

function versionFold(host: Suite): void {
  describe("conformance-version-fold", { skip: needsSeams() }, () => {
    it("runs under the oldest, the current and the newest engine version that the host accepts", async () => {
      const { body: discovery } = await host.client.anonymous("GET", "/.well-known/openwop");
      const range = discovery.testing.forceEngineVersionRange;
      for (const version of [range.min, discovery.engineVersion, range.max]) {
        const headers = { "x-force-engine-version": String(version) };
        const runId = await host.client.createRun("conformance-version-fold", { headers });
        assert.equal(await host.client.ended(runId), "completed");
        assert.equal((await host.client.snapshot(runId)).engineVersion, String(version));
        for (const event of await host.client.log(runId)) assert.equal(event.engineVersion, String(version));
      }
    });

    it("refuses a version outside the range", async () => {
      const { body: discovery } = await host.client.anonymous("GET", "/.well-known/openwop");
      const range = discovery.testing.forceEngineVersionRange;
      for (const version of [range.min - 1, range.max + 1, "new", `0${range.max}`, `${range.max}.0`]) {
        const headers = { "x-force-engine-version": String(version) };
        const response = await host.client.post("/v1/runs", { workflowId: "conformance-version-fold" }, headers);
        const details = assertRefused(response, 400, "unsupported_force_engine_version");
        assert.deepEqual({ min: details.min, max: details.max }, range);
      }
    });
  });
}

function types(log: readonly LoggedEvent[]): string[] {
  return log.map((event) => event.type);
}

function document(folder: string, id: string): { variables: { name: string; type: string }[] } {
  return JSON.parse(readFileSync(path.join(folder, `${id}.json`), "utf8"));
}

const samples: Record<string, unknown> = { string: "x", number: 1, boolean: true, object: {}, array: [] };

/** Inputs that satisfy the variables of a fixture. */
function inputsFor(folder: string, id: string): Record<string, unknown> {
  if (!readdirSync(folder).includes(`${id}.json`)) return {};
  return Object.fromEntries(document(folder, id).variables.map(({ name, type }) => [name, samples[type]]));
}
