// Chat over HTTP: posting and reading, once and in order (triggers-channels.md C6, host-surfaces.md §7.1).

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { assertRefused } from "../support/client.ts";
import { useDaemon } from "../support/suite.ts";
import { type Message, newThread, Threads, threadsPath } from "../support/threads.ts";

const host = useDaemon();
const threads = new Threads(host);

describe("a thread takes a message", () => {
  it("with 202, its ids, and a run that answers it", async () => {
    const threadId = newThread();
    const { status, body } = await threads.post(threadId, { text: "hello" });
    assert.equal(status, 202);
    const { messageId, runId, ...rest } = body;
    assert.deepEqual(rest, { accepted: true, duplicate: false, threadId });
    assert.match(messageId, /^msg_/);
    assert.match(runId, /^run_/);
    assert.equal(await host.client.ended(runId), "completed");
    const { messages } = await threads.page(threadId);
    assert.deepEqual(
      messages.map(({ role }) => role),
      ["user", "agent"],
    );
    const [question, reply] = messages as [Message, Message];
    assert.deepEqual(
      { text: question.text, id: question.messageId, run: question.runId },
      { text: "hello", id: messageId, run: runId },
    );
    assert.deepEqual(
      { to: reply.inReplyTo, run: reply.runId, agent: reply.agent },
      { to: messageId, run: runId, agent: "host:assistant" },
    );
    assert.ok(reply.text.length > 0);
    assert.ok(Date.parse(question.at) <= Date.parse(reply.at));
  });

  it("whose run says what the model used, and no word of what was said", async () => {
    const canary = `canary-${randomUUID()}`;
    const { runId } = await threads.say(newThread(), canary);
    const log = await host.client.log(runId);
    const usage = log.find((event) => event.type === "provider.usage")?.payload;
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
    assert.ok(!JSON.stringify(log).includes(canary), "the log refers to messages, it does not repeat them");
    const { metrics } = await host.client.snapshot(runId);
    assert.deepEqual(metrics.openwopCost.tokens, { input: usage.inputTokens, output: usage.outputTokens });
  });

  for (const { name, body } of [
    { name: "no text", body: {} },
    { name: "an empty text", body: { text: "" } },
    { name: "nothing but space", body: { text: " \n\t " } },
    { name: "text that is none", body: { text: 7 } },
    { name: "an unknown member", body: { text: "hello", shout: true } },
    { name: "a clientMessageId of 129 characters", body: { text: "hello", clientMessageId: "c".repeat(129) } },
    { name: "an empty clientMessageId", body: { text: "hello", clientMessageId: "" } },
    { name: "an agent that is not there", body: { text: "hello", agent: "host:nobody" } },
  ]) {
    it(`but not ${name}: 400, and nothing happens`, async () => {
      const threadId = newThread();
      assertRefused(await threads.post(threadId, body), 400, "validation_error");
      assertRefused(await host.client.get(`${threadsPath}/${threadId}`), 404, "not_found");
    });
  }

  for (const threadId of ["with space", "ünicode", "a/b", "t".repeat(129), "semi;colon"]) {
    it(`but not in a thread called ${threadId.slice(0, 20)}`, async () => {
      const response = await threads.post(encodeURIComponent(threadId), { text: "hello" });
      assertRefused(response, 400, "validation_error");
    });
  }

  it("in a thread with every character that is allowed, up to 128", async () => {
    const threadId = `Aa0_.:-${"x".repeat(121)}`;
    assert.equal(threadId.length, 128);
    await threads.say(threadId, "hello");
    assert.equal((await threads.page(threadId)).messages.length, 2);
  });

  it("whatever its text: it comes back as it was", async () => {
    const threadId = newThread();
    const text = 'Zeile 1\n"quoted" \\ 漢字 🙂 </script> {{x}} $& \u2028 end';
    await threads.say(threadId, text);
    assert.equal((await threads.page(threadId)).messages[0]?.text, text);
  });
});

describe("a thread takes a clientMessageId once", () => {
  it("again is 200 with the first ids and no second turn", async () => {
    const threadId = newThread();
    const body = { text: "hello", clientMessageId: "c1" };
    const first = await threads.post(threadId, body);
    const again = await threads.post(threadId, body);
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, { ...first.body, duplicate: true });
    await host.client.ended(first.body.runId);
    const later = await threads.post(threadId, body);
    assert.deepEqual(later.body, again.body);
    assert.equal((await threads.page(threadId)).messages.length, 2);
  });

  it("ten at once make one turn", async () => {
    for (let round = 0; round < 5; round += 1) {
      const threadId = newThread();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => threads.post(threadId, { text: "hello", clientMessageId: "c1" })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(9).fill(200), 202]);
      assert.equal(new Set(answers.map(({ body }) => `${body.messageId} ${body.runId}`)).size, 1);
      await host.client.ended(answers[0]?.body.runId);
      assert.deepEqual(
        (await threads.page(threadId)).messages.map(({ role }) => role),
        ["user", "agent"],
      );
    }
  });

  it("per thread: the same id elsewhere is another message", async () => {
    const first = await threads.post(newThread(), { text: "hello", clientMessageId: "c1" });
    const second = await threads.post(newThread(), { text: "hello", clientMessageId: "c1" });
    assert.equal(second.status, 202);
    assert.notEqual(first.body.runId, second.body.runId);
  });
});

