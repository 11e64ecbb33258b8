import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { announce, cli, type Ended, makeHome } from "./support/cli.ts";
import { type Answerer, always, drop, inTurn, openDouble, refuse } from "./support/double.ts";

const noRuns = always({ runs: [] });
const cancelled = always({ runId: "run_1", status: "cancelled" });

function refusing(status: number, envelope: object): Answerer {
  return (_request, response) => refuse(response, status, envelope);
}

describe("a request of the command line", () => {
  it("is sent again after a lost connection when it is a read", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": inTurn(drop, drop, noRuns) });
    const { code } = await cli(["runs", "list"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    assert.equal(double.seen.length, 3);
  });

  it("is sent again under the same Idempotency-Key when it is a write", async (t) => {
    const double = await openDouble(t, { "POST /v1/runs/run_1/cancel": inTurn(drop, cancelled) });
    const { code } = await cli(["runs", "cancel", "run_1"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
    const [first, second] = double.seen.map(({ headers }) => headers["idempotency-key"]);
    assert.match(String(first), /^[0-9a-f]{32}$/);
    assert.equal(second, first);
  });

  it("is not sent again when the daemon would not know it again", async (t) => {
    const double = await openDouble(t, { "POST /v1/host/parley/admin/keys/rotate": drop });
    const { code, err } = await cli(["key", "rotate"], { home: makeHome(t, double.url) });
    assert.equal(code, 5);
    assert.equal(double.seen.length, 1);
    assert.match(err, /may have been carried out/);
  });

  it("follows a daemon that restarts at another address", async (t) => {
    const second = await openDouble(t, { "GET /v1/runs": noRuns });
    const home = makeHome(t);
    const first = await openDouble(t, {
      "GET /v1/runs": (_request, response) => {
        announce(home, second.url);
        response.destroy();
      },
    });
    announce(home, first.url);
    assert.equal((await cli(["runs", "list"], { home })).code, 0);
    assert.equal(second.seen.length, 1);
  });

  it("ends at once at a port that nothing may be sent to", async (t) => {
    const home = makeHome(t);
    const { code, err } = await cli(["chat", "--once", "hi", "--url", "http://127.0.0.1:1"], { home });
    assert.equal(code, 5);
    assert.equal(err, "Nobody answers at http://127.0.0.1:1 (bad port).\n");
  });

  it("gives up when the daemon stays away", async (t) => {
    const double = await openDouble(t, { "GET /v1/runs": drop });
    const { code, err } = await cli(["runs", "list"], { home: makeHome(t, double.url), fastClock: true });
    assert.equal(code, 5);
    assert.match(err, /not back within 30 s/);
  });

  it("waits as long as the daemon asks it to", async (t) => {
    const busy = refusing(503, { error: "service_unavailable", message: "Busy.", details: { retryAfter: 1 } });
    const double = await openDouble(t, { "GET /v1/runs": inTurn(busy, busy, noRuns) });
    const { code } = await cli(["runs", "list"], { home: makeHome(t, double.url), fastClock: true });
    assert.equal(code, 0);
    assert.equal(double.seen.length, 3);
  });

  it("takes an answer that is not JSON for what it is", async (t) => {
    const html: Answerer = (_request, response) => void response.end("<html>");
    const double = await openDouble(t, { "GET /v1/runs": html });
    const { code, err } = await cli(["runs", "list"], { home: makeHome(t, double.url) });
    assert.equal(code, 1);
    assert.match(err, /not JSON.*Is this the address of a parley/);
  });
});

describe("an error of the daemon", () => {
  async function listAgainst(t: Parameters<typeof openDouble>[0], status: number, envelope: object): Promise<Ended> {
    const double = await openDouble(t, { "GET /v1/runs": refusing(status, envelope) });
    return cli(["runs", "list", "--json"], { home: makeHome(t, double.url), fastClock: true });
  }

  for (const { name, status, envelope, code, says } of [
    {
      name: "ends with 2 when the input was not valid",
      status: 400,
      envelope: { error: "validation_error", message: "Bad tag.", details: { field: "tag", allowed: ["a", "b"] } },
      code: 2,
      says: [/^error: Bad tag\.$/m, /^ {2}field: tag$/m, /^ {2}allowed: a, b$/m],
    },
    {
      name: "ends with 2 also when its status is 422",
      status: 422,
      envelope: { error: "validation_error", message: "Mismatch." },
      code: 2,
      says: [/^error: Mismatch\.$/m],
    },
    {
      name: "ends with 1 otherwise, and says what helps",
      status: 401,
      envelope: { error: "key_revoked", message: "This API key was revoked." },
      code: 1,
      says: [/^hint: The key was rotated\./m],
    },
    {
      name: "points to the list when a run is not there",
      status: 404,
      envelope: { error: "not_found", message: "There is no such run.", details: { runId: "run_x" } },
      code: 1,
      says: [/^hint: See the runs there are: parley runs list$/m],
    },
    {
      name: "shows each problem of a definition on a line",
      status: 400,
      envelope: {
        error: "validation_error",
        message: "nodes[0]: unknown type",
        details: {
          problems: [
            { path: "nodes[0]", message: "unknown type" },
            { path: "", message: "no end" },
          ],
        },
      },
      code: 2,
      says: [/^ {2}- nodes\[0\]: unknown type$/m, /^ {2}- no end$/m],
    },
    {
      name: "is made up when something else answered",
      status: 502,
      envelope: { oops: true },
      code: 1,
      says: [/^error: The answer was HTTP 502/m],
    },
    {
      name: "cannot play with the terminal",
      status: 409,
      envelope: {
        error: "conflict",
        message: "\u001b]0;owned\u0007\u001b[2Jclash",
        details: { state: "\u001b[31mred" },
      },
      code: 1,
      says: [/^error: clash$/m, /^ {2}state: red$/m],
    },
  ]) {
    it(name, async (t) => {
      const ended = await listAgainst(t, status, envelope);
      assert.equal(ended.code, code);
      assert.equal(ended.out, "");
      for (const expected of says) assert.match(ended.err, expected);
    });
  }

  it("stands on stderr as its envelope too, with --json", async (t) => {
    const envelope = { error: "conflict", message: "No.", details: { runStatus: "paused" } };
    const { err } = await listAgainst(t, 409, envelope);
    assert.deepEqual(JSON.parse(err.trim().split("\n").at(-1) ?? ""), envelope);
  });
});
