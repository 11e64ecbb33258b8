// Lanes: one running turn per thread, the others in line behind it.
//
//   T1. A run waits on a lane only while another run holds it: the port's guards see to that, and a commit that would
//       leave a run waiting for nobody is refused.
//   T2. A run that takes the lane by a release is marked unfinished in the same commit, so that recovery finds it.

import { brokenCommit } from "../refusals.ts";
import type { Database } from "./database.ts";
import { markUnfinished } from "./runs.ts";

/** The run that holds the lane; null: nobody, undefined: there is no such thread. */
function holderOf(db: Database, tenantId: string, threadId: string): string | null | undefined {
  const sql = "SELECT active_run_id AS holder FROM threads WHERE tenant_id = ? AND thread_id = ?";
  return db.get<{ holder: string | null }>(sql, tenantId, threadId)?.holder;
}

/** The run that holds the lane, if any. */
export function runningTurn(db: Database, tenantId: string, threadId: string): string | undefined {
  return holderOf(db, tenantId, threadId) ?? undefined;
}

function setHolder(db: Database, tenantId: string, threadId: string, runId: string | null): void {
  db.run("UPDATE threads SET active_run_id = ? WHERE tenant_id = ? AND thread_id = ?", runId, tenantId, threadId);
}

export function claimLane(db: Database, tenantId: string, threadId: string, runId: string): void {
  const holder = holderOf(db, tenantId, threadId);
  if (holder === undefined) throw brokenCommit(`there is no thread ${threadId}`);
  if (holder !== null && holder !== runId) throw brokenCommit(`thread ${threadId} has a running turn`);
  setHolder(db, tenantId, threadId, runId);
}

export function queueOnLane(db: Database, tenantId: string, threadId: string, runId: string): void {
  const holder = runningTurn(db, tenantId, threadId);
  if (holder === undefined || holder === runId) throw brokenCommit(`run ${runId} would wait for nobody`);
  const waits = db.get<{ tenant_id: string; thread_id: string }>("SELECT * FROM lane WHERE run_id = ?", runId);
  if (waits && waits.tenant_id === tenantId && waits.thread_id === threadId) return;
  if (waits) throw brokenCommit(`run ${runId} waits on another thread`);
  db.run("INSERT INTO lane (tenant_id, thread_id, run_id) VALUES (?, ?, ?)", tenantId, threadId, runId);
}

/** The run that takes the lane now, if one was waiting. */
export function releaseLane(db: Database, tenantId: string, threadId: string, runId: string): string | undefined {
  if (runningTurn(db, tenantId, threadId) !== runId) {
    db.run("DELETE FROM lane WHERE run_id = ? AND tenant_id = ? AND thread_id = ?", runId, tenantId, threadId);
    return undefined;
  }
  const [next] = listLane(db, tenantId, threadId, 1);
  setHolder(db, tenantId, threadId, next ?? null);
  if (next === undefined) return undefined;
  db.run("DELETE FROM lane WHERE run_id = ?", next);
  markUnfinished(db, next);
  return next;
}

/** Runs that wait, oldest first. */
export function listLane(db: Database, tenantId: string, threadId: string, limit = -1): string[] {
  const sql = "SELECT run_id FROM lane WHERE tenant_id = ? AND thread_id = ? ORDER BY place LIMIT ?";
  return db.all<{ run_id: string }>(sql, tenantId, threadId, limit).map((record) => record.run_id);
}
