// Pauses, scopes and annotations of the store in memory.

import type { AnnotationOp, AnnotationRow } from "#ports/rows/annotations.ts";
import type { ClaimOp } from "#ports/rows/claims.ts";
import { type PauseOp, workTimers } from "#ports/rows/pause.ts";
import type { EffectRow, TimerPurpose } from "#ports/rows.ts";
import { type Changes, cut, type Reading, sorted } from "./lists.ts";
import type { Tables } from "./tables.ts";

export const runControlChanges: Changes<PauseOp | ClaimOp | AnnotationOp> = {
  holdTimers(tables, { runId }) {
    for (const timer of tables.timers.filter((row) => row.runId === runId)) {
      tables.timers.set({ ...timer, held: true }, runId, timer.purpose, timer.nodeId);
    }
  },
  releaseTimers(tables, { runId, pausedMs }) {
    for (const { held, ...timer } of tables.timers.filter((row) => row.runId === runId)) {
      if (!held) continue;
      const dueMs = timer.dueMs + (isWorkTimer(timer.purpose) ? pausedMs : 0);
      tables.timers.set({ ...timer, dueMs }, runId, timer.purpose, timer.nodeId);
    }
  },
  keepEffectResult(tables, { effectId, result }) {
    const row = tables.effects.get(effectId);
    if (row && isOpen(row)) tables.effects.set({ ...row, result }, effectId);
  },
  dropEffects(tables, { runId, nodeId }) {
    for (const row of tables.effects.filter((effect) => effect.runId === runId && effect.nodeId === nodeId)) {
      if (isOpen(row)) tables.effects.delete(row.effectId);
    }
  },

  claimScope: (tables, { op: _, ...claim }) => tables.runScopes.set(claim, claim.tenantId, claim.scopeId, claim.runId),
  releaseScope: (tables, { tenantId, scopeId, runId }) => tables.runScopes.delete(tenantId, scopeId, runId),

  putAnnotation: (tables, { annotation }) => tables.annotations.set(annotation, annotation.annotationId),
};

function isWorkTimer(purpose: TimerPurpose): boolean {
  return (workTimers as readonly TimerPurpose[]).includes(purpose);
}

function isOpen(effect: EffectRow): boolean {
  return effect.state === "planned" || effect.state === "started";
}

/** The oldest active run of a scope. */
export function activeRunOf(tables: Tables, tenantId: string, scopeId: string): { runId: string } | undefined {
  const [oldest] = tables.runScopes
    .filter((claim) => claim.tenantId === tenantId && claim.scopeId === scopeId)
    .map((claim) => claim.runId)
    .sort();
  return oldest === undefined ? undefined : { runId: oldest };
}

function listAnnotations(tables: Tables, runId: string, limit: number): AnnotationRow[] {
  const wanted = tables.annotations.filter((row) => row.runId === runId);
  return cut(
    sorted(wanted, (row) => [row.annotationId]),
    limit,
  );
}

export const runControlReads = (reading: Reading) => ({ listAnnotations: reading(listAnnotations) });
