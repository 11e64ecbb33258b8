import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { announce, type CliOptions, cli, type Ended, jsonLines, makeHome } from "./support/cli.ts";
import {
  type Answerer,
  always,
  answer,
  type Double,
  drop,
  type Frame,
  inTurn,
  openDouble,
  refuse,
  stream,
} from "./support/double.ts";

const base = "/v1/host/parley/threads/cli";
const accept = { accepted: true, duplicate: false, messageId: "msg_1", threadId: "cli", runId: "run_1" };
const accepted: Answerer = (_request, response) => answer(response, accept, 202);
const duplicate: Answerer = (_request, response) => answer(response, { ...accept, duplicate: true }, 200);

function message(position: number, rest: object): Frame {
  const data = {
    messageId: `msg_${position}`,
    role: "agent",
    text: "",
    runId: "run_1",
    at: "2026-01-01T00:00:00.000Z",
    ...rest,
  };
  return { id: position, event: "message", data };
}

const question = message(1, { role: "user", text: "hello" });
const reply = message(2, { text: "Hello there!\nHow are you?", inReplyTo: "msg_1" });
const delta = (offset: number, text: string): Frame => ({ event: "delta", data: { runId: "run_1", offset, text } });

const running = { workflowId: "w", status: "running" };

/** Somebody is asked before mail goes out. */
function interrupt(rest: object): Frame {
  const data = {
    title: "Send mail?",
    actions: ["accept", "reject"],
    artifactType: "tool-call",
    artifactData: { items: [{ callId: "c", toolName: "send_mail", arguments: { to: "ada" }, argsHash: "h" }] },
  };
  const item = { interruptId: "int_1", runId: "run_1", nodeId: "turn", kind: "approval", data, requestedAt: "x" };
  return { event: "interrupt", data: { ...item, ...rest } };
}

interface Story {
  routes?: Record<string, Answerer>;
  post?: Answerer;
  events?: Answerer;
  args?: string[];
  options?: Partial<CliOptions>;
}

async function ask(t: TestContext, story: Story): Promise<Ended & { double: Double }> {
  const double = await openDouble(t, {
    [`POST ${base}/messages`]: story.post ?? accepted,
    [`GET ${base}/stream`]: story.events ?? stream([question, reply], "hold"),
    ...story.routes,
  });
  const args = ["chat", "--once", "hello", ...(story.args ?? [])];
  return { ...(await cli(args, { home: makeHome(t, double.url), ...story.options })), double };
}

