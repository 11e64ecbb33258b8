import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chatting, leave, openTurns } from "./support/chatting.ts";
import { type Answerer, always, answer, refuse } from "./support/double.ts";
import { EchoThread } from "./support/echo-thread.ts";

const base = "/v1/host/parley/threads/cli";

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe("parley chat with a person", () => {
  it("shows what was said before, then the answer", async (t) => {
    const thread = new EchoThread();
    thread.say({ role: "user", text: "earlier question" });
    thread.say({ text: "earlier answer", inReplyTo: "msg_1" });
    const routes = { [`GET ${base}`]: always({ messages: thread.sent.map(({ data }) => data) }) };
    const { person } = await chatting(t, { thread, routes });
    person.enters("hello");
    await person.sees("assistant ▸ You said hello.");
    await leave(person);
    assert.equal(
      person.screen().trimEnd(),
      [
        "you ▸ earlier question",
        "assistant ▸ earlier answer",
        "Thread cli. /help lists the commands, Ctrl-D leaves.",
        "you ▸ hello",
        "assistant ▸ You said hello.",
        "you ▸ /quit",
      ].join("\n"),
    );
  });

  it("shows the answer while it is written, above what is being typed", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread });
    person.enters("tell me");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    const { runId, messageId } = turns[0] as { runId: string; messageId: string };
    thread.send({ event: "delta", data: { runId, offset: 0, text: "Once upon" } });
    await person.sees("assistant ▸ Once upon");
    person.types("and th");
    await person.sees("you ▸ and th");
    thread.send({ event: "delta", data: { runId, offset: 9, text: " a time" } });
    await person.sees(/assistant ▸ Once upon a time\nyou ▸ and th$/);
    thread.say({ text: "Once upon a time.", runId, inReplyTo: messageId });
    await person.sees(/you ▸ tell me\nassistant ▸ Once upon a time\.\nyou ▸ and th$/);
    person.enters("en?");
    await person.waitsUntil(() => turns.length === 2, "the typed line arrived whole");
    assert.equal(turns[1]?.text, "and then?");
    await leave(person);
  });

  it("replaces the text of an earlier round by that of the next, and that by the message", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread });
    person.enters("plan it");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    const { runId, messageId } = turns[0] as { runId: string; messageId: string };
    thread.send({ event: "delta", data: { runId, offset: 0, text: "Let me ask somebody." } });
    await person.sees("Let me ask somebody.");
    thread.send({ event: "delta", data: { runId, offset: 0, text: "Here is" } });
    await person.sees(/you ▸ plan it\nassistant ▸ Here is\nyou ▸$/);
    thread.say({ text: "Here is the plan.", runId, inReplyTo: messageId });
    await person.sees("assistant ▸ Here is the plan.");
    assert.doesNotMatch(person.screen(), /Let me ask|begun anew/);
    await leave(person);
  });

  it("writes a text that is longer than the screen once, row by row", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread, options: { columns: 40, rows: 12 } });
    person.enters("a long story");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    const { runId, messageId } = turns[0] as { runId: string; messageId: string };
    const words = Array.from({ length: 200 }, (_, index) => `word${index}`);
    let text = "";
    for (const word of words) {
      thread.send({ event: "delta", data: { runId, offset: text.length, text: `${word} ` } });
      text += `${word} `;
    }
    thread.say({ text: `${text}end.`, runId, inReplyTo: messageId });
    await person.sees("end.");
    await leave(person);
    for (const word of words) assert.equal(times(`${person.screen().replaceAll("\n", " ")} `, ` ${word} `), 1, word);
  });

  it("keeps one line about what is being done, until the turn ends", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread });
    person.enters("plan it");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    const { runId, messageId } = turns[0] as { runId: string; messageId: string };
    const activity = (worker: string, doing: string) => {
      const persona = worker.replace(/^./, (letter) => letter.toUpperCase());
      return { runId, agent: `host:${worker}`, text: `Chief → ${persona}: ${doing}` };
    };
    thread.send({ event: "activity", data: activity("researcher", "searching notes") });
    await person.sees(/you ▸ plan it\n… Chief → Researcher: searching notes\nyou ▸$/);
    thread.send({ event: "activity", data: activity("scribe", "writing note picnic") });
    await person.sees(/you ▸ plan it\n… Chief → Scribe: writing note picnic\nyou ▸$/);
    thread.say({ text: "Done.", runId, inReplyTo: messageId });
    thread.send({ event: "activity", data: activity("scribe", "too late") });
    await person.sees(/you ▸ plan it\nassistant ▸ Done\.\nyou ▸$/);
    await leave(person);
    assert.doesNotMatch(person.screen(), /searching|writing note|too late/);
  });

  it("shows a message that is typed while a turn runs as queued", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread });
    person.enters("first");
    await person.waitsUntil(() => turns.length === 1, "the first message is there");
    person.enters("second");
    await person.sees(/you ▸ first\nyou ▸ second \(queued\)\n… 1 queued/);
    for (const { messageId, runId, text } of [...turns])
      thread.say({ text: `Re ${text}`, runId, inReplyTo: messageId });
    await person.waitsUntil(() => turns.length === 2, "the second message is there");
    const { messageId, runId } = turns[1] as { runId: string; messageId: string };
    thread.say({ text: "Re second", runId, inReplyTo: messageId });
    await person.sees("Re second");
    await leave(person);
    assert.doesNotMatch(person.screen(), /\d queued/);
  });

  it("sends what was pasted as one message", async (t) => {
    const { person, thread } = await chatting(t);
    person.types("one\rtwo\rthree\r");
    await person.sees("You said one");
    await leave(person);
    const texts = thread.sent
      .filter(({ event }) => event === "message")
      .map(({ data }) => (data as { text: string }).text);
    assert.deepEqual(texts, ["one\ntwo\nthree", "You said one\ntwo\nthree."]);
  });

  it("shows what others say in the thread, without their control characters", async (t) => {
    const { person, thread } = await chatting(t);
    thread.say({ role: "user", text: "from\u001b[2J elsewhere" });
    await person.sees("somebody ▸ from elsewhere");
    await leave(person);
  });

  it("says nothing of a connection that is back at once, and repeats nothing", async (t) => {
    const { person, thread } = await chatting(t);
    person.enters("one");
    await person.sees("You said one.");
    thread.breakOff();
    await person.waitsUntil(() => person.daemon.to(`${base}/stream`).length === 2, "the stream is opened again");
    await person.waitsUntil(() => thread.readers.size === 1, "the stream is open again");
    person.enters("two");
    await person.sees("You said two.");
    await leave(person);
    assert.equal(times(person.screen(), "You said one."), 1);
    assert.doesNotMatch(person.screen(), /connection/);
    const last = thread.sent.findIndex(({ data }) => (data as { text?: string }).text === "You said one.");
    assert.equal(person.daemon.to(`${base}/stream`)[1]?.headers["last-event-id"], String(thread.sent[last]?.id));
  });

  it("goes on after a message that was refused", async (t) => {
    const thread = new EchoThread();
    const post: Answerer = (request, response) => {
      if ((request.body as { text: string }).text !== "bad") return thread.post(request, response);
      return refuse(response, 400, { error: "validation_error", message: "No." });
    };
    const { person } = await chatting(t, { thread, routes: { [`POST ${base}/messages`]: post } });
    person.enters("bad");
    await person.waitsUntil(() => person.daemon.to(`${base}/messages`).length > 0, "something was sent");
    person.enters("better");
    await person.sees("You said better.");
    person.enters("/quit");
    assert.match((await person.ended).err, /error: No\./);
  });

  it("leaves at Ctrl-D", async (t) => {
    const { person } = await chatting(t);
    person.pressesCtrlD();
    assert.equal((await person.ended).code, 0);
  });
});

