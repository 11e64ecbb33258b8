// What lasts: across processes, in copies, and what does not: old marks, registered secrets.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowOp } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import {
  aCommit,
  anApiKey,
  append,
  aReceipt,
  aRun,
  aWorkflow,
  events,
  hear,
  insertRun,
  insist,
  type OpenStore,
  putEffect,
  putInterrupt,
  putOutbox,
  putTimer,
  say,
  stores,
  write,
} from "./store-builders.ts";

export function lastingContract(open: OpenStore): void {
  reopening(open);
  copies(open);
  pruning(open);
  masking(open);
}

const something: RowOp[] = [
  insertRun("run_1", { unfinished: true }),
  insertRun("run_2"),
  { op: "putDefinition", hash: "h1", json: "{}" },
  { op: "putWorkflow", workflow: aWorkflow("flow") },
  putInterrupt("int_1", { threadId: "t" }),
  putEffect("eff_1"),
  putTimer({ runId: "run_1", dueMs: 5 }),
  ...say("m1", "hello"),
  { op: "claimLane", tenantId: "default", threadId: "t", runId: "run_1" },
  { op: "queueOnLane", tenantId: "default", threadId: "t", runId: "run_2" },
  putOutbox("obx_1"),
  { op: "claimDedup", scope: "s", key: "k", value: { messageId: "m1", runId: "run_1" }, atMs: 1 },
  { op: "putReceipt", receipt: aReceipt("hash") },
  { op: "putApiKey", key: anApiKey("key_1") },
  { op: "putSecret", name: "signing", value: "hidden" },
];

/** Every kind of thing a store holds, as its reads show it. */
async function contents(store: Store): Promise<unknown> {
  return [
    await store.readLog("run_1", 0),
    await store.readRun("run_1"),
    await store.listRuns({ tenantId: "default" }, { limit: 10 }),
    await store.listUnfinishedRuns(10),
    await store.readDefinition("h1"),
    await store.listWorkflows("default"),
    await store.listOpenInterrupts({ tenantId: "default" }, { limit: 10 }),
    await store.listOpenEffects(10),
    await store.listDueTimers(100, 10),
    await store.listThreads("default", { limit: 10 }),
    await store.readMessages("default", "t", { limit: 10, newest: true }),
    await store.listLane("default", "t"),
    await store.listDueOutbox(9_999, 10),
    await store.readDedup("s", "k"),
    await store.readReceipt("hash", 1),
    await store.listApiKeys("default"),
    await store.readSecret("signing"),
  ];
}

function reopening(open: OpenStore): void {
  const itStores = stores(open);

  itStores("everything is there after the process ended", async (store, { reopen }) => {
    await append(store, events("run_1", 0, 3));
    await write(store, ...something);
    const before = await contents(store);
    if (reopen) assert.deepEqual(await contents(await reopen()), before);
  });

  itStores("a commit is known again after the process ended, and numbers go on", async (store, { reopen }) => {
    const commit = aCommit({ rows: [insertRun("run_1")] });
    const { commitNumber } = insist(await store.commit(commit));
    if (!reopen) return;
    const next = await reopen();
    assert.deepEqual(await next.commit(commit), { outcome: "repeated", commitNumber });
    assert.equal((await write(next, insertRun("run_2"))).commitNumber, commitNumber + 1);
  });
}

