// Pause and resume: in every state, by both policies, and across a kill (runs.md §4.3).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { assertRefused, Client, type LoggedEvent } from "../support/client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { ownFixtures } from "../support/paths.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const typesOf = (log: LoggedEvent[]) => log.map(({ type }) => type);
const PAUSES = /^run\.(paused|resumed)$/;

/** A step of `ms`, then one that takes no time. */
const steps = (ms: number) =>
  workflow(`conformance-pause-steps-${ms}`, {
    nodes: [
      { id: "first", typeId: "core.delay", config: { delayMs: ms } },
      { id: "second", typeId: "core.noop" },
    ],
    edges: [{ from: "first", to: "second" }],
  });

const effect = (id: string, url: string, kind: "keyed" | "unkeyed") =>
  workflow(id, {
    nodes: [
      { id: "call", typeId: "local.parley.testEffect", config: { url, class: kind } },
      { id: "then", typeId: "core.noop" },
    ],
    edges: [{ from: "call", to: "then" }],
  });

async function until(client: Client, runId: string, type: string): Promise<void> {
  const stream = await client.events(runId, "?streamMode=debug");
  await stream.until(({ event }) => event === type);
  stream.close();
}

const pause = (client: Client, runId: string, body: unknown = {}, headers?: Record<string, string>) =>
  client.post(`/v1/runs/${runId}:pause`, body, headers);
const resume = (client: Client, runId: string, body: unknown = {}, headers?: Record<string, string>) =>
  client.post(`/v1/runs/${runId}:resume`, body, headers);

