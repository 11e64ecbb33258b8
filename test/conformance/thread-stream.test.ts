// A thread, live: messages with their positions, text as it grows (triggers-channels.md C6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";
import { type Message, messagesOf, newThread, Threads, threadsPath } from "../support/threads.ts";

const host = useDaemon();
const threads = new Threads(host);

describe("a thread can be followed", () => {
  const reply = ({ event, json }: { event: string; json: Message }) => event === "message" && json.role === "agent";

  it("live: the question, the answer as it grows, then the answer", async () => {
    const threadId = newThread();
    await threads.say(threadId, "first");
    const stream = await threads.open(threadId);
    await stream.until(reply);
    const { body } = await threads.post(threadId, { text: "hello" });
    await stream.until((frame) => frame.json.inReplyTo === body.messageId);
    stream.close();
    assert.deepEqual(
      messagesOf(stream).map(({ json }) => json),
      (await threads.page(threadId)).messages,
    );
    const deltas = stream.frames.filter(({ event, json }) => event === "delta" && json.runId === body.runId);
    let text = "";
    for (const { id, json } of deltas) {
      assert.equal(id, undefined, "live text has no id: Last-Event-ID names what is durable");
      assert.equal(json.offset, text.length);
      text += json.text;
    }
    const last = messagesOf(stream).at(-1);
    assert.equal(text, last?.json.text, "the deltas add up to the answer");
    assert.ok(stream.frames.indexOf(deltas.at(-1) as never) < stream.frames.indexOf(last as never));
  });

  it("before it exists: the first message arrives on the open stream", async () => {
    const threadId = newThread();
    const stream = await threads.open(threadId);
    assert.deepEqual(stream.frames, []);
    const { body } = await threads.post(threadId, { text: "hello" });
    await stream.until((frame) => frame.json.inReplyTo === body.messageId);
    stream.close();
    assert.deepEqual(
      messagesOf(stream).map(({ json }) => json.role),
      ["user", "agent"],
    );
  });

  it("from each position on: no gap, no repetition", async () => {
    const threadId = newThread();
    for (let at = 0; at < 3; at += 1) await threads.say(threadId, `number ${at}`);
    const whole = await threads.open(threadId);
    await whole.until(() => messagesOf(whole).length === 6);
    whole.close();
    const ids = messagesOf(whole).map(({ id }) => Number(id));
    assert.deepEqual(
      ids,
      ids.map((_, at) => (ids[0] as number) + at),
      "positions count without gaps",
    );
    for (const [at, id] of ids.entries()) {
      const stream = await threads.open(threadId, { "last-event-id": String(id) });
      const { body } = await threads.post(threadId, { text: `after ${id}` });
      await stream.until((frame) => frame.json.inReplyTo === body.messageId);
      stream.close();
      const expected = (await threads.page(threadId)).messages.slice(at + 1).map(({ messageId }) => messageId);
      assert.deepEqual(
        messagesOf(stream).map(({ json }) => json.messageId),
        expected,
        `after ${id}`,
      );
    }
  });

  it("without a position: the last 100 messages, then what comes", async () => {
    const threadId = newThread();
    const runs = await Promise.all(
      Array.from({ length: 55 }, (_, at) => threads.post(threadId, { text: `number ${at}` })),
    );
    for (const { body } of runs) await host.client.ended(body.runId);
    const stream = await threads.open(threadId);
    await stream.until(() => messagesOf(stream).length === 100);
    const { body } = await threads.post(threadId, { text: "one more" });
    await stream.until((frame) => frame.json.inReplyTo === body.messageId);
    stream.close();
    const stored = (await threads.page(threadId, "?limit=102")).messages.map(({ messageId }) => messageId);
    assert.deepEqual(
      messagesOf(stream).map(({ json }) => json.messageId),
      stored,
    );
  });

  it("by many: all see the same", async () => {
    const threadId = newThread();
    const streams = await Promise.all(Array.from({ length: 20 }, () => threads.open(threadId)));
    const { body } = await threads.post(threadId, { text: "hello" });
    for (const stream of streams) {
      await stream.until((frame) => frame.json.inReplyTo === body.messageId);
      stream.close();
      assert.equal(messagesOf(stream).length, 2);
    }
  });

  it("not with a Last-Event-ID that is no number, nor by a name that is none", async () => {
    const wrongId = await host.client.get(`${threadsPath}/${newThread()}/stream`, { "last-event-id": "abc" });
    assertRefused(wrongId, 400, "validation_error");
    assertRefused(await host.client.get(`${threadsPath}/with%20space/stream`), 400, "validation_error");
  });
});
