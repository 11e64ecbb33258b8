import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { announce, cli, makeHome, TEST_KEY } from "./support/cli.ts";
import { always, closedPort, openDouble } from "./support/double.ts";

const nothing = { "GET /v1/runs": always({ runs: [] }) };

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

function assertNotRunning(ended: { code: number; out: string; err: string }, home: string): void {
  assert.equal(ended.code, 5);
  assert.equal(ended.out, "");
  assert.equal(ended.err, `parley is not running for ${home}. Start it with: npm start   (or: parley up)\n`);
}

describe("finding the daemon", () => {
  it("takes address and key from the home", async (t) => {
    const double = await openDouble(t, nothing);
    const { code } = await cli(["runs", "list"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.equal(double.seen[0]?.headers.authorization, `Bearer ${TEST_KEY}`);
  });

  it("says in one line that no daemon runs, and how to start it", async (t) => {
    const home = makeHome(t);
    assertNotRunning(await cli(["runs", "list"], { home }), home);
  });

  it("takes a daemon whose process is gone as not running", async (t) => {
    const home = makeHome(t);
    announce(home, "http://127.0.0.1:9", deadPid());
    assertNotRunning(await cli(["runs", "list"], { home }), home);
  });

  it("takes a file that is half written as not running", async (t) => {
    const home = makeHome(t);
    writeFileSync(join(home, "data", "daemon.json"), '{"url":"http://127.');
    assertNotRunning(await cli(["runs", "list"], { home }), home);
  });

  it("does not wait for a daemon that was never there", async (t) => {
    const home = makeHome(t, `http://127.0.0.1:${await closedPort()}`);
    const { code, err } = await cli(["runs", "list"], { home });
    assert.equal(code, 5);
    assert.match(err, /^Nobody answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.\n$/);
  });

  it("tells it in JSON too, with --json", async (t) => {
    const { code, err } = await cli(["runs", "list", "--json"], { home: makeHome(t) });
    assert.equal(code, 5);
    assert.equal(JSON.parse(err.trim().split("\n").at(-1) ?? "").error, "daemon_unreachable");
  });

  it("goes where --url says", async (t) => {
    const double = await openDouble(t, nothing);
    const { code } = await cli(["runs", "list", "--url", `${double.url}/`], { home: makeHome(t) });
    assert.equal(code, 0);
  });

  it("refuses a --url that is none", async (t) => {
    const { code, err } = await cli(["runs", "list", "--url", "localhost:4747"], { home: makeHome(t) });
    assert.equal(code, 2);
    assert.match(err, /--url must be an http:/);
  });
});

describe("finding the key", () => {
  async function keySent(
    t: TestContext,
    args: string[],
    env: Record<string, string> = {},
  ): Promise<string | undefined> {
    const double = await openDouble(t, nothing);
    await cli(["runs", "list", ...args], { home: makeHome(t, double.url), env });
    return double.seen[0]?.headers.authorization;
  }

  it("prefers PARLEY_API_KEY to the home's file", async (t) => {
    assert.equal(await keySent(t, [], { PARLEY_API_KEY: "from-env" }), "Bearer from-env");
  });

  it("prefers --key to both", async (t) => {
    assert.equal(await keySent(t, ["--key", "typed"], { PARLEY_API_KEY: "from-env" }), "Bearer typed");
  });

  it("does not send the home's key to another machine", async (t) => {
    const { code, err } = await cli(["runs", "list", "--url", "https://parley.invalid"], { home: makeHome(t) });
    assert.equal(code, 2);
    assert.match(err, /Another machine needs a key of its own/);
  });

  it("says so when there is none", async (t) => {
    const home = makeHome(t, "http://127.0.0.1:9");
    rmSync(join(home, "key"));
    const { code, err } = await cli(["runs", "list"], { home });
    assert.equal(code, 1);
    assert.match(err, /There is no key in .*key, and PARLEY_API_KEY is not set/);
  });

  it("says so when it cannot be read", async (t) => {
    const home = makeHome(t, "http://127.0.0.1:9");
    rmSync(join(home, "key"));
    mkdirSync(join(home, "key"));
    const { code, err } = await cli(["runs", "list"], { home });
    assert.equal(code, 1);
    assert.match(err, /cannot be read/);
  });

  it("shows the key that is used, without a daemon", async (t) => {
    const home = makeHome(t);
    assert.deepEqual(await cli(["key", "show"], { home }), { code: 0, out: `${TEST_KEY}\n`, err: "" });
    const named = await cli(["key", "show", "--json"], { home, env: { PARLEY_API_KEY: "k" } });
    assert.deepEqual(JSON.parse(named.out), { key: "k", from: "PARLEY_API_KEY" });
  });

  it("prints the new key after a rotation, and what still holds the old one", async (t) => {
    const path = "/v1/host/parley/admin/keys/rotate";
    const double = await openDouble(t, { [`POST ${path}`]: always({ keyId: "key_2", key: "pk_new" }, 201) });
    const home = makeHome(t, double.url);
    const { code, out, err } = await cli(["key", "rotate"], { home, env: { PARLEY_API_KEY: "pk_old" } });
    assert.equal(code, 0);
    assert.equal(out, "pk_new\n");
    assert.match(err, /PARLEY_API_KEY still holds the old key/);
  });
});
