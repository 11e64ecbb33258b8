// Outbox: rows to hand over, one destination after the other.
//
//   D1. At most one row of a destination is its head: the one with the smallest id that is queued or being sent.
//   D2. Only heads are listed, so a destination that waits for its backoff holds back its own rows and nobody else's,
//       and a long line behind it costs the list nothing.

import type { OutboxKind, OutboxRow, OutboxState } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Database, present } from "./database.ts";

export function putOutbox(db: Database, row: OutboxRow): void {
  const before = db.get<{ destination: string }>("SELECT destination FROM outbox WHERE outbox_id = ?", row.outboxId);
  db.run(
    `INSERT OR REPLACE INTO outbox (outbox_id, tenant_id, kind, destination, client_id, state, attempts, due_ms,
       created_ms, repeatable, platform_message_id, last_error, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.outboxId,
    row.tenantId,
    row.kind,
    row.destination,
    row.clientId,
    row.state,
    row.attempts,
    row.dueMs,
    row.createdMs,
    row.repeatable ? 1 : 0,
    row.platformMessageId ?? null,
    row.lastError ?? null,
    JSON.stringify(row.payload),
  );
  settleHead(db, row.destination);
  if (before && before.destination !== row.destination) settleHead(db, before.destination);
}

/** What an attempt came to. Without a platform id or an error the earlier ones stay. */
export function settleOutbox(
  db: Database,
  outboxId: string,
  next: Pick<OutboxRow, "state" | "attempts" | "dueMs" | "platformMessageId" | "lastError">,
): void {
  const settled = db.get<{ destination: string }>(
    `UPDATE outbox SET state = ?, attempts = ?, due_ms = ?,
       platform_message_id = ifnull(?, platform_message_id), last_error = ifnull(?, last_error)
     WHERE outbox_id = ? RETURNING destination`,
    next.state,
    next.attempts,
    next.dueMs,
    next.platformMessageId ?? null,
    next.lastError ?? null,
    outboxId,
  );
  if (settled) settleHead(db, settled.destination);
}

/** Makes D1 true again after a row of the destination changed. */
function settleHead(db: Database, destination: string): void {
  const head = db.get<{ outbox_id: string }>(
    "SELECT outbox_id FROM outbox WHERE destination = ? AND is_head = 1",
    destination,
  );
  const oldest = db.get<{ outbox_id: string }>(
    `SELECT outbox_id FROM outbox INDEXED BY outbox_line
     WHERE destination = ? AND state IN ('queued', 'sending') ORDER BY outbox_id LIMIT 1`,
    destination,
  );
  if (head?.outbox_id === oldest?.outbox_id) return;
  if (head) db.run("UPDATE outbox SET is_head = 0 WHERE outbox_id = ?", head.outbox_id);
  if (oldest) db.run("UPDATE outbox SET is_head = 1 WHERE outbox_id = ?", oldest.outbox_id);
}

interface OutboxRecord {
  outbox_id: string;
  tenant_id: string;
  kind: OutboxKind;
  destination: string;
  client_id: string;
  state: OutboxState;
  attempts: number;
  due_ms: number;
  created_ms: number;
  repeatable: number;
  platform_message_id: string | null;
  last_error: string | null;
  payload: string;
}

function outboxOf(record: OutboxRecord): OutboxRow {
  return {
    outboxId: record.outbox_id,
    tenantId: record.tenant_id,
    kind: record.kind,
    destination: record.destination,
    clientId: record.client_id,
    payload: JSON.parse(record.payload) as JsonObject,
    state: record.state,
    attempts: record.attempts,
    dueMs: record.due_ms,
    createdMs: record.created_ms,
    repeatable: record.repeatable === 1,
    ...present("platformMessageId", record.platform_message_id),
    ...present("lastError", record.last_error),
  };
}

export function readOutbox(db: Database, outboxId: string): OutboxRow | undefined {
  const record = db.get<OutboxRecord>("SELECT * FROM outbox WHERE outbox_id = ?", outboxId);
  return record && outboxOf(record);
}

/** Two ranges of the index of heads, each in order: merged, and read no further than the limit. */
export function listDueOutbox(db: Database, nowMs: number, limit: number): OutboxRow[] {
  const sql = `SELECT * FROM outbox WHERE is_head = 1 AND state = 'sending'
    UNION ALL SELECT * FROM outbox WHERE is_head = 1 AND state = 'queued' AND due_ms <= ?
    ORDER BY due_ms, outbox_id LIMIT ?`;
  return db.all<OutboxRecord>(sql, nowMs, limit).map(outboxOf);
}

export function nextOutboxDueMs(db: Database): number | undefined {
  const sql = "SELECT min(due_ms) AS due FROM outbox WHERE is_head = 1 AND state = 'queued'";
  return db.get<{ due: number | null }>(sql)?.due ?? undefined;
}

export function listUnsettledOutbox(db: Database, limit: number, after = ""): OutboxRow[] {
  const sql = `SELECT * FROM outbox INDEXED BY outbox_unsettled
    WHERE state IN ('queued', 'sending') AND outbox_id > ? ORDER BY outbox_id LIMIT ?`;
  return db.all<OutboxRecord>(sql, after, limit).map(outboxOf);
}
