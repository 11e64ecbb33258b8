// `Idempotency-Key` on every mutating route (runs.md §3.1).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import type { Response } from "../support/http.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const REPLAY = "openwop-idempotent-replay";
const withKey = (key: string) => ({ "idempotency-key": key });

// Without test seams: forced engine versions are then forbidden, which is the 403 that must not be kept.
const host = useDaemon({ fixtures: ownFixtures });
const create = (body: object, key: string) => host.client.post("/v1/runs", body, withKey(key));
const idempotent = (nonce: string) => ({ workflowId: "conformance-idempotent", inputs: { nonce } });

describe("an Idempotency-Key", () => {
  it("used again with the same body gives the first answer, marked as a replay, and no second run", async () => {
    const key = randomUUID();
    const first = await create(idempotent("a"), key);
    assert.equal(first.status, 201);
    assert.equal(first.headers[REPLAY], undefined, "the first answer is no replay and does not speak of it");
    for (let time = 0; time < 5; time += 1) {
      const again = await create(idempotent("a"), key);
      assertReplay(again, first);
    }
    const { body } = await host.client.get("/v1/runs?workflowId=conformance-idempotent");
    assert.equal(body.runs.filter((run: { runId: string }) => run.runId === first.body.runId).length, 1);
    assert.equal(body.runs.length, 1);
  });

  it("compares bodies by meaning, not by spelling", async () => {
    const key = randomUUID();
    const first = await create({ workflowId: "conformance-idempotent", inputs: { nonce: "b" }, tags: ["x"] }, key);
    const text = ' { "tags" : ["x"], "inputs": {"nonce":"\\u0062"},\n"workflowId":"conformance-idempotent" } ';
    const again = await host.client.call("POST", "/v1/runs", { text, headers: withKey(key) });
    assertReplay(again, first);
  });

  it("used with another body is refused: neither the old answer nor a new run", async () => {
    const key = randomUUID();
    await create(idempotent("c"), key);
    const before = (await host.client.get("/v1/runs?limit=200")).body.runs.length;
    assertRefused(await create(idempotent("d"), key), 409, "idempotency_key_mismatch");
    assert.equal((await host.client.get("/v1/runs?limit=200")).body.runs.length, before);
    assert.equal((await create(idempotent("c"), key)).status, 201, "the first answer is still there");
  });

  it("used for the first time by ten at once makes one run", async () => {
    for (let round = 0; round < 5; round += 1) {
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 10 }, () => create(idempotent(`race-${round}`), key)));
      const accepted = answers.filter((answer) => answer.status === 201);
      assert.ok(accepted.length >= 1);
      assert.equal(new Set(accepted.map((answer) => answer.body.runId)).size, 1, "one run");
      assert.equal(accepted.filter((answer) => answer.headers[REPLAY] === undefined).length, 1, "one of them is first");
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        assert.equal(typeof assertRefused(answer, 409, "idempotency_in_flight").retryAfter, "number");
      }
    }
  });

  it("used at once with two bodies serves one of them only", async () => {
    const key = randomUUID();
    const answers = await Promise.all(["e", "f", "e", "f"].map((nonce) => create(idempotent(nonce), key)));
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.runId));
    assert.equal(ids.size, 1);
    for (const answer of answers.filter(({ status }) => status !== 201)) assert.equal(answer.status, 409);
  });

  it("belongs to one endpoint: the same key elsewhere is another one", async () => {
    const key = randomUUID();
    const { body } = await create({ workflowId: "conformance-approval" }, key);
    const cancelled = await host.client.post(`/v1/runs/${body.runId}/cancel`, {}, withKey(key));
    assert.equal(cancelled.status, 200);
    assert.equal(cancelled.headers[REPLAY], undefined);
  });

  it("is ignored where nothing changes", async () => {
    const runId = await host.client.createRun("conformance-noop");
    const response = await host.client.get(`/v1/runs/${runId}`, withKey(randomUUID()));
    assert.equal(response.status, 200);
    assert.equal(response.headers[REPLAY], undefined);
  });

  for (const { name, key, valid } of [
    { name: "of 255 characters is accepted", key: "k".repeat(255), valid: true },
    { name: "of 256 characters is refused", key: "k".repeat(256), valid: false },
  ]) {
    it(name, async () => {
      const response = await create(idempotent("length"), key);
      if (valid) assert.equal(response.status, 201);
      else assertRefused(response, 400, "validation_error");
    });
  }
});

describe("an Idempotency-Key on the other mutating routes", () => {
  it("repeats the answer to an interrupt instead of complaining that it was answered", async () => {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    const key = withKey(randomUUID());
    const first = await host.client.answer(runId, "gate", { action: "accept" }, key);
    assert.equal(first.status, 200);
    await host.client.ended(runId);
    assertReplay(await host.client.answer(runId, "gate", { action: "accept" }, key), first);
  });

  it("repeats a cancellation", async () => {
    const runId = await host.client.createRun("conformance-cancellable");
    const key = withKey(randomUUID());
    const first = await host.client.post(`/v1/runs/${runId}/cancel`, {}, key);
    assertReplay(await host.client.post(`/v1/runs/${runId}/cancel`, {}, key), first);
  });

  it("repeats a registration", async () => {
    const definition = workflow("conformance-registered-once", { nodes: [{ id: "only", typeId: "core.noop" }] });
    const key = withKey(randomUUID());
    const first = await host.client.post("/v1/workflows", definition, key);
    assert.equal(first.status, 201);
    assertReplay(await host.client.post("/v1/workflows", definition, key), first);
  });

  it("repeats a message: one turn", async () => {
    const path = "/v1/host/parley/threads/idempotent/messages";
    const key = withKey(randomUUID());
    const first = await host.client.post(path, { text: "hello" }, key);
    assert.equal(first.status, 202);
    assertReplay(await host.client.post(path, { text: "hello" }, key), first);
    await host.client.ended(first.body.runId);
    const { body } = await host.client.get("/v1/host/parley/threads/idempotent");
    assert.equal(body.messages.filter((message: { role: string }) => message.role === "user").length, 1);
  });
});