describe("pausing", () => {
  const host = useDaemon();

  it("lets the running node come to its end first, and starts nothing after it", async () => {
    const { client } = host;
    const runId = await client.createRun(await client.register(steps(300)));
    await until(client, runId, "node.started");
    const answer = await pause(client, runId, { reason: "lunch" });
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(answer.body, { runId, status: "paused" }, "not yet: the node still runs");
    await until(client, runId, "run.paused");
    const snapshot = await client.snapshot(runId);
    assert.equal(snapshot.status, "paused");
    assert.ok(Number.isFinite(Date.parse(snapshot.pausedAt)));
    const log = await client.log(runId);
    assert.equal(log.at(-1)?.type, "run.paused");
    assert.equal(log.at(-1)?.payload.reason, "lunch");
    assert.equal(log.at(-1)?.payload.drainPolicy, "drain-current-node");
    assert.equal(log.at(-2)?.type, "node.completed");
    assert.equal(log.filter((event) => event.nodeId === "second").length, 0);

    const resumed = await resume(client, runId, { reason: "back" });
    assert.equal(resumed.status, 202, resumed.text);
    assert.equal(resumed.body.status, "running");
    assert.ok(Number.isFinite(Date.parse(resumed.body.resumedAt)));
    assert.equal(await client.ended(runId), "completed");
    const after = await client.log(runId);
    assert.equal(after[log.length]?.type, "run.resumed");
    assert.deepEqual(
      typesOf(after).filter((type) => PAUSES.test(type)),
      ["run.paused", "run.resumed"],
    );
    assert.equal((await client.snapshot(runId)).pausedAt, undefined);
  });

  it("takes effect before the run ends, also when the node that ran was the last", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-delay", { inputs: { delayMs: 250 } });
    await until(client, runId, "node.started");
    await pause(client, runId);
    await until(client, runId, "run.paused");
    await resume(client, runId);
    assert.equal(await client.ended(runId), "completed");
    const types = typesOf(await client.log(runId)).filter((type) => /^(node\.completed|run\.)/.test(type));
    assert.deepEqual(types, ["run.started", "node.completed", "run.paused", "run.resumed", "run.completed"]);
  });

  it("at once interrupts a node that may begin anew, and gives it a fresh attempt on resume", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-delay", { inputs: { delayMs: 400 } });
    await until(client, runId, "node.started");
    const { status, body } = await pause(client, runId, { drainPolicy: "immediate" });
    assert.equal(status, 202);
    assert.equal(body.status, "paused");
    assert.ok(Number.isFinite(Date.parse(body.pausedAt)));
    assert.equal((await client.snapshot(runId)).status, "paused");
    await resume(client, runId);
    assert.equal(await client.ended(runId), "completed");
    const log = await client.log(runId);
    const started = log.filter(({ type }) => type === "node.started").map(({ payload }) => payload.attempt);
    assert.deepEqual(started, [0, 1]);
    assert.equal(log.filter(({ type }) => /^node\.(completed|failed|cancelled)$/.test(type)).length, 1);
    const at = log.findIndex(({ type }) => type === "run.paused");
    assert.equal(log[at]?.payload.drainPolicy, "immediate");
    assert.equal(log[at + 1]?.type, "run.resumed");
  });

  it("fires no timer meanwhile", async () => {
    const { client } = host;
    const runId = await client.createRun(await client.register(steps(200)));
    await until(client, runId, "node.started");
    await pause(client, runId, { drainPolicy: "immediate" });
    const page = await client.get(`/v1/runs/${runId}/events/poll?lastSequence=2&timeout=1`);
    assert.deepEqual(page.body.events, []);
    assert.equal(page.body.runStatus, "paused");
    await resume(client, runId);
    assert.equal(await client.ended(runId), "completed");
  });

  it("does not count toward runTimeoutMs, waiting does", async () => {
    const { client } = host;
    const options = { inputs: { delayMs: 100 }, body: { configurable: { runTimeoutMs: 900 } } };
    const runId = await client.createRun("conformance-delay", options);
    await until(client, runId, "node.started");
    await pause(client, runId, { drainPolicy: "immediate" });
    // The poll waits one second: longer than the run may take.
    await client.get(`/v1/runs/${runId}/events/poll?lastSequence=99&timeout=1`);
    await resume(client, runId);
    assert.equal(await client.ended(runId), "completed");
  });

  it("still bounds the time that the run works", async () => {
    const { client } = host;
    const options = { inputs: { delayMs: 20_000 }, body: { configurable: { runTimeoutMs: 400 } } };
    const runId = await client.createRun("conformance-delay", options);
    await until(client, runId, "node.started");
    await pause(client, runId, { drainPolicy: "immediate" });
    await resume(client, runId);
    assert.equal(await client.ended(runId), "failed");
    assert.equal((await client.snapshot(runId)).error.code, "run_timeout");
  });

  it("can be hastened, and taken back before it took effect", async () => {
    const { client } = host;
    const hastened = await client.createRun("conformance-cancellable");
    await until(client, hastened, "node.started");
    assert.equal((await pause(client, hastened)).body.pausedAt, undefined);
    assert.equal((await client.snapshot(hastened)).status, "running");
    assert.ok((await pause(client, hastened, { drainPolicy: "immediate" })).body.pausedAt);
    await client.post(`/v1/runs/${hastened}/cancel`, {});
    assert.equal(await client.ended(hastened), "cancelled");

    const kept = await client.createRun("conformance-delay", { inputs: { delayMs: 300 } });
    await until(client, kept, "node.started");
    await pause(client, kept);
    assert.equal((await resume(client, kept)).status, 202);
    assert.equal(await client.ended(kept), "completed");
    assert.ok(!typesOf(await client.log(kept)).some((type) => PAUSES.test(type)));
  });

  it("is refused in every other state, which the refusal names", async () => {
    const { client } = host;
    for (const { workflowId, runStatus, code } of [
      { workflowId: "conformance-approval", runStatus: "waiting-approval", code: "conflict" },
      { workflowId: "conformance-clarification", runStatus: "waiting-input", code: "conflict" },
      { workflowId: "conformance-interrupt-external-event", runStatus: "waiting-external", code: "conflict" },
      { workflowId: "conformance-noop", runStatus: "completed", code: "run_terminal" },
      { workflowId: "conformance-failure", runStatus: "failed", code: "run_terminal" },
    ]) {
      const runId = await client.createRun(workflowId);
      await client.settled(runId);
      for (const answer of [await pause(client, runId), await resume(client, runId)]) {
        assertRefused(answer, 409, code);
        assert.equal(answer.body.details.runStatus, runStatus);
      }
      assert.equal((await client.snapshot(runId)).status, runStatus, "nothing changed");
    }
    const running = await client.createRun("conformance-cancellable");
    await until(client, running, "node.started");
    const early = await resume(client, running);
    assertRefused(early, 409, "conflict");
    assert.equal(early.body.details.runStatus, "running");
    const { body } = await pause(client, running, { drainPolicy: "immediate" });
    const twice = await pause(client, running);
    assertRefused(twice, 409, "conflict");
    assert.deepEqual(twice.body.details, { runStatus: "paused", pausedAt: body.pausedAt });
    await client.post(`/v1/runs/${running}/cancel`, {});
    assertRefused(await resume(client, running), 409, "run_terminal");
  });

  it("repeats the first answer for the same key", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-cancellable");
    await until(client, runId, "node.started");
    const key = { "idempotency-key": `pause-${runId}` };
    const first = await pause(client, runId, { drainPolicy: "immediate" }, key);
    const second = await pause(client, runId, { drainPolicy: "immediate" }, key);
    assert.deepEqual([second.status, second.text], [202, first.text]);
    assert.equal(second.headers["openwop-idempotent-replay"], "true");
    assertRefused(await pause(client, runId, {}, key), 409, "idempotency_key_mismatch");
    const back = { "idempotency-key": `resume-${runId}` };
    const resumed = await resume(client, runId, {}, back);
    assert.equal((await resume(client, runId, {}, back)).text, resumed.text);
    await client.post(`/v1/runs/${runId}/cancel`, {});
    assert.equal(typesOf(await client.log(runId)).filter((type) => PAUSES.test(type)).length, 2);
  });

  it("refuses what it does not know, strangers, and callers without a key", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-cancellable");
    await until(client, runId, "node.started");
    for (const body of [{ drainPolicy: "later" }, { reason: 7 }, { reason: "x".repeat(513) }, { force: true }, []]) {
      assertRefused(await pause(client, runId, body), 400, "validation_error");
    }
    assertRefused(await resume(client, runId, { drainPolicy: "immediate" }), 400, "validation_error");
    for (const verb of ["pause", "resume"]) {
      assertRefused(await client.post(`/v1/runs/run_unknown:${verb}`), 404, "not_found");
      assertRefused(await client.anonymous("POST", `/v1/runs/${runId}:${verb}`), 401, "unauthenticated");
      const wrong = await client.get(`/v1/runs/${runId}:${verb}`);
      assertRefused(wrong, 405, "method_not_allowed");
      assert.equal(wrong.headers.allow, "POST");
    }
    assert.equal((await client.snapshot(runId)).status, "running");
    await client.post(`/v1/runs/${runId}/cancel`, {});
  });

  it("can be cancelled, and is over then", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-cancellable");
    await until(client, runId, "node.started");
    await pause(client, runId, { drainPolicy: "immediate" });
    assert.equal((await client.post(`/v1/runs/${runId}/cancel`, {})).body.status, "cancelled");
    const log = await client.log(runId);
    assert.deepEqual(typesOf(log).slice(-2), ["node.cancelled", "run.cancelled"]);
  });

  it("keeps an open question open, and takes no answer before the run goes on", async () => {
    const { client } = host;
    const branches = workflow("conformance-pause-branches", {
      nodes: [
        { id: "gate", typeId: "core.approvalGate", config: { title: "Go on?", actions: ["accept", "reject"] } },
        { id: "wait", typeId: "core.delay", config: { delayMs: 150 } },
      ],
    });
    const runId = await client.createRun(await client.register(branches));
    await until(client, runId, "node.suspended");
    await pause(client, runId, { drainPolicy: "immediate" });
    const early = await client.answer(runId, "gate", { action: "accept" });
    assertRefused(early, 409, "conflict");
    assert.equal(early.body.details.runStatus, "paused");
    const pending = await client.get(`/v1/host/parley/runs/${runId}/interrupts`);
    assert.equal(pending.body.interrupts.length, 1);
    await resume(client, runId);
    assert.equal((await client.answer(runId, "gate", { action: "accept" })).status, 200);
    assert.equal(await client.ended(runId), "completed");
  });

  it("is listed under its status", async () => {
    const { client } = host;
    const runId = await client.createRun("conformance-cancellable");
    await until(client, runId, "node.started");
    await pause(client, runId, { drainPolicy: "immediate" });
    const { body } = await client.get("/v1/runs?status=paused");
    assert.ok(body.runs.some((run: { runId: string }) => run.runId === runId));
    await client.post(`/v1/runs/${runId}/cancel`, {});
  });
});

