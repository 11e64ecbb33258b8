// What stays right on the screen of a conversation when things happen at once: texts that grow, windows, pastes.

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { chatting, leave, openTurns } from "./support/chatting.ts";
import { type Answerer, always } from "./support/double.ts";

const base = "/v1/host/parley/threads/cli";
const stopped = always({ threadId: "cli", runId: "run_1", status: "cancelled" });

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Words that differ, so that one that is missing or doubled is seen. */
function words(count: number): string {
  return Array.from({ length: count }, (_, index) => `<${index}>`).join(" ");
}

/** Somebody who reads an answer that is being written, on a window so low that its beginning has left the foot. */
async function reading(t: TestContext) {
  const { thread, turns } = openTurns();
  const routes = { [`POST ${base}/stop`]: stopped };
  const { person } = await chatting(t, { thread, routes, options: { columns: 40, rows: 10 } });
  person.enters("a long story");
  await person.waitsUntil(() => turns.length === 1, "the message is there");
  const turn = turns[0] as { runId: string; messageId: string };
  const text = words(100);
  const writes = (to: number, from = 0) =>
    thread.send({ event: "delta", data: { runId: turn.runId, offset: from, text: text.slice(from, to) } });
  writes(300);
  await person.sees(text.slice(290, 298));
  const ends = () => thread.say({ text, runId: turn.runId, inReplyTo: turn.messageId });
  const seesAllOnce = () => {
    // A window that became narrower has broken rows in the middle of a word.
    const shown = person.screen().replaceAll("\n", "");
    for (const word of text.split(" ")) assert.equal(times(shown, word), 1, `${word} in\n${person.screen()}`);
    assert.doesNotMatch(person.screen(), /begun anew/);
  };
  return { person, thread, turns, turn, writes, ends, seesAllOnce };
}

describe("a long answer that is being written", () => {
  it("goes on where it was when something is said meanwhile", async (t) => {
    const { person, turns, writes, ends, seesAllOnce } = await reading(t);
    person.enters("and then?");
    await person.sees("you ▸ and then? (queued)");
    await person.waitsUntil(() => turns.length === 2, "the second message is there");
    writes(350, 300);
    ends();
    await person.sees("<99>");
    await leave(person);
    seesAllOnce();
  });

  it("goes on where it was when somebody else says something in the thread", async (t) => {
    const { person, thread, writes, ends, seesAllOnce } = await reading(t);
    thread.say({ role: "user", text: "Me too!", runId: "run_7" });
    await person.sees("somebody ▸ Me too!");
    writes(350, 300);
    ends();
    await person.sees("<99>");
    await leave(person);
    seesAllOnce();
  });

  it("stays as far as it came when its turn is stopped", async (t) => {
    const { person, thread, turn } = await reading(t);
    person.pressesCtrlC();
    await person.sees("The turn was stopped.");
    const text = "Stopped: this message was not answered.";
    thread.say({ role: "system", text, runId: turn.runId, inReplyTo: turn.messageId });
    await person.sees(/<\d+> ?\nparley ▸ Stopped: this message was not\nanswered\.\nyou ▸$/);
    await leave(person);
    for (const word of words(60).split(" ")) assert.equal(times(person.screen(), word), 1, word);
    assert.doesNotMatch(person.screen(), /begun anew/);
  });

  for (const { name, columns } of [
    { name: "narrower", columns: 25 },
    { name: "wider", columns: 70 },
  ]) {
    it(`is shown once when the window becomes ${name} in the middle`, async (t) => {
      const { person, turns, writes, ends, seesAllOnce } = await reading(t);
      person.types("half a line");
      await person.sees("you ▸ half a line");
      person.resizes(columns);
      writes(320, 300);
      await person.sees(words(100).slice(310, 316).trim());
      writes(360, 320);
      ends();
      await person.sees("<99>");
      await person.sees(/\nyou ▸ half a line$/);
      person.enters("");
      await person.waitsUntil(() => turns.length === 2, "the line arrived");
      assert.equal(turns[1]?.text, "half a line");
      await leave(person);
      seesAllOnce();
    });
  }
});

describe("a paste into a chat", () => {
  const marked = (text: string) => `\u001b[200~${text}\u001b[201~`;
  const said = (thread: { sent: { event: string; data: unknown }[] }) =>
    thread.sent
      .map(({ event, data }) => ({ event, ...(data as { role?: string; text?: string }) }))
      .filter(({ event, role }) => event === "message" && role === "user")
      .map(({ text }) => text);

  it("is one message, sent with Enter, and can be gone on with before", async (t) => {
    const { person, thread } = await chatting(t);
    person.types(marked("one\rtwo\rthree"));
    await person.sees(/│ one\n│ two\n│ 2 pasted lines: Enter sends, Ctrl-C drops\nyou ▸ three$/);
    person.enters(" and four");
    await person.sees("You said one");
    await leave(person);
    assert.deepEqual(said(thread), ["one\ntwo\nthree and four"]);
    assert.doesNotMatch(person.screen(), /pasted/);
  });

  it("is one message also when it arrives in pieces and ends with a line break", async (t) => {
    const { person, thread } = await chatting(t);
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    const text = marked(`${lines.join("\r")}\r`);
    for (let at = 0; at < text.length; at += 500) {
      person.types(text.slice(at, at + 500));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await person.sees("300 pasted lines");
    person.enters("");
    await person.sees("You said line 0");
    await leave(person);
    assert.deepEqual(said(thread), [lines.join("\n")]);
  });

  it("is dropped by Ctrl-C also while a turn runs: the turn goes on", async (t) => {
    const { thread, turns } = openTurns();
    const stops: unknown[] = [];
    const noteStop: Answerer = (request, response) => {
      stops.push(request);
      return stopped(request, response);
    };
    const { person } = await chatting(t, { thread, routes: { [`POST ${base}/stop`]: noteStop } });
    person.enters("a long story");
    await person.waitsUntil(() => turns.length === 1, "the message is there");
    person.types(marked("one\rtwo\rrest"));
    await person.sees("2 pasted lines");
    person.pressesCtrlC();
    await person.sees(/Ctrl-C again leaves\.\nyou ▸$/);
    const { runId, messageId } = turns[0] as { runId: string; messageId: string };
    thread.say({ text: "Once upon a time.", runId, inReplyTo: messageId });
    await person.sees("Once upon a time.");
    await leave(person);
    assert.deepEqual(stops, []);
    assert.deepEqual(said(thread), ["a long story"]);
  });

  it("is dropped by Ctrl-C, and nothing of it is sent", async (t) => {
    const { person, thread } = await chatting(t);
    person.types(marked("rm -rf\r/quit\rrest"));
    await person.sees("2 pasted lines");
    person.pressesCtrlC();
    await person.sees(/Ctrl-C again leaves\.\nyou ▸$/);
    person.enters("hello");
    await person.sees("You said hello.");
    await leave(person);
    assert.deepEqual(said(thread), ["hello"]);
  });
});
