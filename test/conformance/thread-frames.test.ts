// What a thread's stream carries, member by member, and from where on (triggers-channels.md C6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Frame, SseStream } from "../support/sse.ts";
import { useDaemon } from "../support/suite.ts";
import { messagesOf, newThread, Threads, threadsPath } from "../support/threads.ts";

const host = useDaemon();
const threads = new Threads(host);

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isTime = (value: unknown) => typeof value === "string" && new Date(value).toISOString() === value;
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

type Members = Record<string, (value: unknown) => boolean>;

/** The members that must be there, and those that may be; there are no others. */
const shapes: Record<string, { must: Members; may: Members }> = {
  message: {
    must: {
      messageId: isText,
      role: (value) => ["user", "agent", "system"].includes(String(value)),
      text: isText,
      runId: isText,
      at: isTime,
    },
    may: { agent: isText, inReplyTo: isText, alsoAnswers: Array.isArray },
  },
  delta: { must: { runId: isText, offset: Number.isInteger, text: (value) => typeof value === "string" }, may: {} },
  activity: { must: { runId: isText, text: isText }, may: { agent: (value) => /^host:/.test(String(value)) } },
  interrupt: {
    must: {
      interruptId: isText,
      runId: isText,
      nodeId: isText,
      threadId: isText,
      kind: isText,
      data: isObject,
      token: isText,
      inspectToken: isText,
      requestedAt: isTime,
    },
    may: { resumeSchema: isObject, expiresAt: isTime, approvers: Array.isArray },
  },
  "interrupt.resolved": {
    must: { interruptId: isText, runId: isText, nodeId: isText },
    may: { resolvedBy: isText, outcome: isText },
  },
};

function assertFrame({ id, event, json }: Frame): void {
  const shape = shapes[event];
  assert.ok(shape, `there is no event called ${event}`);
  for (const [name, fits] of Object.entries(shape.must)) assert.ok(fits(json[name]), `${event}.${name} of ${json}`);
  for (const [name, value] of Object.entries(json)) {
    const fits = shape.must[name] ?? shape.may[name];
    assert.ok(fits, `${event} has a member ${name}`);
    assert.ok(fits(value), `${event}.${name}`);
  }
  assert.equal(id !== undefined, event === "message", `${event} has ${id === undefined ? "no" : "an"} id`);
  if (event === "message" && json.role === "agent") assert.ok(isText(json.inReplyTo), "an answer names its question");
}

/** Posts a text; what it was accepted with. */
async function post(threadId: string, text: string): Promise<{ messageId: string; runId: string }> {
  const { status, body } = await threads.post(threadId, { text });
  assert.equal(status, 202);
  return body;
}

const named = (event: string) => (frame: Frame) => frame.event === event;
const answerTo =
  (messageId: string) =>
  ({ json }: Frame): boolean =>
    json.inReplyTo === messageId;
const eventsOf = (stream: SseStream) => new Set(stream.frames.map(({ event }) => event));

