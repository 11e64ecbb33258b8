// The runtime over a store that is slow, resolves out of order, fails before or after it wrote, and crashes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptMessage } from "#app/accept-message.ts";
import { createRun } from "#app/create-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import type { MemoryStore } from "#store/memory-slow/open.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { node, workflow } from "../engine/support.ts";
import { eventually, type Host, openHost } from "../support/host.ts";

/** Mulberry32: a small seeded generator. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const THREADS = ["a", "b"];

/** Posts a message as a client does: again with the same id until it is acknowledged. */
async function post(host: () => Host, threadId: string, clientMessageId: string, isGone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const { app, call } = host();
    const sent = acceptMessage(app, call, threadId, { text: `hello ${clientMessageId}`, clientMessageId });
    const lost = new Promise<"lost">((resolve) => setTimeout(resolve, 60, "lost"));
    const outcome = await Promise.race([sent.then(() => "accepted" as const).catch(() => "refused" as const), lost]);
    if (outcome === "accepted" && !isGone()) return;
  }
  throw new Error(`message ${clientMessageId} was never accepted`);
}

async function messagesOf(store: MemoryStore, threadId: string) {
  return store.readMessages("default", threadId, { limit: 1_000, newest: false });
}

async function story(seed: number): Promise<void> {
  const random = seeded(seed);
  let store = openMemoryStore({ random });
  let host = await openHost(store, { maxHotRuns: 1 + Math.floor(random() * 4) });
  const posts = Array.from({ length: 8 }, (_, at) => ({ thread: THREADS[at % 2] as string, id: `m${at}` }));
  const sent = posts.map(({ thread, id }) =>
    post(
      () => host,
      thread,
      id,
      () => false,
    ),
  );
  for (let trouble = 0; trouble < 3; trouble += 1) {
    await new Promise((resolve) => setTimeout(resolve, random() * 6));
    const kind = random();
    if (kind < 0.4) store.failNext(random() < 0.5 ? "before" : "after");
    else if (kind < 0.8) {
      store.crash();
      store = store.reopen();
      host = await openHost(store);
    }
  }
  await Promise.all(sent);
  await eventually(async () => {
    const counts = await Promise.all(THREADS.map(async (thread) => (await messagesOf(store, thread)).length));
    return counts.reduce((sum, count) => sum + count, 0) >= posts.length * 2;
  }, `seed ${seed}: all messages answered`);
  for (const thread of THREADS) await checkThread(store, thread, posts.length / 2, seed);
  await host.stop();
}

async function checkThread(store: MemoryStore, thread: string, expected: number, seed: number): Promise<void> {
  const messages = await messagesOf(store, thread);
  const asked = messages.filter((message) => message.role === "user");
  const replies = messages.filter((message) => message.role === "agent");
  assert.equal(asked.length, expected, `seed ${seed}: each message stands once`);
  assert.deepEqual(
    replies.map((reply) => reply.inReplyTo).sort(),
    asked.map((message) => message.messageId).sort(),
    `seed ${seed}: each message is answered once`,
  );
  assert.deepEqual(
    messages.map((message) => message.position),
    messages.map((_, at) => at + 1),
  );
}

describe("over a hostile store", () => {
  it("every message is kept once and answered once, through failures and crashes (P-1, P-2, P-3)", async () => {
    for (let seed = 1; seed <= 40; seed += 1) await story(seed);
  });

  it("runs of one host do not disturb each other when hot state is evicted all the time", async () => {
    const store = openMemoryStore({ random: seeded(7) });
    const host = await openHost(store, { maxHotRuns: 1 });
    const nodes = ["a", "b", "c"].map((id) => node(id, "core.delay", { config: { ms: 2 } }));
    await seedWorkflow(host.app, "default", JSON.parse(JSON.stringify(workflow(nodes))), "api");
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => createRun(host.app, host.call, { workflowId: "test" })),
    );
    const runIds = answers.map((answer) => (JSON.parse(answer.body) as { runId: string }).runId);
    await eventually(async () => {
      const rows = await Promise.all(runIds.map((runId) => store.readRun(runId)));
      return rows.every((row) => row?.status === "completed");
    }, "all runs completed");
    await host.stop();
  });
});
