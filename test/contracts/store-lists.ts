// Every list: its order, its pages, and what it does not show.

import assert from "node:assert/strict";
import type { RunFilter, Store } from "#ports/store.ts";
import type { RunStatus } from "#protocol/status.ts";
import {
  anApiKey,
  append,
  aWorkflow,
  events,
  insertRun,
  type OpenStore,
  putInterrupt,
  putOutbox,
  putTimer,
  say,
  stores,
  write,
} from "./store-builders.ts";

const unknown = { items: [], unknownCursor: true };

export function listContract(open: OpenStore): void {
  logs(open);
  runs(open);
  interrupts(open);
  threads(open);
  whole(open);
}

function logs(open: OpenStore): void {
  const itStores = stores(open);
  // Batches 0-2, 3-3, 4-8, 9-9.
  for (const { from, limit, batches } of [
    { from: 0, limit: undefined, batches: [0, 3, 4, 9] },
    { from: 2, limit: undefined, batches: [0, 3, 4, 9] },
    { from: 3, limit: undefined, batches: [3, 4, 9] },
    { from: 6, limit: undefined, batches: [4, 9] },
    { from: 9, limit: undefined, batches: [9] },
    { from: 10, limit: undefined, batches: [] },
    { from: 0, limit: 1, batches: [0] },
    { from: 0, limit: 3, batches: [0] },
    { from: 0, limit: 4, batches: [0, 3] },
    { from: 0, limit: 5, batches: [0, 3, 4] },
    { from: 2, limit: 2, batches: [0, 3] },
    { from: 7, limit: 2, batches: [4] },
    { from: 7, limit: 3, batches: [4, 9] },
    { from: 0, limit: 0, batches: [] },
  ]) {
    const bound = limit === undefined ? "" : `, up to ${limit} events`;
    itStores(`readLog from ${from}${bound} gives the batches at ${JSON.stringify(batches)}`, async (store) => {
      await append(store, events("run_1", 0, 3));
      await append(store, events("run_1", 3, 1), events("run_2", 0, 20));
      await append(store, events("run_1", 4, 5));
      await append(store, events("run_1", 9, 1));
      const found = await store.readLog("run_1", from, limit);
      assert.deepEqual(
        found.map((batch) => batch.firstSequence),
        batches,
      );
    });
  }
}

/** All pages of a list. */
async function walk<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor?: string }>,
  limit: number,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    assert.ok(items.length <= limit && (nextCursor === undefined || items.length === limit));
    all.push(...items);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return all;
}

function walkRuns(store: Store, filter: RunFilter, limit: number): Promise<string[]> {
  return walk(async (cursor) => {
    const page = await store.listRuns(filter, { limit, ...(cursor !== undefined && { cursor }) });
    return { ...page, items: page.items.map((run) => run.start.runId) };
  }, limit);
}

