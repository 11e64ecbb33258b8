// Dead letters: runs that used up their retries (runs.md §12.1, §12.2).

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { type NodeSpec, workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { needsOwnDaemon, needsSeams, useDaemon } from "../support/suite.ts";

const BASE = "/v1/host/parley/dead-letters";
/** Nobody listens there: every attempt fails, and could succeed another time. */
const NOWHERE = "http://127.0.0.1:9/";

function calling(url: string, settings: object = { retry: { maxAttempts: 3, backoffMs: 1 } }): NodeSpec {
  return { id: "call", typeId: "local.parley.testEffect", config: { url, class: "keyed" }, settings };
}

const doomed = workflow("conformance-doomed", {
  nodes: [{ id: "first", typeId: "core.noop" }, calling(NOWHERE)],
  edges: [{ from: "first", to: "call" }],
});

describe("a run whose node used up its retries", { skip: needsSeams() }, () => {
  const host = useDaemon();
  let runId: string;
  before(async () => {
    await host.client.register(doomed);
    runId = await host.client.createRun(doomed.id);
    assert.equal(await host.client.ended(runId), "failed");
  });

  it("says so before it fails, and failing stays its last event", async () => {
    const log = await host.client.log(runId);
    assert.deepEqual(
      log.slice(-3).map((event) => event.type),
      ["node.failed", "run.dead_lettered", "run.failed"],
    );
    const { payload, nodeId } = log.at(-2) ?? {};
    const reason = "Node call failed 3 times, last with effect_failed.";
    assert.deepEqual(payload, { runId, nodeId: "call", reason, attempts: 3 });
    assert.equal(nodeId, "call");
    assert.equal(log.filter((event) => event.type === "node.retried").length, 2);
    assert.equal((await host.client.snapshot(runId)).status, "failed");
  });

  it("stands in the list and by itself, for as long as discovery says", async () => {
    const { body } = await host.client.anonymous("GET", "/.well-known/openwop");
    const { retentionDays } = body.deadLetter;
    assert.ok(retentionDays >= 1);
    const list = await host.client.get(BASE);
    const letter = list.body.deadLetters.find((one: { runId: string }) => one.runId === runId);
    const { deadLetteredAt, expiresAt, ...rest } = letter;
    const reason = "Node call failed 3 times, last with effect_failed.";
    assert.deepEqual(rest, { runId, workflowId: doomed.id, nodeId: "call", reason, attempts: 3 });
    assert.equal(Date.parse(expiresAt) - Date.parse(deadLetteredAt), retentionDays * 86_400_000);
    assert.deepEqual((await host.client.get(`${BASE}/${runId}`)).body, letter);
  });

  it("can be forked", async () => {
    const forked = await host.client.post(`/v1/runs/${runId}:fork`, { mode: "branch", fromSeq: 1 });
    assert.equal(forked.status, 201, forked.text);
    assert.equal(await host.client.ended(forked.body.runId), "failed");
  });

  it("is not redriven by itself, and begins again with the node that failed when somebody asks", async () => {
    const receiver = await openReceiver();
    try {
      const failing = workflow("conformance-repaired", {
        nodes: [{ id: "first", typeId: "core.noop" }, calling(receiver.url)],
        edges: [{ from: "first", to: "call" }],
      });
      await host.client.register(failing);
      const dead = await host.client.createRun(failing.id);
      assert.equal(await host.client.ended(dead), "failed");
      const callsBefore = receiver.calls;
      assert.equal(callsBefore, 3);
      receiver.status = 200;
      const redriven = await host.client.post(`${BASE}/${dead}/redrive`);
      assert.equal(redriven.status, 201, redriven.text);
      const { runId: fresh, sourceRunId, mode } = redriven.body;
      assert.deepEqual({ sourceRunId, mode }, { sourceRunId: dead, mode: "branch" });
      assert.equal(await host.client.ended(fresh), "completed");
      assert.equal(receiver.calls, callsBefore + 1);
      assert.equal((await host.client.snapshot(dead)).status, "failed", "the dead run stays as it is");
    } finally {
      receiver.close();
    }
  });

  it("is redriven once per Idempotency-Key", async () => {
    const headers = { "idempotency-key": "redrive-once" };
    const first = await host.client.post(`${BASE}/${runId}/redrive`, {}, headers);
    const again = await host.client.post(`${BASE}/${runId}/redrive`, {}, headers);
    assert.equal(again.body.runId, first.body.runId);
    assert.equal(again.headers["openwop-idempotent-replay"], "true");
  });
});

describe("no dead letter is", { skip: needsSeams() }, () => {
  const host = useDaemon();
  const rescued = workflow("conformance-rescued", {
    nodes: [calling(NOWHERE), { id: "instead", typeId: "core.noop" }],
    edges: [{ from: "call", to: "instead", triggerRule: "any_failed" }],
  });
  for (const { name, definition, status } of [
    {
      name: "a failure that no retry could mend",
      definition: workflow("conformance-hopeless", {
        nodes: [{ id: "a", typeId: "core.fail", settings: { retry: { maxAttempts: 3, backoffMs: 1 } } }],
      }),
      status: "failed",
    },
    {
      name: "a failure of a node that asked for no retry",
      definition: workflow("conformance-once", { nodes: [calling(NOWHERE, {})] }),
      status: "failed",
    },
    { name: "a run that another branch rescued", definition: rescued, status: "completed" },
  ]) {
    it(name, async () => {
      await host.client.register(definition);
      const runId = await host.client.createRun(definition.id);
      assert.equal(await host.client.ended(runId), status);
      assert.ok((await host.client.log(runId)).every((event) => event.type !== "run.dead_lettered"));
      assertRefused(await host.client.get(`${BASE}/${runId}`), 404, "not_found");
      assertRefused(await host.client.post(`${BASE}/${runId}/redrive`), 404, "not_found");
    });
  }

  it("shown to nobody in particular, or on a page that there is not", async () => {
    assertRefused(await host.client.anonymous("GET", BASE), 401, "unauthenticated");
    assertRefused(await host.client.get(`${BASE}?cursor=foreign`), 400, "validation_error");
    assertRefused(await host.client.get(`${BASE}?limit=1000`), 400, "validation_error");
  });
});

describe("keys and dead letters", { skip: needsOwnDaemon() }, () => {
  let daemon: Daemon;
  let keys: Record<"reader" | "stranger" | "starter", string>;
  let runId: string;
  before(async () => {
    const first = await startDaemon({ seams: true });
    const operator = new Client(first.url, first.key);
    await operator.register(doomed);
    runId = await operator.createRun(doomed.id);
    await operator.ended(runId);
    await first.stop();
    keys = await addKeys(first.home, {
      reader: { scopes: ["runs:read"] },
      starter: { scopes: ["runs:create"] },
      stranger: { scopes: ["runs:read", "runs:create"], tenantId: "elsewhere" },
    });
    daemon = await startDaemon({ home: first.home, seams: true });
  });
  after(async () => {
    await daemon.dispose();
    await rm(daemon.home, { recursive: true, force: true });
  });

  it("a dead letter survives a restart, and a reader may not redrive it", async () => {
    const reader = new Client(daemon.url, keys.reader);
    assert.equal((await reader.get(`${BASE}/${runId}`)).body.runId, runId);
    assertRefused(await reader.post(`${BASE}/${runId}/redrive`), 403, "forbidden");
    const starter = new Client(daemon.url, keys.starter);
    assertRefused(await starter.post(`${BASE}/${runId}/redrive`), 403, "forbidden");
    assertRefused(await starter.get(BASE), 403, "forbidden");
  });

  it("another tenant's is not there", async () => {
    const stranger = new Client(daemon.url, keys.stranger);
    assert.deepEqual((await stranger.get(BASE)).body, { deadLetters: [] });
    assertRefused(await stranger.get(`${BASE}/${runId}`), 404, "not_found");
    assertRefused(await stranger.post(`${BASE}/${runId}/redrive`), 404, "not_found");
  });
});

describe("the seams about time", { skip: needsSeams() }, () => {
  const host = useDaemon();
  const SEAMS = "/v1/host/sample";

  for (const { body, runsFired } of [
    { body: { scenario: "single-tick" }, runsFired: 1 },
    { body: { scenario: "missed-window" }, runsFired: 1 },
    { body: { scenario: "missed-window", missedTicks: 48 }, runsFired: 1 },
  ]) {
    it(`scheduling/tick ${JSON.stringify(body)} starts ${runsFired} run`, async () => {
      const { status, body: answer } = await host.client.post(`${SEAMS}/scheduling/tick`, body);
      assert.deepEqual({ status, answer }, { status: 200, answer: { runsFired } });
    });
  }

  for (const scenario of ["exhaust-retries", "fork-after-dead-letter"]) {
    it(`deadletter/exhaust ${scenario} shows the event, and a run that can be forked`, async () => {
      const { status, body } = await host.client.post(`${SEAMS}/deadletter/exhaust`, { scenario });
      assert.equal(status, 200);
      assert.equal(body.event.type, "run.dead_lettered");
      assert.equal(body.event.payload.attempts, 3);
      assert.equal(body.forkEligible, true);
    });
  }

  it("know their scenarios only", async () => {
    assertRefused(await host.client.post(`${SEAMS}/scheduling/tick`, { scenario: "x" }), 400, "validation_error");
    assertRefused(await host.client.post(`${SEAMS}/deadletter/exhaust`, {}), 400, "validation_error");
  });
});

/** A receiver on loopback that answers with one status, 500 until it is told otherwise. */
async function openReceiver() {
  const receiver = { url: "", calls: 0, status: 500, close: () => server.closeAllConnections() };
  const server: Server = createServer((request, response) => {
    request.resume();
    receiver.calls += 1;
    response.writeHead(receiver.status).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  receiver.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return receiver;
}
