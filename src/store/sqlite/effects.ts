// Effects: what is to be done outside, and how far it came.

import type { EffectClass, EffectRow, EffectState } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Database, presentJson } from "./database.ts";

/** A retry plans the same effect anew: the row is replaced. */
export function putEffect(db: Database, effect: EffectRow): void {
  db.run(
    `INSERT OR REPLACE INTO effects (effect_id, run_id, tenant_id, node_id, attempt, ordinal, kind, class, state,
       timeout_ms, planned_ms, request)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    effect.effectId,
    effect.runId,
    effect.tenantId,
    effect.nodeId,
    effect.attempt,
    effect.ordinal,
    effect.kind,
    effect.class,
    effect.state,
    effect.timeoutMs,
    effect.plannedMs,
    JSON.stringify(effect.request),
  );
}

export function startEffect(db: Database, effectId: string): void {
  db.run("UPDATE effects SET state = 'started' WHERE effect_id = ? AND state = 'planned'", effectId);
}

export function settleEffect(db: Database, effectId: string, state: "done" | "unknown"): void {
  db.run("UPDATE effects SET state = ? WHERE effect_id = ? AND state IN ('planned', 'started')", state, effectId);
}

export function deleteOpenEffects(db: Database, runId: string): void {
  db.run("DELETE FROM effects WHERE run_id = ? AND state IN ('planned', 'started')", runId);
}

interface EffectRecord {
  effect_id: string;
  run_id: string;
  tenant_id: string;
  node_id: string;
  attempt: number;
  ordinal: number;
  kind: string;
  class: EffectClass;
  state: EffectState;
  timeout_ms: number;
  planned_ms: number;
  request: string;
  result: string | null;
}

function effectOf(record: EffectRecord): EffectRow {
  return {
    effectId: record.effect_id,
    runId: record.run_id,
    tenantId: record.tenant_id,
    nodeId: record.node_id,
    attempt: record.attempt,
    ordinal: record.ordinal,
    kind: record.kind,
    class: record.class,
    request: JSON.parse(record.request) as JsonObject,
    state: record.state,
    timeoutMs: record.timeout_ms,
    plannedMs: record.planned_ms,
    ...presentJson<"result", JsonObject>("result", record.result),
  };
}

export function readEffect(db: Database, effectId: string): EffectRow | undefined {
  const record = db.get<EffectRecord>("SELECT * FROM effects WHERE effect_id = ?", effectId);
  return record && effectOf(record);
}

export function listOpenEffects(db: Database, limit: number, after = ""): EffectRow[] {
  const sql = `SELECT * FROM effects INDEXED BY effects_open
    WHERE state IN ('planned', 'started') AND effect_id > ? ORDER BY effect_id LIMIT ?`;
  return db.all<EffectRecord>(sql, after, limit).map(effectOf);
}
