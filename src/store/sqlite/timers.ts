// Timers: when a run must be woken.

import type { TimerKey, TimerPurpose, TimerRow } from "#ports/rows.ts";
import type { Database } from "./database.ts";

export function putTimer(db: Database, timer: TimerRow): void {
  db.run(
    "INSERT OR REPLACE INTO timers (run_id, purpose, node_id, attempt, due_ms) VALUES (?, ?, ?, ?, ?)",
    timer.runId,
    timer.purpose,
    timer.nodeId,
    timer.attempt,
    timer.dueMs,
  );
}

export function deleteTimer(db: Database, runId: string, purpose: TimerPurpose, nodeId: string): void {
  db.run("DELETE FROM timers WHERE run_id = ? AND purpose = ? AND node_id = ?", runId, purpose, nodeId);
}

export function deleteTimersOfRun(db: Database, runId: string): void {
  db.run("DELETE FROM timers WHERE run_id = ?", runId);
}

interface TimerRecord {
  run_id: string;
  purpose: TimerPurpose;
  node_id: string;
  attempt: number;
  due_ms: number;
  held: number;
}

function timerOf(record: TimerRecord): TimerRow {
  return {
    runId: record.run_id,
    purpose: record.purpose,
    nodeId: record.node_id,
    attempt: record.attempt,
    dueMs: record.due_ms,
    ...(record.held === 1 && { held: true }),
  };
}

export function listDueTimers(db: Database, nowMs: number, limit: number): TimerRow[] {
  const sql = "SELECT * FROM timers WHERE held = 0 AND due_ms <= ? ORDER BY due_ms, run_id, purpose, node_id LIMIT ?";
  return db.all<TimerRecord>(sql, nowMs, limit).map(timerOf);
}

export function nextTimerDueMs(db: Database): number | undefined {
  return db.get<{ due: number | null }>("SELECT min(due_ms) AS due FROM timers WHERE held = 0")?.due ?? undefined;
}

export function listTimers(db: Database, limit: number, after?: TimerKey): TimerRow[] {
  const sql = `SELECT * FROM timers WHERE (run_id, purpose, node_id) > (?, ?, ?)
    ORDER BY run_id, purpose, node_id LIMIT ?`;
  return db.all<TimerRecord>(sql, after?.runId ?? "", after?.purpose ?? "", after?.nodeId ?? "", limit).map(timerOf);
}