function runs(open: OpenStore): void {
  const itStores = stores(open);
  const all: { runId: string; status: RunStatus; workflowId: string; tenantId: string; tags: string[] }[] = [
    { runId: "run_1", status: "completed", workflowId: "a", tenantId: "default", tags: ["x"] },
    { runId: "run_2", status: "running", workflowId: "b", tenantId: "default", tags: ["y", "x"] },
    { runId: "run_3", status: "completed", workflowId: "b", tenantId: "default", tags: [] },
    { runId: "run_4", status: "failed", workflowId: "a", tenantId: "default", tags: ["x"] },
    { runId: "run_5", status: "completed", workflowId: "a", tenantId: "other", tags: ["x"] },
    { runId: "run_6", status: "waiting-approval", workflowId: "a", tenantId: "default", tags: ["y"] },
    { runId: "run_7", status: "completed", workflowId: "a", tenantId: "default", tags: ["x", "x"] },
  ];
  const given = async (store: Store) => {
    // Not in the order of their ids: the list is.
    for (const { runId, status, ...start } of [...all].reverse())
      await write(store, insertRun(runId, { status, start }));
  };

  for (const { filter, ids } of [
    { filter: { tenantId: "default" }, ids: [7, 6, 4, 3, 2, 1] },
    { filter: { tenantId: "other" }, ids: [5] },
    { filter: { tenantId: "nobody" }, ids: [] },
    { filter: { tenantId: "default", status: "completed" }, ids: [7, 3, 1] },
    { filter: { tenantId: "default", workflowId: "a" }, ids: [7, 6, 4, 1] },
    { filter: { tenantId: "default", workflowId: "a", status: "completed" }, ids: [7, 1] },
    { filter: { tenantId: "default", tag: "x" }, ids: [7, 4, 2, 1] },
    { filter: { tenantId: "default", tag: "x", status: "completed" }, ids: [7, 1] },
    { filter: { tenantId: "default", tag: "y", workflowId: "b" }, ids: [2] },
  ] satisfies { filter: RunFilter; ids: number[] }[]) {
    itStores(`listRuns gives ${JSON.stringify(filter)} newest first, on pages of any size`, async (store) => {
      await given(store);
      const expected = ids.map((id) => `run_${id}`);
      for (const limit of [1, 2, 3, 100]) assert.deepEqual(await walkRuns(store, filter, limit), expected);
    });
  }

  itStores("listRuns shows a run under its new status once it changed", async (store) => {
    await given(store);
    const patch = { status: "completed", lastSequence: 3, unfinished: false } as const;
    await write(store, { op: "updateRun", runId: "run_2", patch });
    assert.deepEqual(await walkRuns(store, { tenantId: "default", status: "running" }, 10), []);
    assert.deepEqual(await walkRuns(store, { tenantId: "default", status: "completed" }, 2), [
      "run_7",
      "run_3",
      "run_2",
      "run_1",
    ]);
  });

  itStores("listRuns goes on behind the cursor when newer runs came meanwhile", async (store) => {
    await given(store);
    const { nextCursor } = await store.listRuns({ tenantId: "default" }, { limit: 2 });
    await write(store, insertRun("run_8"));
    const next = await store.listRuns({ tenantId: "default" }, { limit: 2, cursor: nextCursor as string });
    assert.deepEqual(
      next.items.map((run) => run.start.runId),
      ["run_4", "run_3"],
    );
  });

  for (const cursor of [
    "",
    "garbage",
    "e30",
    Buffer.from('["threads",1,"t"]').toString("base64url"),
    Buffer.from('["other","run_9"]').toString("base64url"),
  ]) {
    itStores(
      `lists answer a cursor that is not theirs (${JSON.stringify(cursor)}) with an empty page`,
      async (store) => {
        await given(store);
        await write(store, putInterrupt("int_1"));
        assert.deepEqual(await store.listRuns({ tenantId: "default" }, { limit: 2, cursor }), unknown);
        assert.deepEqual(await store.listOpenInterrupts({ tenantId: "default" }, { limit: 2, cursor }), unknown);
      },
    );
  }

  itStores("listRunIds walks all runs of all tenants by id", async (store) => {
    await given(store);
    assert.deepEqual(await store.listRunIds(3), ["run_1", "run_2", "run_3"]);
    assert.deepEqual(await store.listRunIds(3, "run_3"), ["run_4", "run_5", "run_6"]);
    assert.deepEqual(await store.listRunIds(3, "run_7"), []);
  });
}

function interrupts(open: OpenStore): void {
  const itStores = stores(open);
  const given = (store: Store) =>
    write(
      store,
      putInterrupt("int_1", { requestedMs: 9 }),
      putInterrupt("int_2", { requestedMs: 5, threadId: "t" }),
      putInterrupt("int_3", { requestedMs: 7, deadlineMs: 90, threadId: "t" }),
      putInterrupt("int_4", { requestedMs: 8, deadlineMs: 20, runId: "run_2" }),
      putInterrupt("int_5", { requestedMs: 6, deadlineMs: 90 }),
      putInterrupt("int_6", { requestedMs: 5 }),
      putInterrupt("int_7", { deadlineMs: 1, status: "expired" }),
      putInterrupt("int_8", { deadlineMs: 1, tenantId: "other", threadId: "t" }),
    );

  for (const { filter, ids } of [
    { filter: { tenantId: "default" }, ids: [4, 5, 3, 2, 6, 1] },
    { filter: { tenantId: "default", runId: "run_1" }, ids: [5, 3, 2, 6, 1] },
    { filter: { tenantId: "default", threadId: "t" }, ids: [3, 2] },
    { filter: { tenantId: "default", runId: "run_2", threadId: "t" }, ids: [] },
    { filter: { tenantId: "other" }, ids: [8] },
  ]) {
    itStores(`listOpenInterrupts gives ${JSON.stringify(filter)} by deadline, then age`, async (store) => {
      await given(store);
      for (const limit of [1, 2, 100]) {
        const found = await walk(
          (cursor) => store.listOpenInterrupts(filter, { limit, ...(cursor !== undefined && { cursor }) }),
          limit,
        );
        assert.deepEqual(
          found.map((row) => row.interruptId),
          ids.map((id) => `int_${id}`),
        );
      }
    });
  }

  itStores("listOpenInterrupts goes on behind its cursor when that interrupt was answered meanwhile", async (store) => {
    await given(store);
    const first = await store.listOpenInterrupts({ tenantId: "default" }, { limit: 2 });
    await write(store, { op: "endRun", runId: "run_2", interrupts: "cancelled", atMs: 1 });
    await write(store, {
      op: "settleInterrupt",
      interruptId: "int_5",
      tenantId: "default",
      status: "resolved",
      atMs: 1,
    });
    const next = await store.listOpenInterrupts(
      { tenantId: "default" },
      { limit: 2, cursor: first.nextCursor as string },
    );
    assert.deepEqual(
      next.items.map((row) => row.interruptId),
      ["int_3", "int_2"],
    );
  });
}