function copies(open: OpenStore): void {
  const itStores = stores(open);
  const folder = () => mkdtempSync(join(tmpdir(), "parley-copy-"));

  itStores("backup makes a complete copy, for its owner only, in a file that did not exist", async (store, opened) => {
    const path = join(folder(), "copy.db");
    await append(store, events("run_1", 0, 3));
    await write(store, ...something);
    await store.backup(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const bytes = readFileSync(path);
    await assert.rejects(store.backup(path), /exist/i);
    assert.deepEqual(readFileSync(path), bytes);
    const copy = await opened.openCopy?.(path);
    if (copy) assert.deepEqual(await contents(copy), await contents(store));
    await copy?.close();
    rmSync(join(path, ".."), { recursive: true });
  });

  itStores("a commit made while a backup runs is in the copy as a whole or not at all", async (store, opened) => {
    const path = join(folder(), "copy.db");
    for (let at = 0; at < 40; at += 1) await write(store, ...say(`old_${at}`, "x".repeat(30_000)));
    const backup = store.backup(path);
    const written = Array.from({ length: 200 }, (_, at) =>
      store.commit(aCommit({ appends: [events(`run_${at}`, 0, 2)], rows: [insertRun(`run_${at}`)] })),
    );
    await Promise.all([backup, ...written]);
    const copy = await opened.openCopy?.(path);
    for (const runId of (await copy?.listRunIds(500)) ?? []) {
      assert.equal((await copy?.readLog(runId, 0))?.[0]?.lastSequence, 1);
    }
    assert.equal((await copy?.readMessages("default", "t", { limit: 100, newest: false }))?.length ?? 40, 40);
    await copy?.close();
    rmSync(join(path, ".."), { recursive: true });
  });
}

function pruning(open: OpenStore): void {
  const itStores = stores(open);

  itStores("prune deletes expired receipts and old dedup marks, at most so many of each", async (store) => {
    const mark = (key: string, atMs: number): RowOp => ({ op: "claimDedup", scope: "s", key, value: key, atMs });
    const receipt = (keyHash: string, expiresMs: number): RowOp => ({
      op: "putReceipt",
      receipt: aReceipt(keyHash, { expiresMs }),
    });
    await write(
      store,
      mark("a", 10),
      mark("b", 20),
      mark("c", 30),
      receipt("x", 40),
      receipt("y", 50),
      receipt("z", 60),
    );
    assert.equal(await store.prune(50, 30, 1), 2);
    assert.equal(await store.readDedup("s", "a"), undefined);
    assert.equal(await store.readDedup("s", "b"), "b");
    assert.equal(await store.prune(50, 30, 10), 2);
    assert.equal(await store.readDedup("s", "b"), undefined);
    assert.equal(await store.readDedup("s", "c"), "c");
    assert.equal(await store.readReceipt("y", 0), undefined);
    assert.deepEqual(await store.readReceipt("z", 0), aReceipt("z", { expiresMs: 60 }));
    assert.equal(await store.prune(50, 30, 10), 0);
  });

  let nowMs = 0;
  itStores(
    "prune forgets old commits, but never the newest: numbers go on after a restart",
    async (store, { reopen }) => {
      const commits = [];
      for (nowMs = 1; nowMs <= 4; nowMs += 1) {
        const commit = aCommit({ rows: [insertRun(`run_${nowMs}`)] });
        commits.push({ commit, outcome: insist(await store.commit(commit)) });
      }
      assert.equal(await store.prune(0, 3, 1), 1);
      assert.equal(await store.prune(0, 1_000, 10), 2);
      assert.equal((await store.commit(commits[3]?.commit ?? aCommit())).outcome, "repeated");
      const again = commits[0]?.commit ?? aCommit();
      await assert.rejects(store.commit(again), { code: "internal_error" });
      if (!reopen) return;
      const next = await reopen();
      const { commitNumber } = await write(next, insertRun("run_9"));
      assert.equal(commitNumber, (commits[3]?.outcome.commitNumber ?? 0) + 1);
    },
    { nowMs: () => nowMs },
  );
}

const SECRET = 'pa"ss\\word';
const hide = (text: string) =>
  text.replaceAll(JSON.stringify(SECRET).slice(1, -1), "[MASKED]").replaceAll(SECRET, "[MASKED]");

function masking(open: OpenStore): void {
  const itStores = (title: string, body: (store: Store) => Promise<void>) => stores(open)(title, body, { mask: hide });

  const event = (text: string) => {
    const line = events("run_1", 0, 1).lines[0] as string;
    return JSON.stringify({ ...JSON.parse(line), payload: { text } });
  };

  itStores("a commit without a secret is written as it is: verbatim", async (store) => {
    const outcome = insist(await store.commit(aCommit({ appends: [events("run_1", 0, 2)], rows: something })));
    assert.equal(outcome.verbatim, true);
  });

  itStores("a secret in an event is masked in the log and for listeners, and the outcome says so", async (store) => {
    const heard = hear(store, 1);
    const stream = { stream: "run_1", expectedSequence: 0 };
    const outcome = await append(store, { ...stream, lines: [event("plain"), event(`it is ${SECRET}.`)] });
    assert.equal(outcome.verbatim, false);
    const expected = [event("plain"), event("it is [MASKED].")];
    assert.deepEqual((await store.readLog("run_1", 0))[0]?.lines, expected);
    assert.deepEqual((await heard)[0]?.appends[0]?.lines, expected);
  });

  for (const { name, row, read, expected } of [
    {
      name: "a run's inputs and tags",
      row: insertRun("run_1", { start: { inputs: { a: [SECRET] }, tags: [SECRET] } }),
      read: (store: Store) => store.readRun("run_1"),
      expected: aRun("run_1", { start: { inputs: { a: ["[MASKED]"] }, tags: ["[MASKED]"] } }),
    },
    {
      name: "a run's error",
      row: insertRun("run_1", { error: { code: "effect_failed", message: `got ${SECRET}` } }),
      read: (store: Store) => store.readRun("run_1"),
      expected: aRun("run_1", { error: { code: "effect_failed", message: "got [MASKED]" } }),
    },
    {
      name: "an interrupt's data",
      row: putInterrupt("int_1", { data: { [SECRET]: SECRET } }),
      read: async (store: Store) => (await store.readInterrupt("int_1"))?.data,
      expected: { "[MASKED]": "[MASKED]" },
    },
    {
      name: "an effect's request",
      row: putEffect("eff_1", { request: { header: `Bearer ${SECRET}` } }),
      read: async (store: Store) => (await store.readEffect("eff_1"))?.request,
      expected: { header: "Bearer [MASKED]" },
    },
    {
      name: "a body",
      row: { op: "putContent" as const, contentId: "c", runId: "r", sha256: "0", body: `x ${SECRET} y` },
      read: (store: Store) => store.readContent("c"),
      expected: "x [MASKED] y",
    },
    {
      name: "an outbox row's payload",
      row: putOutbox("obx_1", { payload: { text: SECRET } }),
      read: async (store: Store) => (await store.readOutbox("obx_1"))?.payload,
      expected: { text: "[MASKED]" },
    },
    {
      name: "a receipt's body",
      row: { op: "putReceipt" as const, receipt: aReceipt("hash", { body: JSON.stringify({ a: SECRET }) }) },
      read: async (store: Store) => (await store.readReceipt("hash", 0))?.body,
      expected: '{"a":"[MASKED]"}',
    },
    {
      name: "a definition",
      row: { op: "putDefinition" as const, hash: "h", json: JSON.stringify({ key: SECRET }) },
      read: (store: Store) => store.readDefinition("h"),
      expected: '{"key":"[MASKED]"}',
    },
  ]) {
    itStores(`a secret in ${name} is masked, and the outcome says so`, async (store) => {
      const outcome = await write(store, row);
      assert.equal(outcome.verbatim, false);
      assert.deepEqual(await read(store), expected);
    });
  }

  itStores("a secret put away as a secret, and a key's hash, stay as they are", async (store) => {
    const key = anApiKey("key_1", { hash: SECRET });
    const outcome = await write(store, { op: "putSecret", name: "n", value: SECRET }, { op: "putApiKey", key });
    assert.equal(outcome.verbatim, true);
    assert.equal(await store.readSecret("n"), SECRET);
    assert.equal((await store.readApiKey("key_1"))?.hash, SECRET);
  });

  itStores("ids that happen to hold a secret still find what they name", async (store) => {
    const outcome = await write(store, { op: "claimDedup", scope: "s", key: SECRET, value: 1, atMs: 1 });
    assert.equal(outcome.verbatim, true);
    assert.equal(await store.readDedup("s", SECRET), 1);
  });
}