describe("an Idempotency-Key on routes that write beside the store", { skip: needsOwnDaemon() }, () => {
  for (const { name, method, path, body, status } of [
    { name: "a backup: one file", method: "POST", path: "admin/backup", body: {}, status: 201 },
    {
      name: "the setting of a model",
      method: "PUT",
      path: "models/default",
      body: { provider: "scripted", model: "offline" },
      status: 200,
    },
    {
      name: "the test of a model",
      method: "POST",
      path: "models/test",
      body: { provider: "scripted", model: "offline" },
      status: 200,
    },
  ]) {
    it(`repeats ${name}, also for five at once`, async () => {
      const headers = withKey(randomUUID());
      const ask = () => host.client.call(method, `/v1/host/parley/${path}`, { body, headers });
      const answers = await Promise.all(Array.from({ length: 5 }, ask));
      const [first] = answers.filter((answer) => answer.headers[REPLAY] === undefined);
      assert.equal(first?.status, status, first?.text);
      for (const answer of answers) if (answer !== first) assertReplay(answer, first as Response);
      assertReplay(await ask(), first as Response);
    });
  }

  it("refuses another body under the key", async () => {
    const headers = withKey(randomUUID());
    const path = "/v1/host/parley/admin/backup";
    assert.equal((await host.client.call("POST", path, { body: {}, headers })).status, 201);
    const other = await host.client.call("POST", path, { body: { path: "/tmp/elsewhere.db" }, headers });
    assertRefused(other, 409, "idempotency_key_mismatch");
  });
});

describe("an Idempotency-Key keeps final refusals", () => {
  it("404: the workflow may come later, the answer stays", async () => {
    const key = randomUUID();
    const body = { workflowId: "conformance-later" };
    const first = await create(body, key);
    assertRefused(first, 404, "not_found");
    await host.client.register(workflow("conformance-later", { nodes: [{ id: "only", typeId: "core.noop" }] }));
    assertReplay(await create(body, key), first);
    assert.equal((await create(body, randomUUID())).status, 201);
  });

  it("409: an interrupt that was answered before", async () => {
    const runId = await host.client.createRun("conformance-approval");
    await host.client.settled(runId);
    await host.client.answer(runId, "gate", { action: "accept" });
    const key = withKey(randomUUID());
    const first = await host.client.answer(runId, "gate", { action: "accept" }, key);
    assertRefused(first, 409, "interrupt_already_resolved");
    assertReplay(await host.client.answer(runId, "gate", { action: "accept" }, key), first);
  });
});

describe("an Idempotency-Key does not keep", () => {
  it("400: the same key works with a body that is right", async () => {
    const key = randomUUID();
    assertRefused(await create({ workflowId: "conformance-idempotent" }, key), 400, "validation_error");
    const again = await create({ workflowId: "conformance-idempotent" }, key);
    assert.equal(again.headers[REPLAY], undefined);
    assert.equal((await create(idempotent("right"), key)).status, 201);
  });

  it("401: the same key works with a credential", async () => {
    const key = randomUUID();
    const options = { body: idempotent("401"), headers: withKey(key) };
    assertRefused(await host.client.anonymous("POST", "/v1/runs", options), 401, "unauthenticated");
    const second = await create(idempotent("401"), key);
    assert.equal(second.status, 201);
    assert.equal(second.headers[REPLAY], undefined);
  });

  it("403: the same key works once the forbidden part is left out", { skip: needsOwnDaemon() }, async () => {
    const key = randomUUID();
    const headers = { ...withKey(key), "x-force-engine-version": "1" };
    const refused = await host.client.post("/v1/runs", idempotent("403"), headers);
    assertRefused(refused, 403, "force_engine_version_forbidden");
    const second = await create(idempotent("403"), key);
    assert.equal(second.status, 201);
    assert.equal(second.headers[REPLAY], undefined);
  });
});

describe("an Idempotency-Key outlives the process", { skip: needsOwnDaemon() }, () => {
  let daemon: Daemon;
  let second: Daemon | undefined;
  before(async () => {
    daemon = await startDaemon({ fixtures: ownFixtures });
  });
  after(async () => {
    await second?.dispose();
    await daemon.dispose();
  });

  for (const { name, end } of [
    { name: "that was stopped", end: (running: Daemon) => running.stop() },
    { name: "that was killed", end: (running: Daemon) => running.kill() },
  ]) {
    it(name, async () => {
      const running = second ?? daemon;
      const body = { workflowId: "conformance-idempotent", inputs: { nonce: name } };
      const key = withKey(randomUUID());
      const first = await new Client(running.url, running.key).post("/v1/runs", body, key);
      assert.equal(first.status, 201);
      await end(running);
      second = await startDaemon({ home: daemon.home, fixtures: ownFixtures });
      const client = new Client(second.url, second.key);
      assertReplay(await client.post("/v1/runs", body, key), first);
      assertRefused(
        await client.post("/v1/runs", { ...body, inputs: { nonce: "other" } }, key),
        409,
        "idempotency_key_mismatch",
      );
    });
  }
});

function assertReplay(response: Response, first: Response): void {
  assert.equal(response.status, first.status, response.text);
  assert.equal(response.text, first.text);
  assert.equal(response.headers[REPLAY], "true");
}