describe("effects of a paused run", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();
  const receivers: Receiver[] = [];
  after(() => Promise.all(receivers.map((receiver) => receiver.close())));
  const receiver = async () => {
    const opened = await startReceiver();
    receivers.push(opened);
    return opened;
  };

  it("that may not be repeated go on, and what they brought is taken on resume", async () => {
    const { client } = host;
    const outside = await receiver();
    const runId = await client.createRun(
      await client.register(effect("conformance-pause-unkeyed", outside.url, "unkeyed")),
    );
    const call = await outside.next();
    await pause(client, runId, { drainPolicy: "immediate" });
    call.answer(200);
    await outside.settled();
    const page = await client.get(`/v1/runs/${runId}/events/poll?lastSequence=2&timeout=1`);
    assert.deepEqual(page.body.events, [], "nothing is decided while it is paused");
    await resume(client, runId);
    assert.equal(await client.ended(runId), "completed");
    const log = await client.log(runId);
    assert.equal(log.filter((event) => event.type === "node.started" && event.nodeId === "call").length, 1);
    assert.equal(outside.count, 1, "it happened once");
  });

  it("that may be repeated are dropped, and made again with the same identity", async () => {
    const { client } = host;
    const outside = await receiver();
    const runId = await client.createRun(
      await client.register(effect("conformance-pause-keyed", outside.url, "keyed")),
    );
    const first = await outside.next();
    await pause(client, runId, { drainPolicy: "immediate" });
    await first.aborted;
    await resume(client, runId);
    const second = await outside.next();
    assert.equal(second.key, first.key);
    second.answer(200);
    assert.equal(await client.ended(runId), "completed");
    const attempts = (await client.log(runId)).filter(
      (event) => event.type === "node.started" && event.nodeId === "call",
    );
    assert.deepEqual(
      attempts.map(({ payload }) => payload.attempt),
      [0, 1],
    );
  });
});