describe("parley chat --once", () => {
  it("prints the answer alone", async (t) => {
    const { code, out, err, double } = await ask(t, {});
    assert.deepEqual({ code, out, err }, { code: 0, out: "Hello there!\nHow are you?\n", err: "" });
    const body = double.to(`${base}/messages`)[0]?.body as { text: string; clientMessageId: string };
    assert.equal(body.text, "hello");
    assert.match(body.clientMessageId, /^cli-[0-9a-f]{32}$/);
  });

  it("prints the message object with --json", async (t) => {
    const { out } = await ask(t, { args: ["--json"] });
    assert.deepEqual(jsonLines(out), [reply.data]);
  });

  it("talks in the thread that --thread names", async (t) => {
    const path = "/v1/host/parley/threads/team%3Ax/messages";
    const double = await openDouble(t, {
      [`POST ${path}`]: accepted,
      "GET /v1/host/parley/threads/team%3Ax/stream": stream([reply], "hold"),
    });
    const { code } = await cli(["chat", "--once", "hello", "--thread", "team:x"], { home: makeHome(t, double.url) });
    assert.equal(code, 0);
  });

  it("reads the text from stdin with -", async (t) => {
    const double = await openDouble(t, {
      [`POST ${base}/messages`]: accepted,
      [`GET ${base}/stream`]: stream([reply], "hold"),
    });
    await cli(["chat", "--once", "-"], { home: makeHome(t, double.url), stdin: "from a pipe\n" });
    assert.partialDeepStrictEqual(double.to(`${base}/messages`)[0]?.body, { text: "from a pipe" });
  });

  it("refuses an empty text", async (t) => {
    const { code } = await cli(["chat", "--once", " "], { home: makeHome(t) });
    assert.equal(code, 2);
  });

  it("does not take the answers to other messages for its own", async (t) => {
    const others = [
      message(2, { text: "for somebody else", inReplyTo: "msg_0", runId: "run_0" }),
      message(3, { role: "user", text: "me too", inReplyTo: "msg_1" }),
      message(4, { text: "for both", inReplyTo: "msg_3", runId: "run_3", alsoAnswers: ["msg_1"] }),
    ];
    const routes = { "GET /v1/runs/run_3": always({ runId: "run_3", workflowId: "w", status: "completed" }) };
    const { out } = await ask(t, { events: stream([question, ...others], "hold"), routes });
    assert.equal(out, "for both\n");
  });

  for (const { status, code, name } of [
    { status: "failed", code: 1, name: "ends with 1 and the notice on stderr when the message could not be answered" },
    { status: "cancelled", code: 4, name: "ends with 4 when the turn was stopped" },
  ]) {
    it(name, async (t) => {
      const notice = message(2, { role: "system", text: "Sorry, not answered.", inReplyTo: "msg_1" });
      const routes = { "GET /v1/runs/run_1": always({ runId: "run_1", workflowId: "w", status }) };
      const ended = await ask(t, { events: stream([question, notice], "hold"), routes });
      assert.deepEqual(
        { code: ended.code, out: ended.out, err: ended.err },
        { code, out: "", err: "Sorry, not answered.\n" },
      );
    });
  }

  it("ends with 3, the card and how to answer it, when the assistant asks something first", async (t) => {
    const { code, out, err } = await ask(t, { events: stream([question, interrupt({})], "hold") });
    assert.deepEqual({ code, out }, { code: 3, out: "" });
    assert.equal(
      err,
      [
        "The assistant waits for a person (approval):",
        "  Send mail?",
        "    send_mail",
        '      to: "ada"',
        "Answer it:",
        "  parley interrupts answer run_1 turn --accept",
        '  parley interrupts answer run_1 turn --reject --feedback "why not"',
        "The turn goes on then; its answer will be in the thread: parley chat --thread cli",
        "",
      ].join("\n"),
    );
  });

  it("prints the question as one object with --json", async (t) => {
    const asked = interrupt({});
    const { code, out } = await ask(t, { events: stream([question, asked], "hold"), args: ["--json"] });
    assert.equal(code, 3);
    assert.deepEqual(jsonLines(out), [asked.data]);
  });

  it("takes the question of a run that the turn started for its own", async (t) => {
    const routes = {
      "GET /v1/runs/run_1": always({ ...running, runId: "run_1", childRuns: [{ runId: "run_2", status: "running" }] }),
      "GET /v1/runs/run_2": always({ ...running, runId: "run_2" }),
    };
    const { code } = await ask(t, { events: stream([question, interrupt({ runId: "run_2" })], "hold"), routes });
    assert.equal(code, 3);
  });

  it("says that an earlier turn waits for a person, and waits on", async (t) => {
    const routes = { "GET /v1/runs/run_1": always({ ...running, runId: "run_1" }) };
    const events = stream([question, interrupt({ runId: "run_0" }), reply], "hold");
    const { code, err } = await ask(t, { events, routes });
    assert.equal(code, 0);
    assert.match(err, /^An earlier turn of thread cli waits for a person/);
  });

  it("prints the end of the turn that had asked, when its message was the answer to that", async (t) => {
    const asking = { ...running, runId: "run_0", childRuns: [{ runId: "run_1", status: "running" }] };
    const routes = {
      "GET /v1/runs/run_0": always(asking),
      "GET /v1/runs/run_1": always({ ...running, runId: "run_1" }),
    };
    const end = message(2, { text: "Monday it is.", inReplyTo: "msg_0", runId: "run_0" });
    const { code, out } = await ask(t, { events: stream([question, end], "hold"), routes });
    assert.deepEqual({ code, out }, { code: 0, out: "Monday it is.\n" });
  });

  it("asks the agent that --agent names", async (t) => {
    const { double } = await ask(t, { args: ["--agent", "chief"] });
    assert.partialDeepStrictEqual(double.to(`${base}/messages`)[0]?.body, { agent: "host:chief" });
  });

  it("ends with 6 when the answer does not come in time, and says where it will be", async (t) => {
    const { code, out, err } = await ask(t, { events: stream([question], "hold"), args: ["--timeout", "1"] });
    assert.deepEqual({ code, out }, { code: 6, out: "" });
    assert.match(err, /No answer within 1 s \(run run_1\)/);
    assert.match(err, /parley chat --thread cli/);
  });

  it("ends with 2 when the daemon does not take the text", async (t) => {
    const refused: Answerer = (_request, response) =>
      refuse(response, 400, { error: "validation_error", message: "Too long." });
    assert.equal((await ask(t, { post: refused })).code, 2);
  });

  it("does not let the answer play with a terminal", async (t) => {
    const evil = message(2, { text: "a\u001b[2Jb\u0007\tc", inReplyTo: "msg_1" });
    const { out } = await ask(t, {
      events: stream([evil], "hold"),
      options: { terminal: true, stdin: new PassThrough() },
    });
    assert.equal(out, "a[2Jb\tc\n");
  });
});

