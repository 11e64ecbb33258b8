// Webhooks in the store's contract: subscriptions, lines, records (ports/rows/webhooks.ts).

import assert from "node:assert/strict";
import type { WebhookAttempt, WebhookRow } from "#ports/rows/webhooks.ts";
import type { RowOp } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { type OpenStore, stores, write } from "./store-builders.ts";

export function aWebhook(webhookId: string, parts: Partial<WebhookRow> = {}): WebhookRow {
  return {
    webhookId,
    tenantId: "default",
    url: "https://hooks.example.com/in",
    events: ["run.completed"],
    tags: [],
    secretFingerprint: "0badcafe",
    keyedFingerprint: "feedfacefeedface",
    privateAllowed: false,
    createdMs: 1_000,
    state: "active",
    health: { consecutiveFailures: 0, failuresMs: [] },
    ...parts,
  };
}

export function putWebhook(webhookId: string, parts: Partial<WebhookRow> = {}): RowOp {
  return { op: "putWebhook", webhook: aWebhook(webhookId, parts), secret: `secret of ${webhookId}` };
}

export function aWebhookAttempt(recordId: string, parts: Partial<WebhookAttempt> = {}): WebhookAttempt {
  return {
    kind: "delivery",
    recordId,
    webhookId: "wh_1",
    atMs: 1_000,
    deliveryId: `dlv_of_${recordId}`,
    dedupKey: "key",
    runId: "run_1",
    sequence: 3,
    eventId: "evt_3",
    eventType: "run.completed",
    attempt: 1,
    outcome: "delivered",
    ...parts,
  };
}

function raise(runId: string, firstSequence: number, lastSequence: number, atMs = 1_000): RowOp {
  return { op: "raiseWebhook", webhookId: "wh_1", runId, firstSequence, lastSequence, atMs };
}

function settle(
  runId: string,
  nextSequence: number,
  parts: { redrive?: number; record?: WebhookAttempt; dueMs?: number } = {},
): RowOp {
  const { redrive = -1, record, dueMs = 2_000 } = parts;
  const line = { webhookId: "wh_1", runId, redrive };
  return { op: "settleWebhook", line, nextSequence, attempts: 1, dueMs, ...(record && { record }) };
}

const key = (runId: string, redrive = -1) => ({ webhookId: "wh_1", runId, redrive });
const recordIds = async (store: Store, what: "deliveries" | "dead-letters" | "changes") =>
  (await store.listWebhookRecords({ webhookId: "wh_1", what }, { limit: 10 })).items.map((record) => record.recordId);

/** One of each, in an order in which each has something to do. */
export const everyWebhookOp: RowOp[] = [
  putWebhook("wh_1"),
  raise("run_1", 2, 3),
  settle("run_1", 3, { record: aWebhookAttempt("dlv_1", { outcome: "dead-lettered" }) }),
  { op: "redriveWebhook", webhookId: "wh_1", recordId: "dlv_1", deliveryId: "dlv_2", atMs: 5 },
  { op: "noteWebhookHealth", webhookId: "wh_1", health: { consecutiveFailures: 1, failuresMs: [1] } },
  { op: "changeWebhook", webhookId: "wh_1", from: ["active"], to: "paused", recordId: "dlv_3", atMs: 6 },
  { op: "deleteWebhook", webhookId: "wh_1" },
];