it("a thread answers in the order of the questions, one turn at a time, each exactly once", async () => {
  const threadId = newThread();
  const sent: { messageId: string; runId: string }[] = [];
  for (let at = 0; at < 8; at += 1) sent.push((await threads.post(threadId, { text: `number ${at}` })).body);
  for (const { runId } of sent) assert.equal(await host.client.ended(runId), "completed");
  const { messages } = await threads.page(threadId);
  const replies = messages.filter(({ role }) => role === "agent");
  assert.deepEqual(
    replies.map(({ inReplyTo }) => inReplyTo),
    sent.map(({ messageId }) => messageId),
  );
  const turns = await Promise.all(sent.map(({ runId }) => host.client.log(runId)));
  for (const [at, log] of turns.entries()) {
    const before = turns[at - 1];
    if (!before) continue;
    const begun = Date.parse(log[0]?.timestamp ?? "");
    assert.ok(begun >= Date.parse(before.at(-1)?.timestamp ?? ""), "a turn begins after the one before has ended");
  }
});

it("a thread answers ten messages posted at once, each exactly once", async () => {
  const threadId = newThread();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => threads.post(threadId, { text: `parallel ${at}` })),
  );
  for (const { status, body } of answers) {
    assert.equal(status, 202);
    assert.equal(await host.client.ended(body.runId), "completed");
  }
  const { messages } = await threads.page(threadId);
  const questions = messages.filter(({ role }) => role === "user").map(({ messageId }) => messageId);
  const replies = messages.filter(({ role }) => role === "agent").map(({ inReplyTo }) => inReplyTo);
  assert.deepEqual(replies, questions, "in the order in which they were stored");
});

it("a thread remembers: the model sees what was said before", async () => {
  const threadId = newThread();
  await threads.say(threadId, "the number is 4711");
  await threads.say(threadId, "what did I say?");
  assert.match((await threads.page(threadId)).messages.at(-1)?.text ?? "", /4711/);
});

describe("a thread can be read", () => {
  it("in pages: the newest first, older ones by cursor, oldest first inside a page", async () => {
    const threadId = newThread();
    for (let at = 0; at < 5; at += 1) await threads.say(threadId, `number ${at}`);
    const whole = (await threads.page(threadId)).messages;
    assert.equal(whole.length, 10);
    const pages: Message[][] = [];
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? "?limit=3" : `?limit=3&cursor=${encodeURIComponent(cursor)}`;
      const { messages, nextCursor } = await threads.page(threadId, query);
      pages.unshift(messages);
      cursor = nextCursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      pages.map(({ length }) => length),
      [1, 3, 3, 3],
    );
    assert.deepEqual(pages.flat(), whole);
  });

  it("also under …/messages", async () => {
    const threadId = newThread();
    await threads.say(threadId, "hello");
    const alias = await host.client.get(`${threadsPath}/${threadId}/messages`);
    assert.deepEqual(alias.body, await threads.page(threadId));
  });

  for (const query of ["limit=0", "limit=abc", "limit=-1", "cursor=garbage!"]) {
    it(`not with ${query}`, async () => {
      const threadId = newThread();
      await threads.say(threadId, "hello");
      assertRefused(await host.client.get(`${threadsPath}/${threadId}?${query}`), 400, "validation_error");
    });
  }
});

it("a thread stands in the list, the one that spoke last first, page by page", async () => {
  const ids = [newThread(), newThread(), newThread()];
  for (const threadId of ids) await threads.say(threadId, "hello");
  await threads.say(ids[0] as string, "hello again");
  const { status, body } = await host.client.get(`${threadsPath}?limit=3`);
  assert.equal(status, 200);
  const expected = [ids[0], ids[2], ids[1]];
  assert.deepEqual(
    body.threads.map((thread: { threadId: string }) => thread.threadId),
    expected,
  );
  for (const thread of body.threads) {
    assert.ok(typeof thread.channel === "string" && Date.parse(thread.lastAt) > 0);
    assert.equal(thread.runId, undefined, "no turn is running");
  }
  const next = await host.client.get(`${threadsPath}?limit=3&cursor=${encodeURIComponent(body.nextCursor)}`);
  for (const thread of next.body.threads) assert.ok(!expected.includes(thread.threadId));
});
