// The bounds of posting and reading, value by value (host-surfaces.md §7.1, triggers-channels.md C6).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";
import { type Message, newThread, Threads, threadsPath } from "../support/threads.ts";

const host = useDaemon();
const threads = new Threads(host);

describe("a clientMessageId", () => {
  for (const { name, first, second } of [
    { name: "of 128 characters", first: "c".repeat(128), second: "c".repeat(127) },
    { name: "of 128 characters outside of the basic plane", first: "😀".repeat(128), second: "😀".repeat(127) },
    { name: "with a NUL", first: "a\0b", second: "a\0c" },
    { name: "with a space at its end", first: "a ", second: "a" },
    { name: "in capitals", first: "ID", second: "id" },
    { name: "in another normal form", first: "\u00e9", second: "e\u0301" },
    { name: "that looks like a path", first: "../x", second: "..%2Fx" },
  ]) {
    it(`${name} is itself alone`, async () => {
      const threadId = newThread();
      const post = (clientMessageId: string) => threads.post(threadId, { text: "hello", clientMessageId });
      const [one, other] = [await post(first), await post(second)];
      assert.deepEqual([one.status, other.status], [202, 202]);
      assert.notEqual(one.body.messageId, other.body.messageId);
      for (const [id, { body }] of [[first, one] as const, [second, other] as const]) {
        const again = await post(id);
        assert.deepEqual([again.status, again.body], [200, { ...body, duplicate: true }]);
      }
    });
  }

  for (const { name, clientMessageId } of [
    { name: "129 characters", clientMessageId: "c".repeat(129) },
    { name: "129 characters outside of the basic plane", clientMessageId: "😀".repeat(129) },
    { name: "nothing", clientMessageId: "" },
    { name: "a number", clientMessageId: 7 },
    { name: "null", clientMessageId: null },
    { name: "half a character", clientMessageId: "a\ud800" },
    { name: "the other half", clientMessageId: "\udc00a" },
  ]) {
    it(`of ${name} is refused`, async () => {
      assertRefused(await threads.post(newThread(), { text: "hello", clientMessageId }), 400, "validation_error");
    });
  }

  it("with another text is still the first message", async () => {
    const threadId = newThread();
    const first = await threads.post(threadId, { text: "the first", clientMessageId: "c1" });
    const second = await threads.post(threadId, { text: "another one", clientMessageId: "c1", agent: "host:scribe" });
    assert.deepEqual([second.status, second.body], [200, { ...first.body, duplicate: true }]);
    await host.client.ended(first.body.runId);
    const { messages } = await threads.page(threadId);
    assert.deepEqual(
      messages.map(({ role, text }) => (role === "user" ? text : role)),
      ["the first", "agent"],
    );
  });

  it("sent fifty times at once while other messages come begins one turn", async () => {
    const threadId = newThread();
    const same = Array.from({ length: 50 }, () => threads.post(threadId, { text: "same", clientMessageId: "c1" }));
    const others = Array.from({ length: 5 }, (_, at) => threads.post(threadId, { text: `other ${at}` }));
    const answers = await Promise.all(same);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(49).fill(200), 202]);
    assert.equal(new Set(answers.map(({ body }) => body.messageId)).size, 1);
    for (const { body } of await Promise.all(others)) await host.client.ended(body.runId, 15_000);
    await host.client.ended(answers[0]?.body.runId, 15_000);
    const { messages } = await threads.page(threadId);
    assert.equal(messages.filter(({ text }) => text === "same").length, 1);
    assert.equal(messages.length, 12);
  });
});

describe("a text", () => {
  for (const { name, text } of [
    { name: "with a NUL and control characters", text: "a\0b\u0001\u001b[31m" },
    { name: "of the longest length", text: "x".repeat(32_768) },
    { name: "that is written from right to left", text: "\u202e\u05d0\u05d1" },
    { name: "between spaces and lines", text: "\n  hello\t\n" },
  ]) {
    it(`${name} comes back as it was`, async () => {
      const threadId = newThread();
      assert.equal((await threads.post(threadId, { text })).status, 202);
      assert.equal((await threads.page(threadId)).messages[0]?.text, text);
    });
  }

  it("of one character more is refused", async () => {
    assertRefused(await threads.post(newThread(), { text: "x".repeat(32_769) }), 400, "validation_error");
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/json",
  ]) {
    it(`sent as ${type} is told to be JSON`, async () => {
      const options = { text: '{"text":"hello"}', headers: { "content-type": type } };
      const response = await host.client.call("POST", `${threadsPath}/${newThread()}/messages`, options);
      assert.equal(assertRefused(response, 400, "validation_error").field, "content-type");
    });
  }
});

describe("a page of a thread", () => {
  for (const { query, length } of [
    { query: "limit=1", length: 1 },
    { query: "limit=200", length: 6 },
    { query: "", length: 6 },
  ]) {
    it(`holds what ${query || "no limit"} asks for, the newest, oldest first`, async () => {
      const threadId = newThread();
      for (const text of ["one", "two", "three"]) await threads.say(threadId, text);
      const whole = (await threads.page(threadId)).messages;
      const page = await threads.page(threadId, `?${query}`);
      assert.deepEqual(page.messages, whole.slice(-length));
      assert.equal(page.nextCursor !== undefined, length < whole.length);
    });
  }

  it("leads back to the first message, however much is said meanwhile", async () => {
    const threadId = newThread();
    for (const text of ["one", "two", "three"]) await threads.say(threadId, text);
    const before = (await threads.page(threadId)).messages;
    const pages: Message[][] = [];
    let page = await threads.page(threadId, "?limit=2");
    for (;;) {
      pages.unshift(page.messages);
      if (page.nextCursor === undefined) break;
      await threads.say(threadId, "meanwhile");
      page = await threads.page(threadId, `?limit=2&cursor=${page.nextCursor}`);
    }
    assert.deepEqual(pages.flat(), before);
  });

  for (const query of ["limit=0", "limit=201", "limit=1.5", "limit=1e2", "limit=", "limit=1&limit=2"]) {
    it(`is refused with ${query}`, async () => {
      const threadId = newThread();
      await threads.say(threadId, "hello");
      assertRefused(await host.client.get(`${threadsPath}/${threadId}?${query}`), 400, "validation_error");
    });
  }

  it("takes no cursor but its own", async () => {
    const [mine, other] = [newThread(), newThread()];
    for (const threadId of [mine, other]) await threads.say(threadId, "hello");
    const cursor = (await threads.page(mine, "?limit=1")).nextCursor as string;
    assert.equal((await threads.page(mine, `?cursor=${cursor}`)).messages.length, 1);
    const list = (await host.client.get(`${threadsPath}?limit=1`)).body.nextCursor as string;
    const nowhere = [null, 0].map((position) =>
      Buffer.from(JSON.stringify(["messages", mine, position])).toString("base64url"),
    );
    for (const foreign of ["", "2", "1e3", "0x10", "%205", "abc", `${cursor}x`, cursor.slice(1), list, ...nowhere]) {
      const response = await host.client.get(`${threadsPath}/${mine}?cursor=${foreign}`);
      assertRefused(response, 400, "validation_error");
    }
    assertRefused(await host.client.get(`${threadsPath}/${other}?cursor=${cursor}`), 400, "validation_error");
    assertRefused(await host.client.get(`${threadsPath}?cursor=${cursor}`), 400, "validation_error");
  });
});
