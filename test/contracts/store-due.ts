// What is due: effects, timers, and outbox rows one destination after the other.

import assert from "node:assert/strict";
import type { Store } from "#ports/store.ts";
import { type OpenStore, putEffect, putOutbox, putTimer, stores, write } from "./store-builders.ts";

export function dueContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("listOpenEffects walks planned and started ones by id", async (store) => {
    const states = ["planned", "done", "started", "unknown", "planned"] as const;
    await write(store, ...states.map((state, at) => putEffect(`eff_${at}`, { state })));
    const ids = async (limit: number, after?: string) =>
      (await store.listOpenEffects(limit, after)).map((effect) => effect.effectId);
    assert.deepEqual(await ids(10), ["eff_0", "eff_2", "eff_4"]);
    assert.deepEqual(await ids(1, "eff_0"), ["eff_2"]);
    assert.deepEqual(await ids(10, "eff_4"), []);
  });

  itStores("listDueTimers gives those due at this very moment too, earliest first", async (store) => {
    assert.equal(await store.nextTimerDueMs(), undefined);
    for (const dueMs of [30, 10, 20, 40]) await write(store, putTimer({ runId: `run_${dueMs}`, dueMs }));
    const dues = async (nowMs: number, limit: number) =>
      (await store.listDueTimers(nowMs, limit)).map((timer) => timer.dueMs);
    assert.deepEqual(await dues(9, 10), []);
    assert.deepEqual(await dues(30, 10), [10, 20, 30]);
    assert.deepEqual(await dues(30, 2), [10, 20]);
    assert.equal(await store.nextTimerDueMs(), 10);
  });

  const outboxIds = async (store: Store, nowMs: number, limit = 10) =>
    (await store.listDueOutbox(nowMs, limit)).map((row) => row.outboxId);

  itStores("listDueOutbox gives one row per destination, earliest due first", async (store) => {
    await write(
      store,
      putOutbox("obx_2", { destination: "a", dueMs: 5 }),
      putOutbox("obx_1", { destination: "a", dueMs: 30 }),
      putOutbox("obx_3", { destination: "b", dueMs: 20 }),
      putOutbox("obx_4", { destination: "c", dueMs: 99 }),
      putOutbox("obx_5", { destination: "d", dueMs: 1, state: "sent" }),
    );
    assert.deepEqual(await outboxIds(store, 30), ["obx_3", "obx_1"]);
    assert.deepEqual(await outboxIds(store, 30, 1), ["obx_3"]);
    assert.deepEqual(await outboxIds(store, 29), ["obx_3"]);
    assert.equal(await store.nextOutboxDueMs(), 20);
  });

  for (const state of ["sent", "unknown", "dead"] as const) {
    itStores(`listDueOutbox goes on with the next row once the one before is ${state}`, async (store) => {
      await write(store, putOutbox("obx_1"), putOutbox("obx_2"), putOutbox("obx_3"));
      assert.deepEqual(await outboxIds(store, 5_000), ["obx_1"]);
      await write(store, { op: "settleOutbox", outboxId: "obx_1", state, attempts: 1, dueMs: 2_000 });
      assert.deepEqual(await outboxIds(store, 5_000), ["obx_2"]);
    });
  }

  itStores("a row that waits for its backoff holds back those behind it, and nobody else", async (store) => {
    await write(store, putOutbox("obx_1"), putOutbox("obx_2"), putOutbox("obx_3", { destination: "other" }));
    await write(store, { op: "settleOutbox", outboxId: "obx_1", state: "queued", attempts: 1, dueMs: 9_000 });
    assert.deepEqual(await outboxIds(store, 5_000), ["obx_3"]);
    await write(store, { op: "settleOutbox", outboxId: "obx_3", state: "sent", attempts: 1, dueMs: 1 });
    assert.equal(await store.nextOutboxDueMs(), 9_000);
    assert.deepEqual(await outboxIds(store, 9_000), ["obx_1"]);
  });

  itStores("a row left behind as sending is listed whatever its time, and is nothing to wait for", async (store) => {
    await write(store, putOutbox("obx_1", { state: "sending", dueMs: 9_000 }), putOutbox("obx_2"));
    assert.deepEqual(await outboxIds(store, 0), ["obx_1"]);
    assert.equal(await store.nextOutboxDueMs(), undefined);
  });

  itStores("a row that is put again for another destination leaves its old line", async (store) => {
    await write(store, putOutbox("obx_1"), putOutbox("obx_2"));
    await write(store, putOutbox("obx_1", { destination: "other" }));
    assert.deepEqual(await outboxIds(store, 5_000), ["obx_1", "obx_2"]);
  });

  itStores("a row that is queued again takes its old place in the line", async (store) => {
    await write(store, putOutbox("obx_1"), putOutbox("obx_2"));
    await write(store, { op: "settleOutbox", outboxId: "obx_1", state: "unknown", attempts: 1, dueMs: 1 });
    await write(store, { op: "settleOutbox", outboxId: "obx_1", state: "queued", attempts: 1, dueMs: 1 });
    assert.deepEqual(await outboxIds(store, 5_000), ["obx_1"]);
  });
}
