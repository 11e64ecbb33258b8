// Dead letters, and the purge of a run.

import type { Page } from "#ports/page.ts";
import type { DeadLetterOp, DeadLetterRow } from "#ports/rows/dead-letters.ts";
import type { Database } from "./database.ts";
import { type Paged, readPage } from "./paging.ts";
import type { Changes, Reading } from "./reading.ts";
import { readRun } from "./runs.ts";

export const deadLetterOperations: Changes<DeadLetterOp> = {
  putDeadLetter(db, { letter }) {
    db.run(
      `INSERT OR REPLACE INTO dead_letters (run_id, tenant_id, workflow_id, node_id, reason, attempts, at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      letter.runId,
      letter.tenantId,
      letter.workflowId,
      letter.nodeId,
      letter.reason,
      letter.attempts,
      letter.atMs,
    );
  },
  purgeRun: (db, { runId }) => purgeRun(db, runId),
};

function purgeRun(db: Database, runId: string): void {
  const run = readRun(db, runId);
  if (!run) return;
  const { tenantId, tags, turn, chat } = run.start;
  const threadId = turn?.threadId ?? chat?.threadId ?? "";
  db.run(
    `DELETE FROM content WHERE run_id = ?
       AND content_id NOT IN (SELECT content_id FROM messages WHERE tenant_id = ? AND thread_id = ?)`,
    runId,
    tenantId,
    threadId,
  );
  for (const tag of tags) {
    db.run("DELETE FROM run_tags WHERE tenant_id = ? AND tag = ? AND run_id = ?", tenantId, tag, runId);
  }
  for (const table of ["interrupts", "effects", "timers", "annotations", "dead_letters", "runs"]) {
    db.run(`DELETE FROM ${table} WHERE run_id = ?`, runId);
  }
  db.run("DELETE FROM log WHERE stream = ?", runId);
}

interface DeadLetterRecord {
  run_id: string;
  tenant_id: string;
  workflow_id: string;
  node_id: string;
  reason: string;
  attempts: number;
  at_ms: number;
}

function letterOf(record: DeadLetterRecord): DeadLetterRow {
  return {
    runId: record.run_id,
    tenantId: record.tenant_id,
    workflowId: record.workflow_id,
    nodeId: record.node_id,
    reason: record.reason,
    attempts: record.attempts,
    atMs: record.at_ms,
  };
}

function readDeadLetter(db: Database, runId: string): DeadLetterRow | undefined {
  const record = db.get<DeadLetterRecord>("SELECT * FROM dead_letters WHERE run_id = ?", runId);
  return record && letterOf(record);
}

function listDeadLetters(
  db: Database,
  tenantId: string,
  page: { limit: number; cursor?: string },
): Page<DeadLetterRow> {
  const sql = `SELECT * FROM dead_letters WHERE tenant_id = ? AND (at_ms, run_id) < (?, ?)
    ORDER BY at_ms DESC, run_id DESC LIMIT ?`;
  return readPage(letterList, page, (behind, limit) => db.all<DeadLetterRecord>(sql, tenantId, ...behind, limit));
}

const letterList: Paged<DeadLetterRecord, DeadLetterRow, [number, string]> = {
  kind: "dead-letters",
  start: [Number.MAX_SAFE_INTEGER, ""],
  keyOf: (record) => [record.at_ms, record.run_id],
  itemOf: letterOf,
};

function listExpiredDeadLetters(db: Database, beforeMs: number, limit: number): string[] {
  const sql = "SELECT run_id FROM dead_letters WHERE at_ms < ? ORDER BY at_ms, run_id LIMIT ?";
  return db.all<{ run_id: string }>(sql, beforeMs, Math.max(0, limit)).map((record) => record.run_id);
}

export const deadLetterReads = (reading: Reading) => ({
  readDeadLetter: reading(readDeadLetter),
  listDeadLetters: reading(listDeadLetters),
  listExpiredDeadLetters: reading(listExpiredDeadLetters),
});
