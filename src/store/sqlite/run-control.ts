// Pauses, scopes and annotations of runs.

import type { AnnotationOp, AnnotationRow } from "#ports/rows/annotations.ts";
import type { ClaimOp } from "#ports/rows/claims.ts";
import { type PauseOp, workTimers } from "#ports/rows/pause.ts";
import { type Database, present } from "./database.ts";
import type { Changes, Reading } from "./reading.ts";

const WORK_TIMERS = workTimers.map((purpose) => `'${purpose}'`).join(", ");

export const runControlOperations: Changes<PauseOp | ClaimOp | AnnotationOp> = {
  holdTimers: (db, op) => void db.run("UPDATE timers SET held = 1 WHERE run_id = ?", op.runId),
  releaseTimers(db, { runId, pausedMs }) {
    db.run(
      `UPDATE timers SET held = 0, due_ms = due_ms + CASE WHEN purpose IN (${WORK_TIMERS}) THEN ? ELSE 0 END
       WHERE run_id = ? AND held = 1`,
      pausedMs,
      runId,
    );
  },
  keepEffectResult(db, { effectId, result }) {
    const sql = "UPDATE effects SET result = ? WHERE effect_id = ? AND state IN ('planned', 'started')";
    db.run(sql, JSON.stringify(result), effectId);
  },
  dropEffects(db, { runId, nodeId }) {
    const sql = "DELETE FROM effects WHERE run_id = ? AND node_id = ? AND state IN ('planned', 'started')";
    db.run(sql, runId, nodeId);
  },

  claimScope(db, { tenantId, scopeId, runId }) {
    const sql = "INSERT OR IGNORE INTO run_scopes (tenant_id, scope_id, run_id) VALUES (?, ?, ?)";
    db.run(sql, tenantId, scopeId, runId);
  },
  releaseScope(db, { tenantId, scopeId, runId }) {
    const sql = "DELETE FROM run_scopes WHERE tenant_id = ? AND scope_id = ? AND run_id = ?";
    db.run(sql, tenantId, scopeId, runId);
  },

  putAnnotation(db, { annotation }) {
    db.run(
      `INSERT OR REPLACE INTO annotations (annotation_id, run_id, tenant_id, event_id, node_id, signal, note,
         principal_ref, created_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      annotation.annotationId,
      annotation.runId,
      annotation.tenantId,
      annotation.eventId ?? null,
      annotation.nodeId ?? null,
      JSON.stringify(annotation.signal),
      annotation.note ?? null,
      annotation.principalRef,
      annotation.createdMs,
    );
  },
};

/** The oldest active run of a scope. */
export function activeRunOf(db: Database, tenantId: string, scopeId: string): { runId: string } | undefined {
  const sql = "SELECT run_id FROM run_scopes WHERE tenant_id = ? AND scope_id = ? ORDER BY run_id LIMIT 1";
  const record = db.get<{ run_id: string }>(sql, tenantId, scopeId);
  return record && { runId: record.run_id };
}

interface AnnotationRecord {
  annotation_id: string;
  run_id: string;
  tenant_id: string;
  event_id: string | null;
  node_id: string | null;
  signal: string;
  note: string | null;
  principal_ref: string;
  created_ms: number;
}

function annotationOf(record: AnnotationRecord): AnnotationRow {
  return {
    annotationId: record.annotation_id,
    runId: record.run_id,
    tenantId: record.tenant_id,
    ...present("eventId", record.event_id),
    ...present("nodeId", record.node_id),
    signal: JSON.parse(record.signal) as AnnotationRow["signal"],
    ...present("note", record.note),
    principalRef: record.principal_ref,
    createdMs: record.created_ms,
  };
}

function listAnnotations(db: Database, runId: string, limit: number): AnnotationRow[] {
  const sql = "SELECT * FROM annotations WHERE run_id = ? ORDER BY annotation_id LIMIT ?";
  return db.all<AnnotationRecord>(sql, runId, Math.max(0, limit)).map(annotationOf);
}

export const runControlReads = (reading: Reading) => ({ listAnnotations: reading(listAnnotations) });