describe("every frame of a stream has the members of its kind and no others", () => {
  it("of a turn that asks back below, is answered by a message, and answers", async () => {
    const threadId = newThread();
    const stream = await threads.open(threadId);
    const asked = await post(threadId, "plan something");
    const question = await stream.until(named("interrupt"));
    assert.notEqual(question.json.runId, asked.runId, "it is the question of a run below");
    assert.equal(question.json.threadId, threadId);
    const said = await post(threadId, "a picnic");
    assert.equal(said.runId, question.json.runId, "a message that answers names the run that asked");
    await stream.until(answerTo(asked.messageId));
    stream.close();
    for (const frame of stream.frames) assertFrame(frame);
    assert.deepEqual(eventsOf(stream), new Set(["message", "activity", "interrupt", "interrupt.resolved", "delta"]));
    const resolved = await stream.until(named("interrupt.resolved"));
    assert.equal(resolved.json.interruptId, question.json.interruptId);
    const turn = stream.frames.filter(({ event }) => event === "activity" || event === "delta");
    for (const { json } of turn) assert.equal(json.runId, asked.runId, "what is done below belongs to the turn");
  });

  for (const { name, action, outcome } of [
    { name: "approved", action: "accept", outcome: "accept" },
    { name: "refused", action: "reject", outcome: "reject" },
    { name: "stopped", action: undefined, outcome: "gone" },
  ]) {
    it(`of a question that is ${name}`, async () => {
      const threadId = newThread();
      const stream = await threads.open(threadId);
      const asked = await post(threadId, "plan a picnic and save the plan as a note");
      const { json: card } = await stream.until(named("interrupt"));
      const { body } = await host.client.get(`/v1/host/parley/runs/${card.runId}/interrupts`);
      const { token: _ours, inspectToken: _other, ...shown } = card;
      const { token, inspectToken, ...pending } = body.interrupts[0];
      assert.ok(isText(token) && isText(inspectToken));
      assert.deepEqual(shown, pending, "the card is the item of the pending list");
      if (action) assert.equal((await host.client.answer(card.runId, card.nodeId, { action })).status, 200);
      else assert.equal((await host.client.post(`${threadsPath}/${threadId}/stop`)).status, 200);
      const { json: resolved } = await stream.until(named("interrupt.resolved"));
      assert.deepEqual(
        [resolved.interruptId, resolved.runId, resolved.nodeId, resolved.outcome],
        [card.interruptId, card.runId, card.nodeId, outcome],
      );
      await stream.until(answerTo(asked.messageId));
      stream.close();
      for (const frame of stream.frames) assertFrame(frame);
    });
  }

  it("and nothing of a turn that was stopped is seen by whoever comes later", async () => {
    const threadId = newThread();
    const stream = await threads.open(threadId);
    const asked = await post(threadId, "plan something");
    await stream.until(named("interrupt"));
    await host.client.post(`${threadsPath}/${threadId}/stop`);
    await stream.until(answerTo(asked.messageId));
    stream.close();
    const later = await threads.open(threadId);
    await later.until(answerTo(asked.messageId));
    await post(threadId, "hello");
    await later.until(({ json }) => json.role === "agent");
    later.close();
    const old = later.frames.filter(({ event, json }) => event !== "message" && json.runId === asked.runId);
    assert.deepEqual(old, []);
  });
});

describe("a stream goes on from the position that is named", () => {
  /** A thread with two turns: positions 1 to 4. */
  async function twoTurns(): Promise<string> {
    const threadId = newThread();
    for (const text of ["one", "two"]) await threads.say(threadId, text);
    return threadId;
  }

  for (const { name, lastEventId, expected } of [
    { name: "the beginning", lastEventId: "0", expected: [1, 2, 3, 4] },
    { name: "the middle", lastEventId: "2", expected: [3, 4] },
    { name: "the end", lastEventId: "4", expected: [] },
    { name: "no position", lastEventId: "", expected: [1, 2, 3, 4] },
    { name: "a position that the thread never reached", lastEventId: "7777", expected: [1, 2, 3, 4] },
    { name: "the largest position", lastEventId: "9".repeat(15), expected: [1, 2, 3, 4] },
  ]) {
    it(`${name}: each message once, those that come as well`, async () => {
      const threadId = await twoTurns();
      const stream = await threads.open(threadId, lastEventId === "" ? {} : { "last-event-id": lastEventId });
      const { messageId } = await post(threadId, "three");
      await stream.until(answerTo(messageId));
      stream.close();
      assert.deepEqual(
        messagesOf(stream).map(({ id }) => Number(id)),
        [...expected, 5, 6],
      );
    });
  }

  it("also when the thread does not exist yet: its first message is seen", async () => {
    const threadId = newThread();
    const stream = await threads.open(threadId, { "last-event-id": "3" });
    const { messageId } = await post(threadId, "hello");
    await stream.until(answerTo(messageId));
    stream.close();
    assert.deepEqual(
      messagesOf(stream).map(({ id }) => id),
      ["1", "2"],
    );
  });

  it("while others write: no gap and no repetition between what was and what comes", async () => {
    const threadId = await twoTurns();
    const sent = Array.from({ length: 20 }, (_, at) => post(threadId, `number ${at}`));
    const streams = await Promise.all(Array.from({ length: 20 }, () => threads.open(threadId)));
    const posted = await Promise.all(sent);
    for (const { runId } of posted) await host.client.ended(runId, 15_000);
    const whole = (await threads.page(threadId, "?limit=200")).messages;
    for (const stream of streams) {
      await stream.until(({ id }) => Number(id) === whole.length);
      stream.close();
      assert.deepEqual(
        messagesOf(stream).map(({ json }) => json),
        whole,
      );
    }
  });
});