function threads(open: OpenStore): void {
  const itStores = stores(open);

  itStores("listThreads gives the tenant's threads, latest first", async (store) => {
    for (const [threadId, atMs] of [
      ["a", 30],
      ["b", 10],
      ["c", 20],
      ["d", 20],
    ] as const) {
      await write(store, ...say(`m_${threadId}`, "x", { threadId, atMs }));
    }
    await write(store, ...say("foreign", "x", { tenantId: "other" }));
    for (const limit of [1, 3, 100]) {
      const found = await walk(
        (cursor) => store.listThreads("default", { limit, ...(cursor !== undefined && { cursor }) }),
        limit,
      );
      assert.deepEqual(
        found.map((thread) => thread.threadId),
        ["a", "d", "c", "b"],
      );
    }
    assert.deepEqual(await store.listThreads("default", { limit: 1, cursor: "garbage" }), unknown);
  });

  itStores("listThreads goes on where it was when a thread of the page before moves up meanwhile", async (store) => {
    for (const [threadId, atMs] of [
      ["a", 30],
      ["b", 20],
      ["c", 10],
    ] as const) {
      await write(store, ...say(`m_${threadId}`, "x", { threadId, atMs }));
    }
    const { nextCursor } = await store.listThreads("default", { limit: 2 });
    await write(store, ...say("m_again", "x", { threadId: "b", atMs: 99 }));
    const next = await store.listThreads("default", { limit: 2, cursor: nextCursor as string });
    assert.deepEqual(
      next.items.map((thread) => thread.threadId),
      ["c"],
    );
  });
}

function whole(open: OpenStore): void {
  const itStores = stores(open);

  itStores("listWorkflows and listApiKeys give a tenant's own, by id", async (store) => {
    const keys = ["key_2", "key_1"].map((keyId) => ({ op: "putApiKey" as const, key: anApiKey(keyId) }));
    const flows = ["b", "a"].map((id) => ({ op: "putWorkflow" as const, workflow: aWorkflow(id) }));
    await write(store, ...keys, ...flows);
    await write(
      store,
      { op: "putApiKey", key: anApiKey("key_3", { tenantId: "other" }) },
      { op: "putWorkflow", workflow: aWorkflow("a", { tenantId: "other", hash: "h9" }) },
    );
    assert.deepEqual(await store.listWorkflows("default"), [aWorkflow("a"), aWorkflow("b")]);
    assert.deepEqual(await store.listApiKeys("default"), [anApiKey("key_1"), anApiKey("key_2")]);
  });

  itStores("listTimers, listUnsettledOutbox and listDedup walk everything by key", async (store) => {
    const marks = ["b", "a"].map((key) => ({ op: "claimDedup" as const, scope: "s", key, value: key, atMs: 1 }));
    await write(
      store,
      putTimer({ runId: "run_2", dueMs: 1 }),
      putTimer({ runId: "run_1", dueMs: 2, purpose: "retry" }),
      putTimer({ runId: "run_1", dueMs: 3 }),
      putOutbox("obx_3", { state: "sending" }),
      putOutbox("obx_1"),
      putOutbox("obx_2", { state: "dead" }),
      ...marks,
      { op: "claimDedup", scope: "r", key: "z", value: null, atMs: 5 },
    );
    const timers = await store.listTimers(2);
    assert.deepEqual(
      [...timers, ...(await store.listTimers(2, timers[1]))].map((timer) => timer.dueMs),
      [3, 2, 1],
    );
    const outbox = await store.listUnsettledOutbox(1);
    assert.deepEqual(
      [...outbox, ...(await store.listUnsettledOutbox(5, "obx_1"))].map((row) => row.outboxId),
      ["obx_1", "obx_3"],
    );
    const dedup = await store.listDedup(2);
    assert.deepEqual(
      [...dedup, ...(await store.listDedup(2, dedup[1]))],
      [
        { scope: "r", key: "z", value: null, atMs: 5 },
        { scope: "s", key: "a", value: "a", atMs: 1 },
        { scope: "s", key: "b", value: "b", atMs: 1 },
      ],
    );
  });
}
