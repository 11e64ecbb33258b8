// Cancelling: in every state, as often as one likes (runs.md §4.2).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { workflow } from "../support/definitions.ts";
import { needsSeams, useDaemon } from "../support/suite.ts";

const retrying = workflow("conformance-retrying-for-long", {
  nodes: [
    {
      id: "call",
      typeId: "local.parley.testEffect",
      // Nobody listens there: every attempt fails, the next one is a minute away.
      config: { url: "http://127.0.0.1:9/", class: "keyed" },
      settings: { retry: { maxAttempts: 3, backoffMs: 60_000 } },
    },
  ],
});

const branches = workflow("conformance-branches", {
  nodes: [
    { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } },
    { id: "wait", typeId: "core.delay", config: { delayMs: 60_000 } },
  ],
});

describe("cancelling", () => {
  const host = useDaemon();
  const cancel = (runId: string, body: unknown = {}) => host.client.post(`/v1/runs/${runId}/cancel`, body);

  for (const { state, workflowId } of [
    { state: "a running timer", workflowId: "conformance-cancellable" },
    { state: "a run that waits for approval", workflowId: "conformance-approval" },
    { state: "a run that waits for input", workflowId: "conformance-clarification" },
    { state: "a run that waits for the outside", workflowId: "conformance-interrupt-external-event" },
    { state: "a run that waits for its next attempt", workflowId: retrying.id },
    { state: "a run with a gate and a timer at once", workflowId: branches.id },
  ]) {
    it(`ends ${state} within 5 s, with one terminal event that says why`, {
      skip: workflowId === retrying.id && needsSeams(),
    }, async () => {
      const own = [retrying, branches].find(({ id }) => id === workflowId);
      if (own) await host.client.register(own);
      const runId = await host.client.createRun(workflowId);
      const stream = await host.client.events(runId, "?streamMode=debug");
      await stream.until(({ event }) => /^node\.(started|suspended|retried)$/.test(event));
      const answer = await cancel(runId, { reason: "changed my mind" });
      assert.equal(answer.status, 200);
      assert.equal(answer.body.runId, runId);
      assert.match(answer.body.status, /^cancell(ed|ing)$/);
      await stream.all(5_000);
      const log = await host.client.log(runId);
      assert.equal(log.at(-1)?.type, "run.cancelled");
      assert.equal(log.filter((event) => /^run\.(completed|failed|cancelled)$/.test(event.type)).length, 1);
      const { reason, cancelledBy, parentRunId } = log.at(-1)?.payload ?? {};
      assert.equal(reason, "changed my mind");
      assert.ok(typeof cancelledBy === "string" && cancelledBy !== "");
      assert.ok(!cancelledBy.includes(host.client.key));
      assert.equal(parentRunId, undefined, "nobody's child was cancelled");
      const snapshot = await host.client.snapshot(runId);
      assert.equal(snapshot.status, "cancelled");
      assert.equal(snapshot.interrupt, undefined);
      const pending = await host.client.get(`/v1/host/parley/runs/${runId}/interrupts`);
      assert.deepEqual(pending.body.interrupts, []);
    });
  }

  it("is idempotent: again and again the same answer, one event", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    await cancel(runId);
    await host.client.ended(runId);
    for (let time = 0; time < 3; time += 1) {
      const { status, body } = await cancel(runId, { reason: "again" });
      assert.deepEqual({ status, body }, { status: 200, body: { runId, status: "cancelled" } });
    }
    const ends = (await host.client.log(runId)).filter((event) => event.type === "run.cancelled");
    assert.equal(ends.length, 1);
    assert.equal(ends[0]?.payload.reason, undefined, "the first one counts");
  });

  it("ten times at once ends the run once", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(runId)));
    for (const { status, body } of answers) {
      assert.equal(status, 200);
      assert.match(body.status, /^cancell(ed|ing)$/);
    }
    await host.client.ended(runId);
    assert.equal((await host.client.log(runId)).filter((event) => event.type === "run.cancelled").length, 1);
  });

  for (const { ended, workflowId } of [
    { ended: "completed", workflowId: "conformance-noop" },
    { ended: "failed", workflowId: "conformance-failure" },
  ]) {
    it(`a ${ended} run answers how it ended and changes nothing`, async () => {
      const runId = await host.client.createRun(workflowId);
      await host.client.ended(runId);
      const before = await host.client.log(runId);
      const { status, body } = await cancel(runId);
      assert.deepEqual({ status, body }, { status: 200, body: { runId, status: ended } });
      assert.deepEqual(await host.client.log(runId), before);
    });
  }

  it("needs no body, and has an older spelling", async () => {
    for (const path of ["/cancel", ":cancel"]) {
      const runId = await host.client.createRun("conformance-cancellable");
      const { status } = await host.client.call("POST", `/v1/runs/${runId}${path}`);
      assert.equal(status, 200);
      assert.equal(await host.client.ended(runId), "cancelled");
    }
  });

  it("of an unknown run is 404, of anybody's run without a key 401", async () => {
    assertRefused(await cancel("run_00000000000000000000000000"), 404, "not_found");
    const runId = await host.client.createRun("conformance-cancellable");
    assertRefused(await host.client.anonymous("POST", `/v1/runs/${runId}/cancel`), 401, "unauthenticated");
    assert.equal((await host.client.snapshot(runId)).status, "running");
    await cancel(runId);
  });

  it("with a reason that is no text is refused", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    assertRefused(await cancel(runId, { reason: 7 }), 400, "validation_error");
    assert.equal((await host.client.snapshot(runId)).status, "running");
    await cancel(runId);
  });
});
