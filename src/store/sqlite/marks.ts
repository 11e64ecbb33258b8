// Marks of what was already done: commits, dedup marks, receipts; and their end, when they are old.

import type { DedupKey, DedupRow, ReceiptRow } from "#ports/rows.ts";
import type { Json } from "#protocol/json.ts";
import { brokenCommit } from "../refusals.ts";
import type { Database } from "./database.ts";

/** The number of a commit that was made under this id. */
export function commitNumberOf(db: Database, commitId: string): number | undefined {
  return db.get<{ no: number }>("SELECT no FROM commits WHERE id = ?", commitId)?.no;
}

export function insertCommit(db: Database, no: number, commitId: string, atMs: number): void {
  db.run("INSERT INTO commits (no, id, at_ms) VALUES (?, ?, ?)", no, commitId, atMs);
}

export function lastCommitNumber(db: Database): number {
  return db.get<{ no: number | null }>("SELECT max(no) AS no FROM commits")?.no ?? 0;
}

export function claimDedup(db: Database, scope: string, key: string, value: Json, atMs: number): void {
  const sql = "INSERT INTO dedup (scope, key, value, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (scope, key) DO NOTHING";
  if (db.run(sql, scope, key, JSON.stringify(value), atMs) === 0) throw brokenCommit(`${scope} has a mark ${key}`);
}

interface DedupRecord {
  scope: string;
  key: string;
  value: string;
  at_ms: number;
}

export function readDedup(db: Database, scope: string, key: string): Json | undefined {
  const record = db.get<{ value: string }>("SELECT value FROM dedup WHERE scope = ? AND key = ?", scope, key);
  return record && (JSON.parse(record.value) as Json);
}

export function listDedup(db: Database, limit: number, after?: DedupKey): DedupRow[] {
  const sql = "SELECT * FROM dedup WHERE (scope, key) > (?, ?) ORDER BY scope, key LIMIT ?";
  return db.all<DedupRecord>(sql, after?.scope ?? "", after?.key ?? "", limit).map((record) => ({
    scope: record.scope,
    key: record.key,
    value: JSON.parse(record.value) as Json,
    atMs: record.at_ms,
  }));
}

const RECEIPT_OF_KEY = "substr(key_hash, 1, 10) = substr(?1, 1, 10) AND key_hash = ?1";

/** Replaces an expired one. */
export function putReceipt(db: Database, receipt: ReceiptRow): void {
  db.run(`DELETE FROM receipts WHERE ${RECEIPT_OF_KEY}`, receipt.keyHash);
  db.run(
    `INSERT INTO receipts (key_hash, request_digest, status, expires_ms, headers, body)
     VALUES (?, ?, ?, ?, ?, ?)`,
    receipt.keyHash,
    receipt.requestDigest,
    receipt.status,
    receipt.expiresMs,
    JSON.stringify(receipt.headers),
    receipt.body,
  );
}

interface ReceiptRecord {
  key_hash: string;
  request_digest: string;
  status: number;
  expires_ms: number;
  headers: string;
  body: string;
}

/** Undefined from the moment it expires, whether it was deleted or not. */
export function readReceipt(db: Database, keyHash: string, nowMs: number): ReceiptRow | undefined {
  const sql = `SELECT * FROM receipts WHERE ${RECEIPT_OF_KEY} AND expires_ms > ?2`;
  const record = db.get<ReceiptRecord>(sql, keyHash, nowMs);
  if (!record) return undefined;
  return {
    keyHash: record.key_hash,
    requestDigest: record.request_digest,
    status: record.status,
    headers: JSON.parse(record.headers) as Record<string, string>,
    body: record.body,
    expiresMs: record.expires_ms,
  };
}

/** The newest commit mark stays whatever its age: commit numbers go on from it after a restart. */
export function prune(db: Database, nowMs: number, beforeMs: number, limit: number): number {
  const receipts = `DELETE FROM receipts WHERE rowid IN
    (SELECT rowid FROM receipts WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)`;
  const dedup = `DELETE FROM dedup WHERE (scope, key) IN
    (SELECT scope, key FROM dedup WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`;
  const commits = `DELETE FROM commits WHERE at_ms < ? AND no IN
    (SELECT no FROM commits WHERE no < (SELECT max(no) FROM commits) ORDER BY no LIMIT ?)`;
  return db.run(receipts, nowMs, limit) + db.run(dedup, beforeMs, limit) + db.run(commits, beforeMs, limit);
}
