import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { cli, jsonLines, makeHome } from "./support/cli.ts";
import { always, type Double, openDouble } from "./support/double.ts";

const base = "/v1/host/parley/threads";
const at = "2026-01-01T00:00:00.000Z";
const threads = [
  { threadId: "cli", channel: "web", title: "Plan a picnic", lastAt: at, runId: "run_1" },
  { threadId: "team:x", channel: "web", lastAt: at },
];
const messages = [
  { messageId: "msg_1", role: "user", text: "Plan\u001b[2J a picnic", runId: "run_1", at },
  { messageId: "msg_2", role: "agent", agent: "host:chief", text: "Two things:\n\n- bread", runId: "run_1", at },
  { messageId: "msg_3", role: "system", text: "Stopped.", runId: "run_2", at },
];

async function call(t: TestContext, args: string[], page: { nextCursor?: string } = {}) {
  const double: Double = await openDouble(t, {
    [`GET ${base}`]: always({ threads, ...page }),
    [`GET ${base}/team%3Ax`]: always({ messages, ...page }),
  });
  return { ...(await cli(["threads", ...args], { home: makeHome(t, double.url) })), double };
}

describe("parley threads list", () => {
  it("shows a page, the running turn and the title", async (t) => {
    const { code, out, err } = await call(t, ["list"]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /^cli +web +2026-01-01 00:00:00Z +run_1 +Plan a picnic$/m);
    assert.match(out, /^team:x +web +2026-01-01 00:00:00Z$/m);
  });

  it("asks for the page that it is told, and says how to go on", async (t) => {
    const { err, double } = await call(t, ["list", "--limit", "2", "--cursor", "c1"], { nextCursor: "c2" });
    assert.deepEqual(Object.fromEntries(double.to(base)[0]?.query ?? []), { limit: "2", cursor: "c1" });
    assert.equal(err, "There is more: parley threads list --limit 2 --cursor c2\n");
  });

  it("prints the page as one object with --json", async (t) => {
    const { out, err } = await call(t, ["list", "--json"], { nextCursor: "c2" });
    assert.deepEqual(jsonLines(out), [{ threads, nextCursor: "c2" }]);
    assert.equal(err, "");
  });

  it("refuses a limit beyond what a page holds", async (t) => {
    const { code, err } = await call(t, ["list", "--limit", "201"]);
    assert.equal(code, 2);
    assert.match(err, /from 1 to 200/);
  });
});

describe("parley threads show", () => {
  it("shows who said what and when, without control characters", async (t) => {
    const { code, out } = await call(t, ["show", "team:x"]);
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        "2026-01-01 00:00:00Z  you  msg_1",
        "  Plan a picnic",
        "",
        "2026-01-01 00:00:00Z  chief  msg_2",
        "  Two things:",
        "",
        "  - bread",
        "",
        "2026-01-01 00:00:00Z  parley  msg_3",
        "  Stopped.",
        "",
        "",
      ].join("\n"),
    );
  });

  it("says how to see older messages", async (t) => {
    const { err } = await call(t, ["show", "team:x"], { nextCursor: "7" });
    assert.equal(err, "There is more: parley threads show team:x --cursor 7\n");
  });

  it("prints the page as one object with --json", async (t) => {
    assert.deepEqual(jsonLines((await call(t, ["show", "team:x", "--json"])).out), [{ messages }]);
  });

  it("ends with 1 when there is no such thread", async (t) => {
    assert.equal((await call(t, ["show", "none"])).code, 1);
  });
});

describe("parley trace", () => {
  const steps = [
    { at: "2026-01-01T10:00:00.000Z", kind: "received", text: "The message arrived.", detail: "msg_1" },
    { at: "2026-01-01T10:00:00.020Z", kind: "run", text: "Assistant is to answer.", runId: "run_1" },
    { at: "2026-01-01T10:00:12.345Z", kind: "step", text: "Scribe uses\u0007 a tool.", runId: "run_2" },
    { at: "2026-01-01T10:00:13.000Z", kind: "delivered", text: "It was delivered." },
  ];
  const trace = { messageId: "msg_1", threadId: "cli", runId: "run_1", steps };

  async function traced(t: TestContext, args: string[]) {
    const double = await openDouble(t, { "GET /v1/host/parley/messages/msg_1/trace": always(trace) });
    return cli(["trace", ...args], { home: makeHome(t, double.url) });
  }

  it("shows each step with its time and how long after the first it was", async (t) => {
    const { code, out } = await traced(t, ["msg_1"]);
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        "message  msg_1",
        "thread   cli",
        "run      run_1",
        "",
        "10:00:00.000Z   +0.000 s  received   The message arrived. · msg_1",
        "10:00:00.020Z   +0.020 s  run        Assistant is to answer.",
        "10:00:12.345Z  +12.345 s  step       Scribe uses a tool.  (run_2)",
        "10:00:13.000Z  +13.000 s  delivered  It was delivered.",
        "",
      ].join("\n"),
    );
  });

  it("prints one object with --json", async (t) => {
    assert.deepEqual(jsonLines((await traced(t, ["msg_1", "--json"])).out), [trace]);
  });

  it("ends with 1 when there is no such message", async (t) => {
    const { code, err } = await traced(t, ["msg_9"]);
    assert.equal(code, 1);
    assert.match(err, /No such resource/);
  });
});
