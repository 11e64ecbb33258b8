import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { type CliOptions, cli, type Ended, jsonLines, makeHome } from "./support/cli.ts";
import {
  type Answerer,
  always,
  answer,
  type Frame,
  frameText,
  inTurn,
  openDouble,
  refuse,
  stream,
} from "./support/double.ts";

const base = "/v1/host/parley/threads/cli";
const at = "2026-01-01T00:00:00.000Z";

/** A thread whose assistant echoes: live text in two pieces, then the message. */
class EchoThread {
  readonly readers = new Set<ServerResponse>();
  readonly sent: Frame[] = [];
  #position = 0;

  say(rest: object): { messageId: string } {
    this.#position += 1;
    const messageId = `msg_${this.#position}`;
    this.send({
      id: this.#position,
      event: "message",
      data: { messageId, role: "agent", runId: "run_0", at, ...rest },
    });
    return { messageId };
  }

  send(frame: Frame): void {
    this.sent.push(frame);
    for (const reader of this.readers) reader.write(frameText(frame));
  }

  get stream(): Answerer {
    return (request, response) => {
      const after = Number(request.headers["last-event-id"] ?? 0);
      const missed = this.sent.filter(({ id, event }) => event === "message" && Number(id) > after);
      stream(missed, "hold")(request, response);
      this.readers.add(response);
      response.once("close", () => this.readers.delete(response));
    };
  }

  get post(): Answerer {
    return ({ body }, response) => {
      const { text } = body as { text: string };
      const runId = `run_${this.#position + 1}`;
      const { messageId } = this.say({ role: "user", text, runId });
      answer(response, { accepted: true, duplicate: false, messageId, threadId: "cli", runId }, 202);
      this.send({ event: "delta", data: { runId, offset: 0, text: "You said " } });
      this.send({ event: "delta", data: { runId, offset: 9, text } });
      this.say({ text: `You said ${text}.`, runId, inReplyTo: messageId });
    };
  }
}

interface Story {
  thread: EchoThread;
  routes?: Record<string, Answerer>;
  args?: string[];
  options: Partial<CliOptions>;
}

async function chat(t: TestContext, { thread, routes, args = [], options }: Story): Promise<Ended> {
  const double = await openDouble(t, {
    [`GET ${base}/stream`]: thread.stream,
    [`POST ${base}/messages`]: thread.post,
    ...routes,
  });
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
    const { out } = await chat(t, { thread: new EchoThread(), options: { stdin: "/exti\n" } });
    assert.match(out, /There is no \/exti\. \/exit leaves/);
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

  it("ends with 1 when an answer does not come", async (t) => {
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
    assert.equal(code, 1);
    assert.match(err, /Not every message was answered within 120 s/);
  });

  it("ends when the key is no longer taken", async (t) => {
    const revoked: Answerer = (_request, response) =>
      refuse(response, 401, { error: "key_revoked", message: "Revoked." });
    const routes = { [`GET ${base}/stream`]: revoked };
    const { code } = await chat(t, { thread: new EchoThread(), routes, options: { stdin: new PassThrough() } });
    assert.equal(code, 1);
  });
});

describe("parley chat with a person", () => {
  /** Types each line when the text before it has appeared, then leaves. */
  function typing(script: [after: string, act: (stdin: PassThrough) => void][]): Partial<CliOptions> {
    const stdin = new PassThrough();
    return {
      terminal: true,
      stdin,
      env: { NO_COLOR: "1" },
      onOutput: (shown) => {
        const [next] = script;
        if (!next || !shown.includes(next[0])) return;
        script.shift();
        // Nobody types in the middle of a write.
        setImmediate(() => next[1](stdin));
      },
    };
  }
  const type = (line: string) => (stdin: PassThrough) => void stdin.write(`${line}\n`);

  it("shows what was said before, then the answer while it is written", async (t) => {
    const thread = new EchoThread();
    thread.say({ role: "user", text: "earlier question" });
    thread.say({ text: "earlier answer" });
    const routes = { [`GET ${base}`]: always({ messages: thread.sent.map(({ data }) => data) }) };
    const options = typing([
      ["Thread cli.", type("hello")],
      ["You said hello.", type("/exit")],
    ]);
    const { code, out } = await chat(t, { thread, routes, options });
    assert.equal(code, 0);
    assert.match(out, /you ▸ earlier question\n/);
    assert.equal(out.split("earlier answer").length, 2, "history is not repeated by the stream");
    assert.match(out, /assistant ▸ You said hello\.\n/);
    assert.doesNotMatch(out, /somebody/, "own messages are not echoed");
  });

  it("shows what others say in the thread, and what the assistant asks", async (t) => {
    const thread = new EchoThread();
    const question = {
      interruptId: "int_1",
      runId: "run_9",
      nodeId: "turn",
      kind: "approval",
      data: { title: "Send mail?" },
      requestedAt: at,
    };
    const options = typing([
      ["Thread cli.", type("hello")],
      ["You said hello.", () => thread.say({ role: "user", text: "from\u001b[2J elsewhere" })],
      ["somebody", () => thread.send({ event: "interrupt", data: question })],
      ["parley interrupts answer run_9 turn", (stdin) => void stdin.end()],
    ]);
    const { code, out } = await chat(t, { thread, options });
    assert.equal(code, 0);
    assert.match(out, /somebody ▸ from elsewhere\n/);
    assert.match(out, /waits for approval "Send mail\?"/);
  });

  it("goes on after the connection was lost, without repeating anything", async (t) => {
    const thread = new EchoThread();
    const options = typing([
      ["Thread cli.", type("one")],
      [
        "You said one.",
        () => {
          for (const reader of thread.readers) reader.destroy();
        },
      ],
      ["(connected again)", type("two")],
      ["You said two.", type("/exit")],
    ]);
    const { out } = await chat(t, { thread, options });
    assert.match(out, /\(connection lost, trying again\)/);
    assert.equal(out.split("You said one.").length, 2);
    assert.match(out, /assistant ▸ You said two\.\n/);
  });
});