describe("a paused run", { skip: needsOwnDaemon() }, () => {
  for (const { how, drainPolicy } of [
    { how: "paused at once", drainPolicy: "immediate" },
    { how: "asked to pause", drainPolicy: "drain-current-node" },
  ] as const) {
    it(`that was ${how} is so after the daemon was killed, and goes on when it is told to`, async () => {
      const home = await mkdtemp(join(tmpdir(), "parley-pause-"));
      const options: DaemonOptions = { home, seams: true, fixtures: ownFixtures };
      const daemons: Daemon[] = [];
      const start = async () => {
        const daemon = await startDaemon(options);
        daemons.push(daemon);
        return { daemon, client: new Client(daemon.url, daemon.key) };
      };
      try {
        const before = await start();
        const runId = await before.client.createRun("conformance-delay", { inputs: { delayMs: 400 } });
        await until(before.client, runId, "node.started");
        assert.equal((await pause(before.client, runId, { drainPolicy })).status, 202);
        await before.daemon.kill();
        const { client } = await start();
        await until(client, runId, "run.paused");
        assert.equal((await client.snapshot(runId)).status, "paused");
        assert.equal((await resume(client, runId)).status, 202);
        assert.equal(await client.ended(runId), "completed");
        const log = await client.log(runId);
        const at = log.findIndex(({ type }) => type === "run.paused");
        assert.equal(log[at + 1]?.type, "run.resumed");
        assert.equal(log.filter(({ type }) => type === "run.paused").length, 1);
      } finally {
        for (const daemon of daemons) await daemon.dispose();
        await rm(home, { recursive: true, force: true });
      }
    });
  }
});
