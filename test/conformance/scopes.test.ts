// What each key may do: one scope never implies another, and what belongs to another tenant is not there
// (discovery-auth.md §7.2-§7.4).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { workflow } from "../support/definitions.ts";
import { addKeys } from "../support/keys.ts";
import { ownFixtures } from "../support/paths.ts";
import { needsOwnDaemon } from "../support/suite.ts";

const scopes = [
  "manifest:read",
  "runs:create",
  "runs:read",
  "runs:cancel",
  "approvals:respond",
  "workflows:write",
  "admin:manage",
] as const;
type Scope = (typeof scopes)[number];

const nobody = "run_00000000000000000000000000";
const routes: { method: string; path: string; scope: Scope }[] = [
  { method: "POST", path: "/v1/runs", scope: "runs:create" },
  { method: "GET", path: "/v1/runs", scope: "runs:read" },
  { method: "GET", path: `/v1/runs/${nobody}`, scope: "runs:read" },
  { method: "GET", path: `/v1/runs/${nobody}/events`, scope: "runs:read" },
  { method: "GET", path: `/v1/runs/${nobody}/events/poll`, scope: "runs:read" },
  { method: "POST", path: `/v1/runs/${nobody}/cancel`, scope: "runs:cancel" },
  { method: "POST", path: `/v1/runs/${nobody}:cancel`, scope: "runs:cancel" },
  { method: "POST", path: `/v1/runs/${nobody}/interrupts/gate`, scope: "approvals:respond" },
  { method: "POST", path: "/v1/workflows", scope: "workflows:write" },
  { method: "GET", path: "/v1/workflows", scope: "manifest:read" },
  { method: "GET", path: "/v1/workflows/conformance-noop", scope: "manifest:read" },
  { method: "POST", path: "/v1/workflows:validate", scope: "manifest:read" },
  { method: "GET", path: "/v1/host/parley/interrupts", scope: "runs:read" },
  { method: "GET", path: `/v1/host/parley/runs/${nobody}/interrupts`, scope: "runs:read" },
  { method: "POST", path: "/v1/host/parley/threads/t/messages", scope: "runs:create" },
  { method: "GET", path: "/v1/host/parley/threads", scope: "runs:read" },
  { method: "GET", path: "/v1/host/parley/threads/t", scope: "runs:read" },
  { method: "GET", path: "/v1/host/parley/threads/t/messages", scope: "runs:read" },
  { method: "POST", path: "/v1/host/parley/admin/keys/rotate", scope: "admin:manage" },
  { method: "POST", path: "/v1/host/parley/admin/backup", scope: "admin:manage" },
  { method: "GET", path: "/v1/host/parley/admin/doctor", scope: "admin:manage" },
];
/** Only asked with keys that lack the scope: with it they would stay open. */
const streamRoute = { method: "GET", path: "/v1/host/parley/threads/t/stream", scope: "runs:read" } as const;