describe("parley chat --once while the daemon restarts", () => {
  it("sends under the same clientMessageId until it is taken", async (t) => {
    const { code, out, double } = await ask(t, { post: inTurn(drop, drop, duplicate) });
    assert.deepEqual({ code, out }, { code: 0, out: "Hello there!\nHow are you?\n" });
    const ids = double.to(`${base}/messages`).map(({ body }) => (body as { clientMessageId: string }).clientMessageId);
    assert.equal(ids.length, 3);
    assert.equal(new Set(ids).size, 1);
  });

  it("goes on after the last position it has seen, and prints the answer once", async (t) => {
    const events = inTurn(
      stream([question, delta(0, "Hello th")], "break"),
      drop,
      stream([delta(0, "Hello there!"), reply, reply], "hold"),
    );
    const { code, out, double } = await ask(t, { events });
    assert.deepEqual({ code, out }, { code: 0, out: "Hello there!\nHow are you?\n" });
    const resumed = double.to(`${base}/stream`).map(({ headers }) => headers["last-event-id"]);
    assert.deepEqual(resumed, [undefined, "1", "1"]);
  });

  it("is patient with a daemon that ends its streams in good order", async (t) => {
    const { code } = await ask(t, { events: inTurn(stream([question], "end"), stream([reply], "hold")) });
    assert.equal(code, 0);
  });

  it("finds it again at another address, with another key", async (t) => {
    const home = makeHome(t);
    const second = await openDouble(t, { [`GET ${base}/stream`]: stream([reply], "hold") });
    const first = await openDouble(t, {
      [`POST ${base}/messages`]: accepted,
      [`GET ${base}/stream`]: async (_request, response) => {
        announce(home, second.url);
        response.destroy();
        first.close();
      },
    });
    announce(home, first.url);
    const { code, out } = await cli(["chat", "--once", "hello"], { home });
    assert.deepEqual({ code, out }, { code: 0, out: "Hello there!\nHow are you?\n" });
  });

  it("ends with 5 when the daemon is not back by the deadline", async (t) => {
    const events: Answerer = inTurn(stream([question], "break"), drop);
    const { code, err } = await ask(t, { events, args: ["--timeout", "1"] });
    assert.equal(code, 5);
    assert.match(err, /not back within 1 s/);
  });
});
