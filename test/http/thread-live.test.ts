// A thread's stream while the answer is typed, for readers that come late or read slowly (triggers-channels.md C6).

import assert from "node:assert/strict";
import http from "node:http";
import { PassThrough } from "node:stream";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import type { Frame } from "../support/sse.ts";
import { newThread, threadsPath } from "../support/threads.ts";
import { type ModelServer, startModelServer } from "./model-server.ts";

describe("a reader of an answer that is being typed", () => {
  let model: ModelServer;
  let daemon: Daemon;
  let client: Client;

  before(async () => {
    model = await startModelServer();
    const config = `models: { default: { provider: openai, model: test-model, baseUrl: "${model.url}" } }\n`;
    daemon = await startDaemon({ config });
    client = new Client(daemon.url, daemon.key);
  });
  after(async () => {
    await daemon.dispose();
    await model.close();
  });

  const post = async (threadId: string, text: string) => {
    const { status, body } = await client.post(`${threadsPath}/${threadId}/messages`, { text });
    assert.equal(status, 202);
    return body as { runId: string; messageId: string };
  };
  const open = (threadId: string, headers: Record<string, string> = {}) =>
    client.stream(`${threadsPath}/${threadId}/stream`, headers);
  /** The next answer is what is written here. */
  const typist = () => {
    const typed = new PassThrough({ encoding: "utf8" });
    model.answer({ typed });
    return typed;
  };
  const deltas = (frames: readonly Frame[]) =>
    frames
      .filter(({ event }) => event === "delta")
      .map(({ id, json }) => ({ id, offset: json.offset, text: json.text }));
  const delta = (offset: number, text: string) => ({ id: undefined, offset, text });

  it("who comes back in the middle gets the text so far as one piece, then each further one", async () => {
    const threadId = newThread();
    const typed = typist();
    const first = await open(threadId);
    const { runId, messageId } = await post(threadId, "tell me");
    for (const piece of ["Once ", "upon ", "a time"]) {
      typed.write(piece);
      await first.until(({ event, json }) => event === "delta" && json.text === piece);
    }
    first.close();
    const [position] = first.frames.filter(({ event }) => event === "message").map(({ id }) => id as string);
    const again = await open(threadId, { "last-event-id": position as string });
    await again.until(({ event }) => event === "delta");
    typed.write(" there was");
    await again.until(({ json }) => json.offset === 16);
    typed.end();
    await again.until(({ json }) => json.inReplyTo === messageId);
    again.close();
    assert.deepEqual(deltas(first.frames), [delta(0, "Once "), delta(5, "upon "), delta(10, "a time")]);
    assert.deepEqual(deltas(again.frames), [delta(0, "Once upon a time"), delta(16, " there was")]);
    assert.deepEqual(
      again.frames.map(({ event }) => event),
      ["activity", "delta", "delta", "message"],
    );
    for (const { json } of again.frames) assert.equal(json.runId, runId);
  });

  it("who takes the messages slowly gets each of them once, and the text once, however long they are", async () => {
    const threadId = newThread();
    const typed = typist();
    const { messageId } = await post(threadId, "tell me");
    // Together more than may lie unread: they go out as the reader takes them.
    const queued = 45;
    const sizeable = "😀".repeat(32_768);
    for (let at = 0; at < queued; at += 1) await post(threadId, sizeable);
    const watcher = await open(threadId, { "last-event-id": String(queued + 1) });
    const slow = await pausedReader(`${client.url}${threadsPath}/${threadId}/stream`, client.key);
    for (const [at, piece] of ["one ", "two ", "three"].entries()) {
      typed.write(piece);
      await watcher.until(() => deltas(watcher.frames).length === at + 1);
    }
    const reading = slow.read();
    await reading.until((text) => text.includes('"offset":0'));
    typed.write(" four");
    await reading.until((text) => text.includes(" four"));
    const frames = framesOf(reading.text());
    watcher.close();
    slow.close();
    assert.deepEqual(
      frames.filter(({ event }) => event === "message").map(({ id }) => Number(id)),
      Array.from({ length: queued + 1 }, (_, at) => at + 1),
    );
    assert.deepEqual(
      frames.filter(({ event }) => event === "delta").map(({ json }) => [json.offset, json.text]),
      [
        [0, "one two three"],
        [13, " four"],
      ],
    );
    model.answer({ text: "ok" });
    typed.end();
    const answered = await open(threadId, { "last-event-id": "1" });
    await answered.until(({ json }) => json.inReplyTo === messageId, 20_000);
    answered.close();
  });
});

/** A stream that is open but not read until `read` is called. */
async function pausedReader(url: string, key: string) {
  const incoming = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.get(url, { headers: { authorization: `Bearer ${key}` }, agent: false }, resolve);
    request.on("error", reject);
  });
  incoming.setEncoding("utf8");
  return {
    read() {
      let text = "";
      let look = () => {};
      incoming.on("data", (part: string) => {
        text += part;
        look();
      });
      return {
        text: () => text,
        until: (fits: (text: string) => boolean) =>
          new Promise<void>((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error(`not within 10 s: ${text.slice(-200)}`)), 10_000);
            look = () => {
              if (!fits(text)) return;
              clearTimeout(timer);
              resolve();
            };
            look();
          }),
      };
    },
    close: () => incoming.destroy(),
  };
}

function framesOf(text: string) {
  return text
    .split("\n\n")
    .filter((block) => block.includes("data: "))
    .map((block) => ({
      id: /^id: (.*)$/m.exec(block)?.[1],
      event: /^event: (.*)$/m.exec(block)?.[1],
      json: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null"),
    }));
}
