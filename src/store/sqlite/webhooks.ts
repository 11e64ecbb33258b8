// Webhooks: subscriptions, their lines and their records.

import type {
  WebhookLine,
  WebhookLineKey,
  WebhookOp,
  WebhookReason,
  WebhookRecord,
  WebhookRow,
  WebhookState,
} from "#ports/rows/webhooks.ts";
import type { WebhookRecordFilter } from "#ports/store/webhooks.ts";
import type { Page } from "#ports/store.ts";
import { type Database, present } from "./database.ts";
import { LAST_ID, type Paged, readPage } from "./paging.ts";
import type { Changes, Reading } from "./reading.ts";

export const webhookOperations: Changes<WebhookOp> = {
  putWebhook(db, { webhook, secret }) {
    db.run(
      `INSERT OR REPLACE INTO webhooks (webhook_id, tenant_id, url, events, tags, secret, secret_fingerprint,
         keyed_fingerprint, private_allowed, created_ms, state, reason, health)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      webhook.webhookId,
      webhook.tenantId,
      webhook.url,
      JSON.stringify(webhook.events),
      JSON.stringify(webhook.tags),
      secret,
      webhook.secretFingerprint,
      webhook.keyedFingerprint,
      webhook.privateAllowed ? 1 : 0,
      webhook.createdMs,
      webhook.state,
      webhook.reason ?? null,
      JSON.stringify(webhook.health),
    );
  },

  deleteWebhook(db, { webhookId }) {
    db.run("DELETE FROM webhooks WHERE webhook_id = ?", webhookId);
    db.run("DELETE FROM webhook_lines WHERE webhook_id = ?", webhookId);
    db.run("DELETE FROM webhook_records WHERE webhook_id = ?", webhookId);
  },

  changeWebhook(db, { webhookId, from, to, reason, health, recordId, atMs }) {
    const before = db.get<{ state: WebhookState }>("SELECT state FROM webhooks WHERE webhook_id = ?", webhookId);
    if (!before || !from.includes(before.state)) return;
    db.run(
      "UPDATE webhooks SET state = ?, reason = ?, health = ifnull(?, health) WHERE webhook_id = ?",
      to,
      reason ?? null,
      health ? JSON.stringify(health) : null,
      webhookId,
    );
    const change = { kind: "state", recordId, webhookId, atMs, fromState: before.state, toState: to } as const;
    putRecord(db, { ...change, ...(reason !== undefined && { reason }) });
  },

  noteWebhookHealth(db, { webhookId, health }) {
    db.run("UPDATE webhooks SET health = ? WHERE webhook_id = ?", JSON.stringify(health), webhookId);
  },

  raiseWebhook(db, { webhookId, runId, firstSequence, lastSequence, atMs }) {
    db.run(
      `INSERT INTO webhook_lines (webhook_id, run_id, redrive, next_sequence, through_sequence, attempts, due_ms, since_ms)
       SELECT webhook_id, ?, -1, ?, ?, 0, ?, ? FROM webhooks WHERE webhook_id = ?
       ON CONFLICT DO UPDATE SET through_sequence = max(through_sequence, excluded.through_sequence)`,
      runId,
      firstSequence,
      lastSequence,
      atMs,
      atMs,
      webhookId,
    );
  },

  settleWebhook(db, { line, nextSequence, attempts, dueMs, record }) {
    const settled = db.run(
      `UPDATE webhook_lines SET next_sequence = ?, attempts = ?, due_ms = ?
       WHERE webhook_id = ? AND run_id = ? AND redrive = ?`,
      nextSequence,
      attempts,
      dueMs,
      ...keyOf(line),
    );
    if (settled === 0) return;
    db.run(`DELETE FROM webhook_lines WHERE ${BY_KEY} AND next_sequence > through_sequence`, ...keyOf(line));
    if (record) putRecord(db, record);
  },

  redriveWebhook(db, { webhookId, recordId, deliveryId, atMs }) {
    const sql = "SELECT body FROM webhook_records WHERE webhook_id = ? AND record_id = ? AND what = 'dead-letter'";
    const found = db.get<{ body: string }>(sql, webhookId, recordId);
    if (!found) return;
    const record = JSON.parse(found.body) as Extract<WebhookRecord, { kind: "delivery" }>;
    putRecord(db, { ...record, redrivenMs: atMs });
    db.run(
      `INSERT OR REPLACE INTO webhook_lines (webhook_id, run_id, redrive, next_sequence, through_sequence, attempts,
         due_ms, since_ms, delivery_id)
       VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      webhookId,
      record.runId,
      record.sequence,
      record.sequence,
      record.sequence,
      atMs,
      atMs,
      deliveryId,
    );
  },
};

const BY_KEY = "webhook_id = ? AND run_id = ? AND redrive = ?";

function keyOf({ webhookId, runId, redrive }: WebhookLineKey): [string, string, number] {
  return [webhookId, runId, redrive];
}

function putRecord(db: Database, record: WebhookRecord): void {
  db.run(
    "INSERT OR REPLACE INTO webhook_records (webhook_id, record_id, what, at_ms, body) VALUES (?, ?, ?, ?, ?)",
    record.webhookId,
    record.recordId,
    whatOf(record),
    record.atMs,
    JSON.stringify(record),
  );
}

function whatOf(record: WebhookRecord): string {
  if (record.kind === "state") return "state";
  if (record.outcome !== "dead-lettered") return "delivery";
  return record.redrivenMs === undefined ? "dead-letter" : "redriven";
}

interface WebhookColumns {
  webhook_id: string;
  tenant_id: string;
  url: string;
  events: string;
  tags: string;
  secret_fingerprint: string;
  keyed_fingerprint: string;
  private_allowed: number;
  created_ms: number;
  state: WebhookState;
  reason: WebhookReason | null;
  health: string;
}