describe("keys", { skip: needsOwnDaemon() }, () => {
  let daemon: Daemon;
  let operator: Client;
  let keys: Record<Scope | "all-but-responding" | "expired" | "revoked" | "stranger", string>;

  before(async () => {
    const first = await startDaemon({ fixtures: ownFixtures });
    await first.stop();
    keys = await addKeys(first.home, {
      ...(Object.fromEntries(scopes.map((scope) => [scope, { scopes: [scope] }])) as Record<
        Scope,
        { scopes: string[] }
      >),
      "all-but-responding": { scopes: scopes.filter((scope) => scope !== "approvals:respond") },
      expired: { scopes, expiresMs: Date.now() - 1_000 },
      revoked: { scopes, revokedMs: Date.now() - 1_000 },
      stranger: { scopes, tenantId: "elsewhere" },
    });
    daemon = await startDaemon({ home: first.home, fixtures: ownFixtures });
    operator = new Client(daemon.url, daemon.key);
  });
  after(async () => {
    await daemon.dispose();
    const { rm } = await import("node:fs/promises");
    await rm(daemon.home, { recursive: true, force: true });
  });

  for (const held of scopes) {
    it(`with ${held} reach the routes of ${held} and no other`, async () => {
      const caller = operator.as(keys[held]);
      for (const { method, path, scope } of [...routes, streamRoute]) {
        if (path.endsWith("/rotate") && held === scope) continue; // it would end this very key
        if (path === streamRoute.path && held === scope) continue;
        const response = await caller.call(method, path, method === "POST" ? { body: {} } : {});
        if (held === scope) assert.notEqual(response.status, 403, `${method} ${path}: ${response.text}`);
        else assert.equal(assertRefused(response, 403, "forbidden").scopeRequired, scope, `${method} ${path}`);
      }
    });
  }

  it("are judged before the body is read and before anything is looked up", async () => {
    const caller = operator.as(keys["manifest:read"]);
    const response = await caller.call("POST", "/v1/runs", { text: "{ not even json" });
    assertRefused(response, 403, "forbidden");
  });

  it("that expired or were revoked are told so", async () => {
    assertRefused(await operator.as(keys.expired).get("/v1/runs"), 401, "key_expired");
    assertRefused(await operator.as(keys.revoked).get("/v1/runs"), 401, "key_revoked");
  });

  it("that are no test keys may not force an engine version", async () => {
    const response = await operator
      .as(keys["runs:create"])
      .post("/v1/runs", { workflowId: "conformance-noop" }, { "x-force-engine-version": "1" });
    assertRefused(response, 403, "force_engine_version_forbidden");
  });

  it("without approvals:respond see questions, but no token that could answer them", async () => {
    const runId = await operator.createRun("conformance-approval");
    await operator.settled(runId);
    const reader = operator.as(keys["all-but-responding"]);
    const snapshot = await reader.snapshot(runId);
    assert.equal(snapshot.interrupt.kind, "approval");
    const lists = [
      (await reader.get(`/v1/host/parley/runs/${runId}/interrupts`)).text,
      (await reader.get("/v1/host/parley/interrupts")).text,
      JSON.stringify(snapshot),
      JSON.stringify(await reader.log(runId)),
    ];
    for (const token of lists.join(" ").match(/eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{43}/g) ?? []) {
      const body = { resumeValue: { action: "accept" } };
      assertRefused(await reader.anonymous("POST", `/v1/interrupts/${token}`, { body }), 403, "forbidden");
    }
    const response = await reader.answer(runId, "gate", { action: "accept" });
    assert.equal(assertRefused(response, 403, "forbidden").scopeRequired, "approvals:respond");
    assert.equal((await operator.snapshot(runId)).status, "waiting-approval");
  });

  describe("of another tenant", () => {
    const stranger = () => operator.as(keys.stranger);

    it("see nothing of ours: the same answer as for what does not exist", async () => {
      const runId = await operator.createRun("conformance-approval");
      await operator.settled(runId);
      await operator.register(workflow("ours", { nodes: [{ id: "a", typeId: "core.noop" }] }));
      const { body } = await operator.post("/v1/host/parley/threads/ours/messages", { text: "hello" });
      await operator.ended(body.runId);
      const answer = { resumeValue: { action: "accept" } };
      for (const { method, theirs, absent, sent } of [
        { method: "GET", theirs: `/v1/runs/${runId}`, absent: `/v1/runs/${nobody}` },
        { method: "GET", theirs: `/v1/runs/${runId}/events`, absent: `/v1/runs/${nobody}/events` },
        { method: "GET", theirs: `/v1/runs/${runId}/events/poll`, absent: `/v1/runs/${nobody}/events/poll` },
        { method: "POST", theirs: `/v1/runs/${runId}/cancel`, absent: `/v1/runs/${nobody}/cancel`, sent: {} },
        {
          method: "POST",
          theirs: `/v1/runs/${runId}/interrupts/gate`,
          absent: `/v1/runs/${nobody}/interrupts/gate`,
          sent: answer,
        },
        {
          method: "GET",
          theirs: `/v1/host/parley/runs/${runId}/interrupts`,
          absent: `/v1/host/parley/runs/${nobody}/interrupts`,
        },
        { method: "GET", theirs: "/v1/workflows/ours", absent: "/v1/workflows/none" },
        { method: "GET", theirs: "/v1/host/parley/threads/ours", absent: "/v1/host/parley/threads/none" },
      ]) {
        const options = sent ? { body: sent } : {};
        const [there, notThere] = [
          await stranger().call(method, theirs, options),
          await stranger().call(method, absent, options),
        ];
        assertRefused(there, 404, "not_found");
        const same = (text: string) =>
          text.replaceAll(runId, "ID").replaceAll(nobody, "ID").replaceAll("ours", "ID").replaceAll("none", "ID");
        assert.equal(same(there.text), same(notThere.text), theirs);
      }
      assert.equal((await operator.snapshot(runId)).status, "waiting-approval");
    });

    it("list only their own", async () => {
      assert.deepEqual((await stranger().get("/v1/runs")).body.runs, []);
      assert.deepEqual((await stranger().get("/v1/host/parley/threads")).body.threads, []);
      assert.deepEqual((await stranger().get("/v1/host/parley/interrupts")).body.interrupts, []);
      const { body } = await stranger().get("/v1/workflows");
      assert.ok(!JSON.stringify(body).includes('"ours"'));
    });

    it("cannot start our workflows, nor name our tenant in a body", async () => {
      assertRefused(await stranger().post("/v1/runs", { workflowId: "ours" }), 404, "not_found");
      const body = { workflowId: "conformance-noop", tenantId: "default" };
      assertRefused(await stranger().post("/v1/runs", body), 403, "tenant_membership_required");
    });

    it("have their own Idempotency-Keys, thread names and workflow names", async () => {
      const definition = workflow("same-name", { nodes: [{ id: "a", typeId: "core.noop" }] });
      await operator.register(definition);
      const headers = { "idempotency-key": "same-key" };
      const ours = await operator.post("/v1/runs", { workflowId: "same-name" }, headers);
      assert.equal(ours.status, 201);
      const early = await stranger().post("/v1/runs", { workflowId: "same-name" }, { "idempotency-key": "another" });
      assertRefused(early, 404, "not_found");
      assert.equal((await stranger().post("/v1/workflows", definition)).status, 201);
      const theirs = await stranger().post("/v1/runs", { workflowId: "same-name" }, headers);
      assert.equal(theirs.status, 201);
      assert.notEqual(theirs.body.runId, ours.body.runId);
      assert.equal(theirs.headers["openwop-idempotent-replay"], undefined);
    });
  });
});
