// Credentials: who is let in, in which order things are checked, and key rotation (discovery-auth.md §7).

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { request } from "../support/http.ts";
import { openStream } from "../support/sse.ts";
import { needsOwnDaemon, useDaemon } from "../support/suite.ts";

const nobody = "run_00000000000000000000000000";
const protectedRoutes: { method: string; path: string }[] = [
  { method: "POST", path: "/v1/runs" },
  { method: "GET", path: "/v1/runs" },
  { method: "GET", path: `/v1/runs/${nobody}` },
  { method: "GET", path: `/v1/runs/${nobody}/events` },
  { method: "GET", path: `/v1/runs/${nobody}/events/poll` },
  { method: "POST", path: `/v1/runs/${nobody}/cancel` },
  { method: "POST", path: `/v1/runs/${nobody}:cancel` },
  { method: "POST", path: `/v1/runs/${nobody}/interrupts/gate` },
  { method: "POST", path: "/v1/workflows" },
  { method: "GET", path: "/v1/workflows" },
  { method: "GET", path: "/v1/workflows/conformance-noop" },
  { method: "POST", path: "/v1/workflows:validate" },
  { method: "GET", path: "/v1/host/parley/interrupts" },
  { method: "GET", path: `/v1/host/parley/runs/${nobody}/interrupts` },
  { method: "POST", path: "/v1/host/parley/threads/t/messages" },
  { method: "GET", path: "/v1/host/parley/threads" },
  { method: "GET", path: "/v1/host/parley/threads/t" },
  { method: "GET", path: "/v1/host/parley/threads/t/messages" },
  { method: "GET", path: "/v1/host/parley/threads/t/stream" },
  { method: "POST", path: "/v1/host/parley/admin/keys/rotate" },
  { method: "POST", path: "/v1/host/parley/admin/backup" },
  { method: "GET", path: "/v1/host/parley/admin/doctor" },
  { method: "GET", path: "/v1/something/that/is/not/there" },
  { method: "PUT", path: "/v1/runs" },
];

describe("a credential", () => {
  const host = useDaemon();

  for (const { method, path: route } of protectedRoutes) {
    it(`is needed for ${method} ${route}: 401 before anything is looked at`, async () => {
      const options = method === "POST" ? { text: "{ not even json" } : {};
      assertRefused(await host.client.anonymous(method, route, options), 401, "unauthenticated");
    });
  }

  for (const route of ["/.well-known/openwop", "/v1/openapi.json", "/healthz", "/readyz"]) {
    it(`is not needed for ${route}`, async () => {
      assert.equal((await host.client.anonymous("GET", route)).status, 200);
    });
  }

  it("that is wrong in any way gets the same answer: nothing can be learnt from it", async () => {
    const { key } = host.client;
    const headers = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Basic ${Buffer.from(`user:${key}`).toString("base64")}`,
      `Bearer ${key}x`,
      `Bearer ${key.slice(0, -1)}`,
      `Bearer ${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}`,
      "Bearer unknown",
      `Bearer ${"k".repeat(8_000)}`,
      `Bearer ${key} ${key}`,
      key,
    ];
    const bodies = new Set<string>();
    for (const authorization of headers) {
      const response = await request("GET", `${host.client.url}/v1/runs`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      assertRefused(response, 401, "unauthenticated");
      assert.ok(!response.text.includes(key.slice(4, 24)), "no part of a credential comes back");
      bodies.add(response.text);
    }
    assert.equal(bodies.size, 1);
  });

  it("in the query string does not count", async () => {
    for (const name of ["key", "api_key", "token", "access_token", "authorization"]) {
      const response = await host.client.anonymous("GET", `/v1/runs?${name}=${host.client.key}`);
      assertRefused(response, 401, "unauthenticated");
    }
  });

  it("may be introduced by `bearer` in any case", async () => {
    const headers = { authorization: `bearer ${host.client.key}` };
    assert.equal((await host.client.get("/v1/runs", headers)).status, 200);
  });

  it("is checked before the stream begins", async () => {
    const runId = await host.client.createRun("conformance-approval");
    const stream = await openStream(`${host.client.url}/v1/runs/${runId}/events`);
    await stream.closed;
    assert.equal(stream.status, 401);
    assert.match(String(stream.headers["content-type"]), /^application\/json/);
  });

  it("lies in the home, readable by its owner alone", { skip: needsOwnDaemon() }, async () => {
    const file = path.join(host.daemon.home, "key");
    assert.equal((await readFile(file, "utf8")).trim(), host.client.key);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(path.join(host.daemon.home, "data/daemon.json"))).mode & 0o777, 0o600);
  });
});

describe("rotating the key", { skip: needsOwnDaemon() }, () => {
  const host = useDaemon();

  it("gives a new key, revokes the old one at once, and rewrites the home's file", async () => {
    const old = host.client;
    const runId = await old.createRun("conformance-approval");
    const { status, body } = await old.post("/v1/host/parley/admin/keys/rotate");
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), ["key", "keyId"]);
    assert.notEqual(body.key, old.key);
    assertRefused(await old.get("/v1/runs"), 401, "key_revoked");
    assertRefused(await old.post("/v1/runs", { workflowId: "conformance-noop" }), 401, "key_revoked");
    const renewed = old.as(body.key);
    assert.equal((await renewed.get("/v1/runs")).status, 200);
    assert.equal((await renewed.snapshot(runId)).runId, runId, "what the old key made is still there");
    const file = path.join(host.daemon.home, "key");
    assert.equal((await readFile(file, "utf8")).trim(), body.key);
    assert.equal((await stat(file)).mode & 0o777, 0o600);

    const again = await renewed.post("/v1/host/parley/admin/keys/rotate");
    assertRefused(await renewed.get("/v1/runs"), 401, "key_revoked");
    assertRefused(await old.get("/v1/runs"), 401, "key_revoked");
    assert.equal((await old.as(again.body.key).get("/v1/runs")).status, 200);
  });
});
