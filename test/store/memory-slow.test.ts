// The hostile store: what it does to a caller on purpose.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { aCommit, append, events, hear, insertRun, write } from "../contracts/store-builders.ts";
import { seededRandom } from "./random.ts";

const pending = Symbol("pending");

/** What a promise has come to after some hundred turns. */
async function after<T>(promise: Promise<T>): Promise<T | typeof pending> {
  const turns = (async () => {
    for (let turn = 0; turn < 300; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    return pending;
  })();
  return Promise.race([promise, turns]) as Promise<T | typeof pending>;
}

describe("the store in memory", () => {
  it("fails before the write when asked: nothing happened, the same commit may be repeated", async () => {
    const store = openMemoryStore({ random: seededRandom(1) });
    const commit = aCommit({ rows: [insertRun("run_1")] });
    store.failNext("before");
    await assert.rejects(store.commit(commit), /before the write/);
    assert.equal(await store.readRun("run_1"), undefined);
    assert.equal((await store.commit(commit)).outcome, "committed");
  });

  it("fails after the write when asked: it happened, was heard, and the same commit is a repetition", async () => {
    const store = openMemoryStore({ random: seededRandom(1) });
    const heard = hear(store, 1);
    const commit = aCommit({ rows: [insertRun("run_1")] });
    store.failNext("after");
    await assert.rejects(store.commit(commit), /after the write/);
    assert.deepEqual((await heard)[0]?.rows, commit.rows);
    assert.equal((await store.commit(commit)).outcome, "repeated");
  });

  it("fails one commit only", async () => {
    const store = openMemoryStore({ random: seededRandom(1) });
    store.failNext("before");
    const results = await Promise.allSettled([write(store, insertRun("run_1")), write(store, insertRun("run_2"))]);
    assert.deepEqual(
      results.map((result) => result.status),
      ["rejected", "fulfilled"],
    );
  });

  it("never answers again once it crashed, and never changes what is durable", async () => {
    const store = openMemoryStore({ random: seededRandom(2) });
    await write(store, insertRun("run_1"));
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    const commit = store.commit(aCommit({ rows: [insertRun("run_2")] }));
    const read = store.readRun("run_1");
    store.crash();
    assert.equal(await after(commit), pending);
    assert.equal(await after(read), pending);
    assert.equal(await after(store.readRun("run_1")), pending);
    assert.equal(told, 0);
    assert.deepEqual(await store.reopen().listRunIds(10), ["run_1"]);
  });

  it("a crash in the middle of many keeps a beginning of them, in order", async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const store = openMemoryStore({ random: seededRandom(seed) });
      for (let at = 0; at < 50; at += 1) void store.commit(aCommit({ appends: [events("run_1", at, 1)] }));
      for (let turn = 0; turn < seed; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
      store.crash();
      const next = store.reopen();
      const kept = (await next.readLog("run_1", 0)).length;
      await append(next, events("run_1", kept, 1));
    }
  });

  it("cannot be opened twice at a time", () => {
    const store = openMemoryStore({ random: seededRandom(1) });
    assert.throws(() => store.reopen(), /still lives/);
  });

  it("answers about different streams out of order, about one stream in order", async () => {
    let overtaken = false;
    for (let seed = 1; seed <= 10; seed += 1) {
      const store = openMemoryStore({ random: seededRandom(seed) });
      const answered: number[] = [];
      const commits = Array.from({ length: 40 }, (_, at) =>
        append(store, events(`run_${at % 4}`, Math.floor(at / 4), 1)).then(() => answered.push(at)),
      );
      await Promise.all(commits);
      for (const stream of [0, 1, 2, 3]) {
        const own = answered.filter((at) => at % 4 === stream);
        assert.deepEqual(
          own,
          [...own].sort((a, b) => a - b),
        );
      }
      overtaken ||= answered.some((at, place) => at !== place);
    }
    assert.ok(overtaken);
  });

  it("tells listeners sometimes before and sometimes after the answer", async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const store = openMemoryStore({ random: seededRandom(seed) });
      const order: string[] = [];
      const heard = hear(store, 1).then(() => order.push("heard"));
      await Promise.all([heard, write(store, insertRun("run_1")).then(() => order.push("answered"))]);
      orders.add(order.join(" "));
    }
    assert.deepEqual([...orders].sort(), ["answered heard", "heard answered"]);
  });

  it("gives and takes copies: nobody changes the store by changing a row", async () => {
    const store = openMemoryStore({ random: seededRandom(1) });
    const commit = aCommit({ rows: [insertRun("run_1", { start: { inputs: { list: [1] } } })] });
    const written = store.commit(commit);
    (commit.rows[0] as { run: { status: string } }).run.status = "failed";
    await written;
    const read = await store.readRun("run_1");
    assert.equal(read?.status, "running");
    if (read) read.start.inputs.list = [1, 2];
    assert.deepEqual((await store.readRun("run_1"))?.start.inputs, { list: [1] });
  });

  it("repeats itself with the same seed", async () => {
    const run = async () => {
      const store = openMemoryStore({ random: seededRandom(7) });
      const order: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => write(store, insertRun(`run_${at}`)).then(() => order.push(at))),
      );
      return order;
    };
    assert.deepEqual(await run(), await run());
  });

  it("may really take time", async () => {
    const store = openMemoryStore({ random: () => 0.99, maxTurns: 0, delayMs: 10 });
    const began = performance.now();
    await write(store, insertRun("run_1"));
    assert.ok(performance.now() - began >= 15);
  });
});
