// Webhooks of the store in memory.

import type { WebhookLine, WebhookLineKey, WebhookOp, WebhookRecord, WebhookRow } from "#ports/rows/webhooks.ts";
import type { WebhookRecordFilter } from "#ports/store/webhooks.ts";
import type { Page } from "#ports/store.ts";
import { type Changes, cut, type Paged, pageOf, type Reading, sorted } from "./lists.ts";
import type { StoredWebhook, Tables } from "./tables.ts";

export const webhookChanges: Changes<WebhookOp> = {
  putWebhook: (tables, { webhook, secret }) => tables.webhooks.set({ ...webhook, secret }, webhook.webhookId),

  deleteWebhook(tables, { webhookId }) {
    const ofWebhook = (row: { webhookId: string }) => row.webhookId === webhookId;
    tables.webhooks.delete(webhookId);
    for (const line of tables.webhookLines.filter(ofWebhook)) tables.webhookLines.delete(...keyOf(line));
    for (const { recordId } of tables.webhookRecords.filter(ofWebhook))
      tables.webhookRecords.delete(webhookId, recordId);
  },

  changeWebhook(tables, { webhookId, from, to, reason, health, recordId, atMs }) {
    const before = tables.webhooks.get(webhookId);
    if (!before || !from.includes(before.state)) return;
    const { reason: _, ...rest } = before;
    const because = reason === undefined ? {} : { reason };
    tables.webhooks.set({ ...rest, state: to, ...because, ...(health && { health }) }, webhookId);
    const change = { kind: "state", recordId, webhookId, atMs, fromState: before.state, toState: to } as const;
    tables.webhookRecords.set({ ...change, ...because }, webhookId, recordId);
  },

  noteWebhookHealth(tables, { webhookId, health }) {
    const webhook = tables.webhooks.get(webhookId);
    if (webhook) tables.webhooks.set({ ...webhook, health }, webhookId);
  },

  raiseWebhook(tables, { webhookId, runId, firstSequence, lastSequence, atMs }) {
    if (!tables.webhooks.get(webhookId)) return;
    const key = { webhookId, runId, redrive: -1 };
    const before = tables.webhookLines.get(...keyOf(key));
    const line: WebhookLine = before
      ? { ...before, throughSequence: Math.max(before.throughSequence, lastSequence) }
      : { ...begun(key, atMs), nextSequence: firstSequence, throughSequence: lastSequence };
    tables.webhookLines.set(line, ...keyOf(key));
  },

  settleWebhook(tables, { line: key, nextSequence, attempts, dueMs, record }) {
    const line = tables.webhookLines.get(...keyOf(key));
    if (!line) return;
    if (nextSequence > line.throughSequence) tables.webhookLines.delete(...keyOf(key));
    else tables.webhookLines.set({ ...line, nextSequence, attempts, dueMs }, ...keyOf(key));
    if (record) tables.webhookRecords.set(record, record.webhookId, record.recordId);
  },

  redriveWebhook(tables, { webhookId, recordId, deliveryId, atMs }) {
    const record = tables.webhookRecords.get(webhookId, recordId);
    if (!record || !isDeadLetter(record)) return;
    tables.webhookRecords.set({ ...record, redrivenMs: atMs } as WebhookRecord, webhookId, recordId);
    const { runId, sequence } = record;
    const key = { webhookId, runId, redrive: sequence };
    const line = { ...begun(key, atMs), nextSequence: sequence, throughSequence: sequence, deliveryId };
    tables.webhookLines.set(line, ...keyOf(key));
  },
};

function keyOf({ webhookId, runId, redrive }: WebhookLineKey): [string, string, number] {
  return [webhookId, runId, redrive];
}

function begun(key: WebhookLineKey, atMs: number) {
  return { ...key, attempts: 0, dueMs: atMs, sinceMs: atMs };
}

function isDeadLetter(record: WebhookRecord): record is Extract<WebhookRecord, { kind: "delivery" }> {
  return record.kind === "delivery" && record.outcome === "dead-lettered" && record.redrivenMs === undefined;
}

function isRoutine(record: WebhookRecord): boolean {
  return record.kind === "delivery" && record.outcome !== "dead-lettered";
}

function shown({ secret: _, ...webhook }: StoredWebhook): WebhookRow {
  return webhook;
}

function listWebhooks(tables: Tables, tenantId?: string): WebhookRow[] {
  const wanted = tables.webhooks.filter((row) => tenantId === undefined || row.tenantId === tenantId);
  return sorted(wanted.map(shown), (row) => [row.webhookId]);
}

function listDueWebhookLines(tables: Tables, webhookId: string, nowMs: number, limit: number): WebhookLine[] {
  const due = tables.webhookLines.filter((line) => line.webhookId === webhookId && line.dueMs <= nowMs);
  return cut(
    sorted(due, (line) => [line.dueMs, line.runId, line.redrive]),
    limit,
  );
}

function nextWebhookDueMs(tables: Tables, webhookId: string, nowMs: number): number | undefined {
  const later = tables.webhookLines.filter((line) => line.webhookId === webhookId && line.dueMs > nowMs);
  return later.length === 0 ? undefined : Math.min(...later.map((line) => line.dueMs));
}

const wantedBy = {
  deliveries: (record: WebhookRecord) => record.kind === "delivery",
  "dead-letters": isDeadLetter,
  changes: (record: WebhookRecord) => record.kind === "state",
};

function listWebhookRecords(
  tables: Tables,
  { webhookId, what }: WebhookRecordFilter,
  page: { limit: number; cursor?: string },
): Page<WebhookRecord> {
  const wanted = tables.webhookRecords.filter((record) => record.webhookId === webhookId && wantedBy[what](record));
  return pageOf(recordList, wanted, page);
}

const recordList: Paged<WebhookRecord, [string]> = {
  kind: "webhook-records",
  example: [""],
  order: "descending",
  keyOf: (record) => [record.recordId],
};

function pruneWebhooks(tables: Tables, beforeMs: number, deadBeforeMs: number, limit: number): number {
  const oldest = (wanted: (record: WebhookRecord) => boolean, edgeMs: number) => {
    const old = tables.webhookRecords.filter((record) => wanted(record) && record.atMs < edgeMs);
    return cut(
      sorted(old, (record) => [record.atMs]),
      limit,
    );
  };
  const records = [...oldest(isRoutine, beforeMs), ...oldest((record) => !isRoutine(record), deadBeforeMs)];
  for (const { webhookId, recordId } of records) tables.webhookRecords.delete(webhookId, recordId);
  const ended = tables.webhookLines.filter((line) => line.sinceMs < deadBeforeMs);
  const lines = cut(
    sorted(ended, (line) => [line.sinceMs]),
    limit,
  );
  for (const line of lines) tables.webhookLines.delete(...keyOf(line));
  return records.length + lines.length;
}

export const webhookReads = (reading: Reading) => ({
  listWebhooks: reading(listWebhooks),
  readWebhook: reading((all, webhookId: string) => {
    const webhook = all.webhooks.get(webhookId);
    return webhook && shown(webhook);
  }),
  readWebhookSecret: reading((all, webhookId: string) => all.webhooks.get(webhookId)?.secret),
  listDueWebhookLines: reading(listDueWebhookLines),
  nextWebhookDueMs: reading(nextWebhookDueMs),
  readWebhookLine: reading((all, key: WebhookLineKey) => all.webhookLines.get(...keyOf(key))),
  listWebhookRecords: reading(listWebhookRecords),
  pruneWebhooks: reading(pruneWebhooks),
});
