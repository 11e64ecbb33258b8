// X-Dedup: enforce: one active run per scope, by those who ask for it (runs.md §2.2).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { startDaemon } from "../support/daemon.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const enforce = { "x-dedup": "enforce" };
const slow = (scopeId: string) => ({ workflowId: "conformance-cancellable", scopeId });

describe("X-Dedup: enforce", () => {
  const host = useDaemon();
  const create = (body: object, headers: Record<string, string> = enforce) =>
    host.client.post("/v1/runs", body, headers);

  it("refuses a second run of the scope while the first is active, and names it", async () => {
    const first = await create(slow("scope-a"));
    assert.equal(first.status, 201, first.text);
    const second = await create(slow("scope-a"));
    assertRefused(second, 409, "run_already_active");
    const { activeRunId, activeHost, retryAfter } = second.body.details;
    assert.equal(activeRunId, first.body.runId);
    assert.equal(activeHost, "cloud");
    assert.match(String(second.headers["retry-after"]), /^\d+$/);
    assert.equal(Number(second.headers["retry-after"]), retryAfter);
    const list = await host.client.get("/v1/runs?status=running&limit=200");
    assert.equal(list.body.runs.filter((run: { runId: string }) => run.runId === activeRunId).length, 1);
    await host.client.post(`/v1/runs/${first.body.runId}/cancel`, {});
    const third = await create(slow("scope-a"));
    assert.equal(third.status, 201, "the claim ended with its run");
    await host.client.post(`/v1/runs/${third.body.runId}/cancel`, {});
  });

  for (const { end, workflowId } of [
    { end: "completes", workflowId: "conformance-noop" },
    { end: "fails", workflowId: "conformance-failure" },
  ]) {
    it(`leaves no claim behind a run that ${end}, also in its first moment`, async () => {
      for (let time = 0; time < 3; time += 1) {
        const { status, body } = await create({ workflowId, scopeId: `scope-${end}` });
        assert.equal(status, 201);
        await host.client.ended(body.runId);
      }
    });
  }

  it("sees an active run that did not ask for it, and holds while a run waits or is paused", async () => {
    const plain = await create({ workflowId: "conformance-approval", scopeId: "scope-b" }, {});
    await host.client.settled(plain.body.runId);
    assertRefused(await create(slow("scope-b")), 409, "run_already_active");
    const beside = await create(slow("scope-b"), {});
    assert.equal(beside.status, 201, "who does not ask is not refused");
    await host.client.post(`/v1/runs/${plain.body.runId}/cancel`, {});
    const refused = await create(slow("scope-b"));
    assert.equal(refused.body.details.activeRunId, beside.body.runId);
    await host.client.post(`/v1/runs/${beside.body.runId}:pause`, { drainPolicy: "immediate" });
    assertRefused(await create(slow("scope-b")), 409, "run_already_active");
    await host.client.post(`/v1/runs/${beside.body.runId}/cancel`, {});
  });

  it("lets one of many at once through", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(slow("scope-c"))));
    const created = answers.filter(({ status }) => status === 201);
    assert.equal(created.length, 1);
    for (const answer of answers) {
      if (answer.status === 201) continue;
      assertRefused(answer, 409, "run_already_active");
      assert.equal(answer.body.details.activeRunId, created[0]?.body.runId);
    }
    await host.client.post(`/v1/runs/${created[0]?.body.runId}/cancel`, {});
  });

  it("means nothing without a scope, and scopes do not touch each other", async () => {
    for (const body of [{ workflowId: "conformance-cancellable" }, slow("scope-d"), slow("scope-e")]) {
      const answer = await create(body);
      assert.equal(answer.status, 201, answer.text);
      await host.client.post(`/v1/runs/${answer.body.runId}/cancel`, {});
    }
    const [first, second] = [
      await create({ workflowId: "conformance-cancellable" }),
      await create({ workflowId: "conformance-cancellable" }),
    ];
    assert.deepEqual([first.status, second.status], [201, 201]);
    for (const { body } of [first, second]) await host.client.post(`/v1/runs/${body.runId}/cancel`, {});
  });

  it("repeats the first answer for the same key, and does not keep a refusal", async () => {
    const key = (name: string) => ({ ...enforce, "idempotency-key": name });
    const first = await create(slow("scope-f"), key("dedup-1"));
    const again = await create(slow("scope-f"), key("dedup-1"));
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assertRefused(await create(slow("scope-f"), key("dedup-2")), 409, "run_already_active");
    await host.client.post(`/v1/runs/${first.body.runId}/cancel`, {});
    const later = await create(slow("scope-f"), key("dedup-2"));
    assert.equal(later.status, 201, "the same key tries again");
    await host.client.post(`/v1/runs/${later.body.runId}/cancel`, {});
  });

  for (const value of ["true", "Enforce", "off", "enforce, enforce"]) {
    it(`refuses the value ${JSON.stringify(value)}`, async () => {
      assertRefused(await create(slow("scope-g"), { "x-dedup": value }), 400, "validation_error");
    });
  }
});

it("the claim of an active run is there after a kill", { skip: needsOwnDaemon() }, async () => {
  const home = await mkdtemp(join(tmpdir(), "parley-dedup-"));
  const options = { home, seams: true, fixtures: ownFixtures };
  const daemons = [await startDaemon(options)];
  const client = () => {
    const daemon = daemons.at(-1);
    if (!daemon) throw new Error("no daemon");
    return new Client(daemon.url, daemon.key);
  };
  try {
    const first = await client().post("/v1/runs", slow("scope-k"), enforce);
    await daemons[0]?.kill();
    daemons.push(await startDaemon(options));
    const second = await client().post("/v1/runs", slow("scope-k"), enforce);
    assertRefused(second, 409, "run_already_active");
    assert.equal(second.body.details.activeRunId, first.body.runId);
  } finally {
    for (const daemon of daemons) await daemon.dispose();
    await rm(home, { recursive: true, force: true });
  }
});
