// Signing in to the console (host-surfaces.md §7.1, `session`; architecture, "Authority").

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { scopes } from "#app/scopes.ts";
import { assertRefused, Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { request } from "../support/http.ts";
import { addKeys } from "../support/keys.ts";
import { openStream } from "../support/sse.ts";
import { useDaemon } from "../support/suite.ts";
import { asPage, isSignedIn, openLink, sessionPath, signedIn, signIn } from "./browser.ts";

describe("a one-time link", () => {
  const host = useDaemon({});

  it("signs a browser in with a cookie that scripts and other sites cannot use", async () => {
    const { token } = await openLink(host.client);
    const response = await signIn(host.client.url, token);
    assert.equal(response.status, 204);
    assert.equal(response.text, "");
    const [cookie, ...attributes] = (response.headers["set-cookie"]?.[0] ?? "").split("; ");
    assert.match(cookie ?? "", /^parley_session=[\w-]+\.[\w-]+$/);
    assert.deepEqual(attributes, ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=2592000"]);
  });

  it("opens the operator's session, with every scope", async () => {
    const cookie = await signedIn(host.client);
    const { status, body } = await asPage(host.client.url, cookie, "GET", sessionPath);
    assert.deepEqual([status, body], [200, { principal: "operator", scopes: [...scopes].sort() }]);
  });

  it("works once, also for two browsers at the same moment", async () => {
    const { token } = await openLink(host.client);
    const both = await Promise.all([signIn(host.client.url, token), signIn(host.client.url, token)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [204, 401]);
    assert.equal((await signIn(host.client.url, token)).status, 401);
  });

  it("gives the same refusal to a wrong and to a used token, and to the one that five newer links replaced", async () => {
    const replaced = await openLink(host.client);
    const newer = [];
    for (let count = 0; count < 5; count += 1) newer.push(await openLink(host.client));
    const used = newer[0]?.token as string;
    assert.equal((await signIn(host.client.url, used)).status, 204);
    const refusals = [];
    for (const token of [used, replaced.token, "A".repeat(43), "x"]) {
      const response = await signIn(host.client.url, token);
      assertRefused(response, 401, "unauthenticated");
      assert.equal(response.headers["set-cookie"], undefined);
      refusals.push(response.text);
    }
    assert.equal(new Set(refusals).size, 1);
  });

  for (const { name, body } of [
    { name: "no token", body: {} },
    { name: "a token that is no text", body: { token: 1 } },
    { name: "a token that is too long", body: { token: "x".repeat(129) } },
    { name: "another member", body: { token: "x", more: true } },
  ]) {
    it(`is refused as not valid with ${name}`, async () => {
      const response = await request("POST", host.client.url + sessionPath, { body });
      assertRefused(response, 400, "validation_error");
    });
  }

  it("is in no log, and the ready line has none", async () => {
    const { token } = await openLink(host.client);
    await signIn(host.client.url, token);
    await host.daemon.stop();
    const log = await readFile(path.join(host.daemon.home, "data/logs/parley.log"), "utf8");
    assert.ok(!log.includes(token) && !log.includes("#token="));
    assert.ok(!host.daemon.stderr().includes("#token="));
  });
});

describe("a console session", () => {
  const host = useDaemon();

  it("stands in for the operator's key on every route", async () => {
    const cookie = await signedIn(host.client);
    const { url } = host.client;
    const created = await asPage(url, cookie, "POST", "/v1/runs", { workflowId: "conformance-noop" });
    assert.equal(created.status, 201, created.text);
    assert.equal((await asPage(url, cookie, "GET", `/v1/runs/${created.body.runId}`)).status, 200);
    assert.equal((await asPage(url, cookie, "GET", "/v1/host/parley/admin/doctor")).status, 200);
  });

  it("gives way to a bearer: the request is the bearer's", async () => {
    const cookie = await signedIn(host.client);
    const authorization = "Bearer pk_0123456789_nothing";
    const wrong = await request("GET", host.client.url + sessionPath, { headers: { cookie, authorization } });
    assertRefused(wrong, 401, "unauthenticated");
    // A bearer needs no proof of its origin, whatever else comes along.
    const own = await host.client.call("POST", "/v1/runs", {
      headers: { cookie },
      body: { workflowId: "conformance-noop" },
    });
    assert.equal(own.status, 201, own.text);
  });

  it("is found among other cookies", async () => {
    const cookie = await signedIn(host.client);
    assert.ok(await isSignedIn(host.client.url, `theme=dark; ${cookie}; other="a=b"`));
  });

  for (const { name, bend } of [
    { name: "a character more", bend: (cookie: string) => `${cookie}A` },
    { name: "no signature", bend: (cookie: string) => cookie.split(".")[0] as string },
    { name: "another payload under the same signature", bend: withOtherPayload },
    { name: "nothing in it", bend: () => "parley_session=" },
    { name: "more than any session is long", bend: () => `parley_session=${"x".repeat(5000)}` },
  ]) {
    it(`is none with ${name}`, async () => {
      const cookie = bend(await signedIn(host.client));
      const response = await asPage(host.client.url, cookie, "GET", sessionPath);
      assertRefused(response, 401, "unauthenticated");
    });
  }

  it("ends by signing out: the cookie goes, and what was copied of it is dead", async () => {
    const [cookie, other] = [await signedIn(host.client), await signedIn(host.client)];
    const response = await asPage(host.client.url, cookie, "DELETE", sessionPath);
    assert.equal(response.status, 204);
    assert.match(response.headers["set-cookie"]?.[0] ?? "", /^parley_session=; .*Max-Age=0/);
    assert.deepEqual(
      [await isSignedIn(host.client.url, cookie), await isSignedIn(host.client.url, other)],
      [false, true],
    );
    assert.equal((await asPage(host.client.url, cookie, "DELETE", sessionPath)).status, 401);
  });

  it("takes its streams with it when it ends, and no others", async () => {
    const [cookie, other] = [await signedIn(host.client), await signedIn(host.client)];
    const path = `${host.client.url}/v1/host/parley/threads/some-thread/stream`;
    const [mine, theirs] = [await openStream(path, { cookie }), await openStream(path, { cookie: other })];
    assert.deepEqual([mine.status, theirs.status], [200, 200]);
    assert.equal((await asPage(host.client.url, cookie, "DELETE", sessionPath)).status, 204);
    await mine.all();
    const { status } = await host.client.post("/v1/host/parley/threads/some-thread/messages", { text: "hello" });
    assert.equal(status, 202);
    await theirs.until(({ json }) => json.role === "agent");
    theirs.close();
    assert.deepEqual(mine.frames, []);
  });

  it("is not there for anybody without a credential", async () => {
    assertRefused(await host.client.anonymous("GET", sessionPath), 401, "unauthenticated");
    assertRefused(await host.client.anonymous("DELETE", sessionPath), 401, "unauthenticated");
  });
});

function withOtherPayload(cookie: string): string {
  const [name, session] = cookie.split("=") as [string, string];
  const [payload, mac] = session.split(".") as [string, string];
  const fields = JSON.parse(Buffer.from(payload, "base64url").toString()) as { expiresMs: number };
  const longer = JSON.stringify({ ...fields, expiresMs: fields.expiresMs + 1 });
  return `${name}=${Buffer.from(longer).toString("base64url")}.${mac}`;
}

describe("over a restart", () => {
  const homes: string[] = [];
  after(async () => {
    for (const home of homes) await rm(home, { recursive: true, force: true });
  });
  const freshHome = async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "parley-session-"));
    homes.push(home);
    return home;
  };
  const during = async <T>(options: Parameters<typeof startDaemon>[0], work: (daemon: Daemon) => Promise<T>) => {
    const daemon = await startDaemon(options);
    try {
      return await work(daemon);
    } finally {
      await daemon.stop();
    }
  };
  const clientOf = ({ url, key }: Daemon) => new Client(url, key);

  it("a session goes on, a session that was signed out stays out, a link is gone", async () => {
    const home = await freshHome();
    const before = await during({ home }, async (daemon) => {
      const [kept, ended] = [await signedIn(clientOf(daemon)), await signedIn(clientOf(daemon))];
      assert.equal((await asPage(daemon.url, ended, "DELETE", sessionPath)).status, 204);
      return { kept, ended, token: (await openLink(clientOf(daemon))).token };
    });
    await during({ home }, async ({ url }) => {
      assert.ok(await isSignedIn(url, before.kept));
      assert.ok(!(await isSignedIn(url, before.ended)));
      assert.equal((await signIn(url, before.token)).status, 401);
    });
  });

  it("a session does not survive the rotation of the key, neither at once nor later", async () => {
    const home = await freshHome();
    const { old, fresh } = await during({ home }, async (daemon) => {
      const old = await signedIn(clientOf(daemon));
      const { status, body } = await clientOf(daemon).post("/v1/host/parley/admin/keys/rotate");
      assert.equal(status, 201);
      assert.ok(!(await isSignedIn(daemon.url, old)));
      const fresh = await signedIn(clientOf(daemon).as(body.key as string));
      return { old, fresh };
    });
    await during({ home }, async ({ url }) => {
      assert.deepEqual([await isSignedIn(url, old), await isSignedIn(url, fresh)], [false, true]);
    });
  });

  it("a session does not survive another key in PARLEY_API_KEY", async () => {
    const home = await freshHome();
    const withKey = (key: string) => ({ home, env: { PARLEY_API_KEY: key } });
    const cookie = await during(withKey("first-key-of-mine"), (daemon) => signedIn(clientOf(daemon)));
    await during(withKey("first-key-of-mine"), async ({ url }) => assert.ok(await isSignedIn(url, cookie)));
    await during(withKey("second-key-of-mine"), async ({ url }) => assert.ok(!(await isSignedIn(url, cookie))));
  });

  it("a link is made for the operator alone, whatever scopes others hold", async () => {
    const home = await freshHome();
    await during({ home }, async () => undefined);
    const keys = await addKeys(home, {
      administrator: { scopes: [...scopes] },
      stranger: { scopes: [...scopes], tenantId: "elsewhere", principalId: "operator" },
      reader: { scopes: ["runs:read"] },
    });
    await during({ home }, async (daemon) => {
      for (const key of Object.values(keys)) {
        const response = await clientOf(daemon).as(key).post("/v1/host/parley/admin/console-link");
        assertRefused(response, 403, "forbidden");
      }
    });
  });
});
