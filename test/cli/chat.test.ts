import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { type CliOptions, cli, type Ended, jsonLines, makeHome } from "./support/cli.ts";
import { type Answerer, always, answer, inTurn, openDouble, refuse } from "./support/double.ts";
import { EchoThread, question } from "./support/echo-thread.ts";

const base = "/v1/host/parley/threads/cli";

interface Story {
  thread: EchoThread;
  routes?: Record<string, Answerer>;
  args?: string[];
  options: Partial<CliOptions>;
}

async function chat(t: TestContext, { thread, routes, args = [], options }: Story): Promise<Ended> {
  const double = await openDouble(t, { ...thread.routes, ...routes });
  return cli(["chat", ...args], { home: makeHome(t, double.url), ...options });
}

describe("parley chat with a program", () => {
  it("answers line by line and ends when everything is answered", async (t) => {
    const { code, out } = await chat(t, { thread: new EchoThread(), options: { stdin: "one\n\ntwo\n" } });
    assert.equal(code, 0);
    assert.equal(out, "assistant ▸ You said one.\nassistant ▸ You said two.\n");
  });

  it("ends at /exit", async (t) => {
    const { out } = await chat(t, { thread: new EchoThread(), options: { stdin: "one\n/exit\ntwo\n" } });
    assert.equal(out, "assistant ▸ You said one.\n");
  });

  it("does not send unknown commands to the assistant", async (t) => {
    const { out, err } = await chat(t, { thread: new EchoThread(), options: { stdin: "/exti\n" } });
    assert.deepEqual({ out, err }, { out: "", err: "There is no /exti. /help lists what there is.\n" });
  });

  it("shows what happens as it happens with --json", async (t) => {
    const { out } = await chat(t, { thread: new EchoThread(), args: ["--json"], options: { stdin: "one\n" } });
    const events = jsonLines(out);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["message", "delta", "delta", "message"],
    );
    assert.partialDeepStrictEqual(events.at(-1)?.data, { text: "You said one." });
  });

  it("goes on after a message that was refused, and ends with its code", async (t) => {
    const thread = new EchoThread();
    const refused: Answerer = (_request, response) =>
      refuse(response, 400, { error: "validation_error", message: "No." });
    const routes = { [`POST ${base}/messages`]: inTurn(refused, thread.post) };
    const { code, out, err } = await chat(t, { thread, routes, options: { stdin: "bad\ngood\n" } });
    assert.equal(code, 2);
    assert.match(err, /error: No\./);
    assert.equal(out, "assistant ▸ You said good.\n");
  });

  it("ends with 6 when an answer does not come", async (t) => {
    const taken = always(
      { accepted: true, duplicate: false, messageId: "msg_1", threadId: "cli", runId: "run_1" },
      202,
    );
    const routes = { [`POST ${base}/messages`]: taken };
    const { code, err } = await chat(t, {
      thread: new EchoThread(),
      routes,
      options: { stdin: "one\n", fastClock: true },
    });
    assert.equal(code, 6);
    assert.match(err, /Not every message was answered within 120 s/);
  });

  it("says on stderr what is being done, and shows no half texts", async (t) => {
    const thread = new EchoThread();
    thread.turn = ({ messageId, runId }) => {
      const activity = { runId, agent: "host:chief", text: "Assistant → Chief: deciding" };
      thread.send({ event: "activity", data: activity });
      thread.send({ event: "activity", data: activity });
      thread.send({ event: "delta", data: { runId, offset: 0, text: "Let me see." } });
      thread.send({ event: "delta", data: { runId, offset: 0, text: "Don" } });
      thread.say({ text: "Done.", runId, inReplyTo: messageId });
    };
    const { out, err } = await chat(t, { thread, options: { stdin: "go\n" } });
    assert.deepEqual({ out, err }, { out: "assistant ▸ Done.\n", err: "… Assistant → Chief: deciding\n" });
  });

  it("ends with 3 and the card when the turn waits for a person", async (t) => {
    const thread = new EchoThread();
    const data = { title: "Send mail?", actions: ["accept", "reject"], artifactData: { to: "ada" } };
    thread.turn = ({ runId }) =>
      thread.send({ event: "interrupt", data: question({ interruptId: "int_1", kind: "approval", runId, data }) });
    const { code, out } = await chat(t, { thread, options: { stdin: "mail ada\n" } });
    assert.equal(code, 3);
    assert.equal(out, 'approval 1 ▸ Send mail?\n  {\n    "to": "ada"\n  }\n');
  });

  for (const order of ["before", "behind"]) {
    it(`waits for the end of the turn that it gave an answer to, also when that is heard ${order} the acceptance`, async (t) => {
      const thread = new EchoThread();
      const data = { questions: [{ id: "day", question: "Which day?" }] };
      const asked = question({ interruptId: "int_1", kind: "clarification", runId: "run_child", data });
      thread.say({ role: "user", text: "plan it", runId: "run_0" });
      const post: Answerer = (_request, response) => {
        const { messageId } = thread.say({ role: "user", text: "monday", runId: "run_child" });
        const over = { interruptId: "int_1", runId: "run_child", nodeId: "turn", outcome: "resolved" };
        thread.send({ event: "interrupt.resolved", data: over });
        const goOn = () => thread.say({ text: "Monday it is.", runId: "run_0", inReplyTo: "msg_1" });
        // The daemon took it for the answer: the run is the one that asked.
        const accepted = { accepted: true, duplicate: false, messageId, threadId: "cli", runId: "run_child" };
        if (order === "before") goOn();
        setTimeout(() => answer(response, accepted, 202), order === "before" ? 50 : 0);
        if (order === "behind") setTimeout(goOn, 50);
      };
      const routes = {
        "GET /v1/host/parley/interrupts": always({ interrupts: [asked] }),
        [`POST ${base}/messages`]: post,
      };
      const { code, out } = await chat(t, { thread, routes, options: { stdin: "monday\n" } });
      assert.equal(code, 0);
      assert.match(out, /assistant ▸ Monday it is\.\n$/);
    });
  }

  it("decides by /approve, never by a bare word", async (t) => {
    const thread = new EchoThread();
    const asked = question({ interruptId: "int_1", kind: "approval", data: { title: "Send mail?" } });
    const routes = {
      "GET /v1/host/parley/interrupts": always({ interrupts: [asked] }),
      "GET /v1/host/parley/runs/run_1/interrupts": always({ interrupts: [asked] }),
      "POST /v1/runs/run_1/interrupts/turn": always({ runId: "run_1", nodeId: "turn", status: "running" }),
    };
    const { code, out, err } = await chat(t, { thread, routes, options: { stdin: "a\n/approve 1 fine\n" } });
    assert.equal(code, 0);
    assert.match(out, /assistant ▸ You said a\.\n/);
    assert.match(err, /Question 1 is approved\./);
  });

  it("ends when the key is no longer taken", async (t) => {
    const revoked: Answerer = (_request, response) =>
      refuse(response, 401, { error: "key_revoked", message: "Revoked." });
    const routes = { [`GET ${base}/stream`]: revoked };
    const { code } = await chat(t, { thread: new EchoThread(), routes, options: { stdin: new PassThrough() } });
    assert.equal(code, 1);
  });
});