describe("Ctrl-C in a chat", () => {
  const stopped = always({ threadId: "cli", runId: "run_1", status: "cancelled" });

  it("stops the running turn, and leaves when it is pressed again", async (t) => {
    const { thread, turns } = openTurns();
    const { person } = await chatting(t, { thread, routes: { [`POST ${base}/stop`]: stopped } });
    person.enters("a long task");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    await person.waitsUntil(() => person.daemon.to(`${base}/messages`).length === 1, "the message was sent");
    person.pressesCtrlC();
    await person.sees("The turn was stopped.");
    assert.equal(person.daemon.to(`${base}/stop`).length, 1);
    person.pressesCtrlC();
    assert.equal((await person.ended).code, 0);
  });

  it("empties the line when nothing runs, and leaves when it is pressed again", async (t) => {
    const { person } = await chatting(t);
    person.types("half a line");
    await person.sees("you ▸ half a line");
    person.pressesCtrlC();
    await person.sees(/Ctrl-C again leaves\.\nyou ▸$/);
    person.pressesCtrlC();
    assert.equal((await person.ended).code, 0);
    assert.deepEqual(person.daemon.to(`${base}/stop`), []);
  });
});

describe("the commands of a chat", () => {
  it("are explained by /help, and a wrong one is not sent", async (t) => {
    const { person } = await chatting(t);
    person.enters("/help");
    for (const word of ["/status", "/stop", "/new", "/retry", "/agent", "/trace", "/quit"]) await person.sees(word);
    person.enters("/stopp");
    await person.sees("There is no /stopp.");
    await leave(person);
    assert.deepEqual(person.daemon.to(`${base}/messages`), []);
  });

  it("/new goes on in a new thread and says how to come back", async (t) => {
    const second = new EchoThread("cli-0000000000000001");
    const { person } = await chatting(t, { routes: second.routes });
    person.enters("/new");
    await person.sees("The old thread: parley chat --thread cli");
    await person.sees("Thread cli-0000000000000001.");
    person.enters("hello");
    await person.sees("You said hello.");
    await leave(person);
    assert.equal(second.sent.length, 4);
  });

  it("/retry has the last message answered anew", async (t) => {
    const thread = new EchoThread();
    const retry: Answerer = (_request, response) => {
      answer(response, { accepted: true, duplicate: false, messageId: "msg_1", threadId: "cli", runId: "run_9" }, 202);
      thread.say({ text: "Another answer.", runId: "run_9", inReplyTo: "msg_1" });
    };
    const { person } = await chatting(t, { thread, routes: { "POST /v1/host/parley/messages/msg_2/retry": retry } });
    person.enters("hello");
    await person.sees("You said hello.");
    person.enters("/retry");
    await person.sees("assistant ▸ Another answer.");
    await leave(person);
  });

  it("/agent talks with another agent, and lists them when there is none of that name", async (t) => {
    const roster = [
      {
        rosterId: "host:assistant",
        persona: "Assistant",
        role: "conversation",
        workers: [],
        delegates: ["host:chief"],
      },
      { rosterId: "host:chief", persona: "Chief", role: "supervisor", workers: [], delegates: [] },
    ];
    const { person } = await chatting(t, {
      routes: { "GET /v1/host/parley/roster": always({ roster, problems: [] }) },
    });
    person.enters("/agent nobody");
    await person.sees("There is no agent nobody. There are:");
    await person.sees("chief · Chief");
    person.enters("/agent chief");
    await person.sees("You talk with Chief now.");
    person.enters("hello");
    await person.sees("You said hello.");
    await leave(person);
    assert.partialDeepStrictEqual(person.daemon.to(`${base}/messages`)[0]?.body, { agent: "host:chief" });
  });

  it("/trace shows where the last message is", async (t) => {
    const steps = [
      { at: "2026-01-01T00:00:00.000Z", kind: "received", text: "Received." },
      { at: "2026-01-01T00:00:01.250Z", kind: "delivered", text: "Delivered." },
    ];
    const trace = { messageId: "msg_1", threadId: "cli", runId: "run_1", steps };
    const { person } = await chatting(t, { routes: { "GET /v1/host/parley/messages/msg_2/trace": always(trace) } });
    person.enters("hello");
    await person.sees("You said hello.");
    person.enters("/trace");
    await person.sees("+1.250 s  delivered  Delivered.");
    await leave(person);
  });

  it("/status says what goes on, which model answers and what waits", async (t) => {
    const { thread, turns } = openTurns();
    const models = { models: { default: { provider: "scripted", model: "offline", hasKey: false } }, offline: true };
    const { person } = await chatting(t, { thread, routes: { "GET /v1/host/parley/models": always(models) } });
    person.enters("hello");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    thread.send({ event: "activity", data: { runId: "run_1", text: "thinking" } });
    await person.sees("… thinking");
    person.enters("/status");
    await person.sees(/thread {3}cli\nagent {4}the default one\nturn {5}thinking\nmodel {4}scripted offline/);
    await person.sees("nothing waits for you");
    await leave(person);
  });
});
