// P-2, P-3 in a chat: killed between accept and answer, the answer still comes, once, soon after the restart.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StopPointName } from "#runtime/stop-points.ts";
import type { Body, Client } from "../../bench/chaos/client.ts";
import { type TestDaemon, testDaemon } from "./home.ts";

const THREAD = "/v1/host/parley/threads/kitchen";
const TEXT = "Probe of the kitchen thread.";
const TIMEOUT_MS = 60_000;
/** The sender sees the answer within this time after the boot (P-2). */
const ANSWER_DEADLINE_MS = 10_000;
/** More passes than a start of an existing home can need. */
const MAX_HITS = 30;

const places: readonly { name: StopPointName; when: string }[] = [
  { name: "accept.committed", when: "after it stored the message, before it said so" },
  { name: "effect.started", when: "before it asked the model" },
  { name: "effect.performed", when: "when the model had answered" },
  { name: "outbox.claimed", when: "before it handed the answer over" },
  { name: "outbox.handed-over", when: "when it had handed the answer over" },
];

describe("a chat message whose daemon is killed", () => {
  for (const { name, when } of places) {
    it(`${when} (${name}) is answered once after the restart`, { timeout: TIMEOUT_MS }, async () => {
      await using parley = await testDaemon();
      const first = await postUntilKilled(parley, name);
      await parley.daemon.start();
      const readyMs = Date.now();

      const again = await post(parley.client, "m-1");
      const [question, answer, ...more] = await answered(parley.client, again.body.messageId);

      assert.ok(Date.now() - readyMs < ANSWER_DEADLINE_MS);
      assert.deepEqual([question?.role, question?.text], ["user", TEXT]);
      assert.deepEqual([answer?.role, answer?.inReplyTo], ["agent", question?.messageId]);
      assert.ok(answer?.text.includes(TEXT));
      assert.deepEqual(more, []);
      assert.deepEqual([again.status, again.body.duplicate], [200, true], "the message had been stored");
      if (first) assert.deepEqual(ids(again.body), ids(first), "the same message, the same run");
      assert.equal(await countTurns(parley.client), 1);
    });
  }

  it("before it was stored is not there, and is taken once when it is sent again", {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using parley = await testDaemon();
    const first = await postUntilKilled(parley, "store.before-commit");
    assert.equal(first, undefined, "nothing was acknowledged");
    await parley.daemon.start();

    const again = await post(parley.client, "m-1");

    assert.deepEqual([again.status, again.body.duplicate], [202, false]);
    assert.equal((await answered(parley.client, again.body.messageId)).length, 2);
    assert.equal(await countTurns(parley.client), 1);
  });
});

describe("the same clientMessageId", () => {
  it("makes one turn, however often and however concurrently it is sent", { timeout: TIMEOUT_MS }, async () => {
    await using parley = await testDaemon();
    await parley.daemon.start();

    const replies = await Promise.all(Array.from({ length: 8 }, () => post(parley.client, "m-1")));

    assert.equal(new Set(replies.map(({ body }) => `${body.messageId} ${body.runId}`)).size, 1);
    assert.equal(replies.filter(({ status }) => status === 202).length, 1);
    assert.equal(replies.filter(({ status }) => status === 200).length, 7);
    assert.equal((await answered(parley.client, replies[0]?.body.messageId)).length, 2);
    assert.equal(await countTurns(parley.client), 1);
  });

  it("is still known after a kill, and other ids are not mistaken for it", { timeout: TIMEOUT_MS }, async () => {
    await using parley = await testDaemon();
    await parley.daemon.start();
    const first = await post(parley.client, "m-1");
    await parley.daemon.kill();
    await parley.daemon.start();

    const again = await post(parley.client, "m-1");
    const other = await post(parley.client, "m-2");

    assert.deepEqual(ids(again.body), ids(first.body));
    assert.notDeepEqual(ids(other.body), ids(first.body));
    await answered(parley.client, first.body.messageId);
    assert.equal((await answered(parley.client, other.body.messageId)).length, 4);
  });
});

/**
 * A first, clean start, so that the stop point strikes in the life of the message and not in the making of the home;
 * then the message, and the kill. Returns what was acknowledged, if anything was.
 */
async function postUntilKilled({ daemon, client }: TestDaemon, name: StopPointName): Promise<Body | undefined> {
  await daemon.start();
  await daemon.stop();
  // A start may pass the point itself: then the next pass is the one to wait for.
  for (let hit = 1; (await daemon.start({ stopAt: `${name}:${hit}` })) === "died"; hit += 1) assert.ok(hit < MAX_HITS);
  const reply = await client.send("POST", `${THREAD}/messages`, { body: { text: TEXT, clientMessageId: "m-1" } });
  assert.ok(await daemon.exited(), `the daemon killed itself at ${name}`);
  return reply.outcome === "answered" ? reply.body : undefined;
}

async function post(client: Client, clientMessageId: string): Promise<{ status: number; body: Body }> {
  const reply = await client.send("POST", `${THREAD}/messages`, { body: { text: TEXT, clientMessageId } });
  assert.equal(reply.outcome, "answered");
  return reply;
}

/** The thread, once it holds a reply to the message. */
async function answered(client: Client, messageId: string): Promise<Body[]> {
  const untilMs = Date.now() + ANSWER_DEADLINE_MS;
  while (Date.now() < untilMs) {
    const { messages } = await client.get(THREAD);
    if (messages.some((message: Body) => message.inReplyTo === messageId)) return messages;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${messageId} was not answered within ${ANSWER_DEADLINE_MS} ms`);
}

async function countTurns(client: Client): Promise<number> {
  return (await client.get("/v1/runs?workflowId=agent-assistant")).runs.length;
}

function ids({ messageId, runId }: Body): object {
  return { messageId, runId };
}