export function webhookContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("a webhook reads as it was put, and its secret by a read of its own", async (store) => {
    const webhook = aWebhook("wh_1", { tags: ["x"], reason: "backpressure", state: "failed" });
    await write(store, { op: "putWebhook", webhook, secret: "s3cret" }, putWebhook("wh_2", { tenantId: "other" }));
    assert.deepEqual(await store.readWebhook("wh_1"), webhook);
    assert.equal(await store.readWebhookSecret("wh_1"), "s3cret");
    assert.equal(await store.readWebhookSecret("wh_3"), undefined);
    assert.deepEqual(
      (await store.listWebhooks()).map((row) => row.webhookId),
      ["wh_1", "wh_2"],
    );
    assert.deepEqual(
      (await store.listWebhooks("other")).map((row) => row.webhookId),
      ["wh_2"],
    );
  });

  itStores(
    "the secret of a webhook is stored as it is, whatever is masked",
    async (store) => {
      await write(store, putWebhook("wh_1"));
      assert.equal(await store.readWebhookSecret("wh_1"), "secret of wh_1");
    },
    { mask: (text) => text.replaceAll("secret", "[REDACTED]") },
  );

  itStores(
    "the error of an attempt is masked",
    async (store) => {
      await write(store, putWebhook("wh_1"), raise("run_1", 3, 3));
      await write(store, settle("run_1", 3, { record: aWebhookAttempt("dlv_1", { error: "no secret here" }) }));
      const { items } = await store.listWebhookRecords({ webhookId: "wh_1", what: "deliveries" }, { limit: 1 });
      assert.equal((items[0] as WebhookAttempt).error, "no [REDACTED] here");
    },
    { mask: (text) => text.replaceAll("secret", "[REDACTED]") },
  );

  itStores("events begin a line, and more events make it longer", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 2, 3));
    await write(store, raise("run_1", 5, 7, 1_500));
    const line = await store.readWebhookLine(key("run_1"));
    const begun = { ...key("run_1"), nextSequence: 2, throughSequence: 7, attempts: 0, dueMs: 1_000, sinceMs: 1_000 };
    assert.deepEqual(line, begun);
  });

  itStores("events for a webhook that is gone begin nothing", async (store) => {
    await write(store, raise("run_1", 2, 3));
    await write(store, putWebhook("wh_1"));
    assert.deepEqual(await store.listDueWebhookLines("wh_1", 9_000, 10), []);
  });

  itStores("a line that was told to its end is gone; one that grew meanwhile stays", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 2, 3), raise("run_2", 2, 3));
    await write(store, raise("run_2", 4, 4), settle("run_1", 4), settle("run_2", 4));
    assert.equal(await store.readWebhookLine(key("run_1")), undefined);
    assert.equal((await store.readWebhookLine(key("run_2")))?.nextSequence, 4);
  });

  itStores("due lines come earliest first, those due at this very moment too", async (store) => {
    await write(
      store,
      putWebhook("wh_1"),
      raise("run_1", 0, 1, 30),
      raise("run_2", 0, 1, 10),
      raise("run_3", 0, 1, 40),
    );
    const due = async (nowMs: number, limit: number) =>
      (await store.listDueWebhookLines("wh_1", nowMs, limit)).map((line) => line.runId);
    assert.deepEqual(await due(30, 10), ["run_2", "run_1"]);
    assert.deepEqual(await due(30, 1), ["run_2"]);
    assert.equal(await store.nextWebhookDueMs("wh_1", 30), 40);
    assert.equal(await store.nextWebhookDueMs("wh_1", 40), undefined);
    assert.deepEqual(await store.listDueWebhookLines("wh_2", 90, 10), []);
  });

  itStores("a state changes only out of the states that were named, and leaves a record", async (store) => {
    await write(store, putWebhook("wh_1"));
    const health = { consecutiveFailures: 4, failuresMs: [1] };
    const change = { op: "changeWebhook", webhookId: "wh_1", atMs: 5 } as const;
    await write(store, { ...change, from: ["paused"], to: "failed", recordId: "dlv_1" });
    assert.equal((await store.readWebhook("wh_1"))?.state, "active");
    await write(store, {
      ...change,
      from: ["active"],
      to: "failed",
      reason: "backpressure",
      recordId: "dlv_2",
      health,
    });
    const { state, reason, health: after } = (await store.readWebhook("wh_1")) ?? {};
    assert.deepEqual({ state, reason, after }, { state: "failed", reason: "backpressure", after: health });
    await write(store, { ...change, from: ["failed"], to: "active", recordId: "dlv_3" });
    const active = await store.readWebhook("wh_1");
    assert.deepEqual(active, aWebhook("wh_1", { health }), "the reason goes with the state");
    assert.deepEqual(await recordIds(store, "changes"), ["dlv_3", "dlv_2"]);
  });

  itStores("a dead letter is delivered again once, on a line of its own", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 3, 5));
    await write(store, settle("run_1", 4, { record: aWebhookAttempt("dlv_1", { outcome: "dead-lettered" }) }));
    assert.deepEqual(await recordIds(store, "dead-letters"), ["dlv_1"]);
    const redrive = { op: "redriveWebhook", webhookId: "wh_1", recordId: "dlv_1", deliveryId: "dlv_new" } as const;
    await write(store, { ...redrive, atMs: 50 });
    const line = { ...key("run_1", 3), nextSequence: 3, throughSequence: 3, attempts: 0, dueMs: 50, sinceMs: 50 };
    assert.deepEqual(await store.readWebhookLine(key("run_1", 3)), { ...line, deliveryId: "dlv_new" });
    assert.equal((await store.readWebhookLine(key("run_1")))?.nextSequence, 4);
    assert.deepEqual(await recordIds(store, "dead-letters"), []);
    assert.deepEqual(await recordIds(store, "deliveries"), ["dlv_1"]);
    await write(store, settle("run_1", 4, { redrive: 3 }), { ...redrive, atMs: 60 });
    assert.equal(await store.readWebhookLine(key("run_1", 3)), undefined, "a second time does nothing");
  });

  itStores("records come newest first, in pages", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 0, 9));
    for (const at of [1, 2, 3]) await write(store, settle("run_1", at, { record: aWebhookAttempt(`dlv_${at}`) }));
    const filter = { webhookId: "wh_1", what: "deliveries" } as const;
    const first = await store.listWebhookRecords(filter, { limit: 2 });
    assert.deepEqual(
      first.items.map((record) => record.recordId),
      ["dlv_3", "dlv_2"],
    );
    const second = await store.listWebhookRecords(filter, { limit: 2, cursor: first.nextCursor ?? "" });
    assert.deepEqual([second.items.map((record) => record.recordId), second.nextCursor], [["dlv_1"], undefined]);
    assert.equal((await store.listWebhookRecords(filter, { limit: 2, cursor: "none" })).unknownCursor, true);
  });

  itStores("a webhook goes with its secret, its lines and its records", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 0, 9));
    await write(store, settle("run_1", 1, { record: aWebhookAttempt("dlv_1") }));
    await write(store, { op: "deleteWebhook", webhookId: "wh_1" });
    assert.equal(await store.readWebhook("wh_1"), undefined);
    assert.equal(await store.readWebhookSecret("wh_1"), undefined);
    assert.equal(await store.readWebhookLine(key("run_1")), undefined);
    assert.deepEqual(await recordIds(store, "deliveries"), []);
  });

  itStores("pruning takes old records, and what is dead only when that is older still", async (store) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 0, 9, 10), raise("run_2", 0, 9, 30));
    await write(store, settle("run_2", 1, { record: aWebhookAttempt("dlv_1", { atMs: 10 }) }));
    const dead = aWebhookAttempt("dlv_2", { atMs: 10, outcome: "dead-lettered" });
    await write(store, settle("run_2", 2, { record: dead }));
    assert.equal(await store.pruneWebhooks(20, 5, 10), 1);
    assert.deepEqual(await recordIds(store, "deliveries"), ["dlv_2"]);
    assert.equal(await store.pruneWebhooks(20, 20, 10), 2);
    assert.deepEqual(await recordIds(store, "deliveries"), []);
    assert.equal(await store.readWebhookLine(key("run_1")), undefined);
    assert.ok(await store.readWebhookLine(key("run_2")));
  });

  itStores("what is waiting survives a restart", async (store, { reopen }) => {
    await write(store, putWebhook("wh_1"), raise("run_1", 0, 9));
    if (!reopen) return;
    const again = await reopen();
    assert.equal((await again.listDueWebhookLines("wh_1", 9_000, 10)).length, 1);
    assert.equal(await again.readWebhookSecret("wh_1"), "secret of wh_1");
    await again.close();
  });
}