function webhookOf(record: WebhookColumns): WebhookRow {
  return {
    webhookId: record.webhook_id,
    tenantId: record.tenant_id,
    url: record.url,
    events: JSON.parse(record.events) as string[],
    tags: JSON.parse(record.tags) as string[],
    secretFingerprint: record.secret_fingerprint,
    keyedFingerprint: record.keyed_fingerprint,
    privateAllowed: record.private_allowed === 1,
    createdMs: record.created_ms,
    state: record.state,
    ...present("reason", record.reason),
    health: JSON.parse(record.health) as WebhookRow["health"],
  };
}

interface LineRecord {
  webhook_id: string;
  run_id: string;
  redrive: number;
  next_sequence: number;
  through_sequence: number;
  attempts: number;
  due_ms: number;
  since_ms: number;
  delivery_id: string | null;
}

function lineOf(record: LineRecord): WebhookLine {
  return {
    webhookId: record.webhook_id,
    runId: record.run_id,
    redrive: record.redrive,
    nextSequence: record.next_sequence,
    throughSequence: record.through_sequence,
    attempts: record.attempts,
    dueMs: record.due_ms,
    sinceMs: record.since_ms,
    ...present("deliveryId", record.delivery_id),
  };
}

const COLUMNS = `webhook_id, tenant_id, url, events, tags, secret_fingerprint, keyed_fingerprint, private_allowed,
  created_ms, state, reason, health`;

export function listWebhooks(db: Database, tenantId?: string): WebhookRow[] {
  const which = tenantId === undefined ? "" : "WHERE tenant_id = ?";
  const sql = `SELECT ${COLUMNS} FROM webhooks ${which} ORDER BY webhook_id`;
  return db.all<WebhookColumns>(sql, ...(tenantId === undefined ? [] : [tenantId])).map(webhookOf);
}

function readWebhook(db: Database, webhookId: string): WebhookRow | undefined {
  const record = db.get<WebhookColumns>(`SELECT ${COLUMNS} FROM webhooks WHERE webhook_id = ?`, webhookId);
  return record && webhookOf(record);
}

function readWebhookSecret(db: Database, webhookId: string): string | undefined {
  return db.get<{ secret: string }>("SELECT secret FROM webhooks WHERE webhook_id = ?", webhookId)?.secret;
}

export function listDueWebhookLines(db: Database, webhookId: string, nowMs: number, limit: number): WebhookLine[] {
  const sql = `SELECT * FROM webhook_lines INDEXED BY webhook_lines_due
    WHERE webhook_id = ? AND due_ms <= ? ORDER BY due_ms, run_id, redrive LIMIT ?`;
  return db.all<LineRecord>(sql, webhookId, nowMs, limit).map(lineOf);
}

export function nextWebhookDueMs(db: Database, webhookId: string, nowMs: number): number | undefined {
  const sql = "SELECT min(due_ms) AS due FROM webhook_lines WHERE webhook_id = ? AND due_ms > ?";
  return db.get<{ due: number | null }>(sql, webhookId, nowMs)?.due ?? undefined;
}

export function readWebhookLine(db: Database, key: WebhookLineKey): WebhookLine | undefined {
  const record = db.get<LineRecord>(`SELECT * FROM webhook_lines WHERE ${BY_KEY}`, ...keyOf(key));
  return record && lineOf(record);
}

const shownBy = { deliveries: "what <> 'state'", "dead-letters": "what = 'dead-letter'", changes: "what = 'state'" };

export function listWebhookRecords(
  db: Database,
  { webhookId, what }: WebhookRecordFilter,
  page: { limit: number; cursor?: string },
): Page<WebhookRecord> {
  const sql = `SELECT record_id, body FROM webhook_records
    WHERE webhook_id = ? AND record_id < ? AND ${shownBy[what]} ORDER BY record_id DESC LIMIT ?`;
  return readPage(recordList, page, (behind, limit) => db.all<RecordColumns>(sql, webhookId, ...behind, limit));
}

interface RecordColumns {
  record_id: string;
  body: string;
}

const recordList: Paged<RecordColumns, WebhookRecord, [string]> = {
  kind: "webhook-records",
  start: [LAST_ID],
  keyOf: (record) => [record.record_id],
  itemOf: (record) => JSON.parse(record.body) as WebhookRecord,
};

export function pruneWebhooks(db: Database, beforeMs: number, deadBeforeMs: number, limit: number): number {
  const records = (which: string) => `DELETE FROM webhook_records WHERE (webhook_id, record_id) IN
    (SELECT webhook_id, record_id FROM webhook_records WHERE ${which} AND at_ms < ? ORDER BY at_ms LIMIT ?)`;
  const lines = `DELETE FROM webhook_lines WHERE (webhook_id, run_id, redrive) IN
    (SELECT webhook_id, run_id, redrive FROM webhook_lines WHERE since_ms < ? ORDER BY since_ms LIMIT ?)`;
  return (
    db.run(records("what = 'delivery'"), beforeMs, limit) +
    db.run(records("what <> 'delivery'"), deadBeforeMs, limit) +
    db.run(lines, deadBeforeMs, limit)
  );
}

export const webhookReads = (reading: Reading) => ({
  listWebhooks: reading(listWebhooks),
  readWebhook: reading(readWebhook),
  readWebhookSecret: reading(readWebhookSecret),
  listDueWebhookLines: reading(listDueWebhookLines),
  nextWebhookDueMs: reading(nextWebhookDueMs),
  readWebhookLine: reading(readWebhookLine),
  listWebhookRecords: reading(listWebhookRecords),
  pruneWebhooks: reading(pruneWebhooks),
});
