// What ends links and sessions, with a clock that the test moves; and where the operator gets a link.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { DEFAULT_TENANT, OPERATOR } from "#app/keys.ts";
import { scopes } from "#app/scopes.ts";
import { LINK_LIFE_MS, SESSION_LIFE_MS, Sessions } from "#app/sessions.ts";
import { createIds } from "#platform/ids.ts";
import type { ApiKeyRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { within } from "../support/daemon.ts";
import { launcher } from "../support/paths.ts";
import { useDaemon } from "../support/suite.ts";
import { isSignedIn, signIn } from "./browser.ts";

const DAY_MS = 24 * 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const refused = { code: "unauthenticated" };

const operatorKey: ApiKeyRow = {
  keyId: "first",
  tenantId: DEFAULT_TENANT,
  principalId: OPERATOR,
  scopes: [...scopes],
  mode: "live",
  hash: "none",
  createdMs: START_MS - DAY_MS,
};

async function arrange(secret = "ab".repeat(32), store: Store = openMemoryStore({ random: () => 0.5 })) {
  const clock = { ms: START_MS, nowMs: () => clock.ms };
  const masked: string[] = [];
  const ids = createIds(clock);
  const commit = (rows: Parameters<Store["commit"]>[0]["rows"]) =>
    store.commit({ commitId: ids.next("cmt"), guards: [], appends: [], rows });
  await commit([{ op: "putApiKey", key: operatorKey }]);
  const mask = (token: string) => {
    masked.push(token);
    return () => void masked.splice(masked.indexOf(token), 1);
  };
  const sessions = new Sessions({ store, clock, ids, secret, randomBytes, mask });
  return { sessions, clock, store, masked, commit };
}

describe("a one-time link", () => {
  it("is masked before anybody sees it, and is good for ten minutes", async () => {
    const { sessions, clock, masked } = await arrange();
    const [first, second] = [sessions.openLink(), sessions.openLink()];
    assert.deepEqual(masked, [first, second]);
    clock.ms += LINK_LIFE_MS - 1;
    assert.equal((await sessions.authenticate(await sessions.signIn(first))).id, OPERATOR);
    clock.ms += 1;
    await assert.rejects(sessions.signIn(second), refused);
  });

  it("is looked for in texts only while it opens something", async () => {
    const { sessions, masked } = await arrange();
    const links = Array.from({ length: 7 }, () => sessions.openLink());
    assert.deepEqual(masked, links.slice(2), "five at a time");
    await sessions.signIn(links[6] as string);
    assert.deepEqual(masked, links.slice(2, 6));
  });

  it("opens nothing while no operator key stands", async () => {
    const { sessions, commit } = await arrange();
    await commit([{ op: "revokeApiKey", keyId: "first", atMs: START_MS }]);
    await assert.rejects(sessions.signIn(sessions.openLink()), refused);
  });
});

describe("a session", () => {
  it("lasts thirty days", async () => {
    const { sessions, clock } = await arrange();
    const session = await sessions.signIn(sessions.openLink());
    clock.ms += SESSION_LIFE_MS - 1;
    const principal = await sessions.authenticate(session);
    assert.deepEqual(
      [principal.id, principal.tenantId, [...principal.scopes]],
      [OPERATOR, DEFAULT_TENANT, [...scopes]],
    );
    clock.ms += 1;
    await assert.rejects(sessions.authenticate(session), refused);
  });

  for (const { name, change } of [
    { name: "is revoked", change: { revokedMs: START_MS } },
    { name: "expires", change: { expiresMs: START_MS + 1 } },
    { name: "is replaced by another one of the same id", change: { createdMs: START_MS + 1, hash: "other" } },
    { name: "belongs to somebody else", change: { principalId: "somebody" } },
  ]) {
    it(`is over when the key it stands on ${name}`, async () => {
      const { sessions, clock, commit } = await arrange();
      const session = await sessions.signIn(sessions.openLink());
      await sessions.authenticate(session);
      await commit([{ op: "putApiKey", key: { ...operatorKey, ...change } }]);
      clock.ms += 2;
      await assert.rejects(sessions.authenticate(session), refused);
    });
  }

  it("stays out after it was signed out, as long as it could have been used, however much is pruned", async () => {
    const { sessions, clock, store } = await arrange();
    const session = await sessions.signIn(sessions.openLink());
    await sessions.signOut(session);
    await sessions.signOut(session);
    const keptMs = 14 * DAY_MS;
    for (let day = 0; day < 30; day += 1) {
      await store.prune(clock.ms, clock.ms - keptMs, 100);
      await assert.rejects(sessions.authenticate(session), refused);
      clock.ms += DAY_MS;
    }
    clock.ms += keptMs + 1;
    assert.ok((await store.listDedup(10)).length === 1);
    await store.prune(clock.ms, clock.ms - keptMs, 100);
    assert.deepEqual(await store.listDedup(10), []);
  });

  it("of another secret is none of ours, and cannot be signed out here", async () => {
    const { sessions, store } = await arrange();
    const foreign = await arrange("cd".repeat(32), store);
    const session = await foreign.sessions.signIn(foreign.sessions.openLink());
    await assert.rejects(sessions.authenticate(session), refused);
    await sessions.signOut(session);
    await foreign.sessions.authenticate(session);
  });
});

describe("the operator gets a link", () => {
  const host = useDaemon({});
  const homes: string[] = [];
  after(async () => {
    for (const home of homes) await rm(home, { recursive: true, force: true });
  });

  const environment = (home: string) => {
    const { PARLEY_API_KEY: _key, NODE_TEST_CONTEXT: _context, ...env } = process.env;
    return { ...env, PARLEY_HOME: home, PARLEY_PORT: "0" };
  };

  async function worksOnce(link: string, url: string): Promise<void> {
    const [base, token] = link.trim().split("/#token=") as [string, string];
    assert.equal(base, url);
    const response = await signIn(url, token);
    assert.equal(response.status, 204, response.text);
    const cookie = (response.headers["set-cookie"]?.[0] ?? "").split(";")[0] as string;
    assert.ok(await isSignedIn(url, cookie));
    assert.equal((await signIn(url, token)).status, 401);
  }

  it("from parley open, as a line of text", async () => {
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [launcher, "open"], { env: environment(host.daemon.home) });
    await worksOnce(stdout, host.client.url);
  });

  it("from parley open --json", async () => {
    const run = promisify(execFile);
    const args = [launcher, "open", "--json"];
    const { stdout } = await run(process.execPath, args, { env: environment(host.daemon.home) });
    await worksOnce((JSON.parse(stdout) as { url: string }).url, host.client.url);
  });

  it("from the first lines of npm start", async () => {
    const home = await mkdtemp(path.join(os.tmpdir(), "parley-link-"));
    homes.push(home);
    const child = spawn(process.execPath, [launcher, "up"], {
      env: environment(home),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    try {
      const found = new Promise<string>((resolve) => {
        createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
          const link = /http:\S+#token=\S+/.exec(line)?.[0];
          if (link !== undefined) resolve(link);
        });
      });
      const link = await within(found, 15_000, () => "no link was printed");
      await worksOnce(link, new URL(link).origin);
    } finally {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await within(exited, 10_000, () => "the daemon did not stop");
    }
  });
});
