// The schedules of a workflow's triggers: made, replaced and removed in the commit that registers the workflow.

import type { ScheduleDraft } from "#ports/rows/schedules.ts";
import type { Guard, RowOp } from "#ports/rows.ts";
import type { CommitOutcome } from "#ports/store.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { skippedRow, skippedUntil } from "#runtime/schedules/due.ts";
import { readSpec } from "#runtime/schedules/spec.ts";
import type { AppDeps } from "./deps.ts";
import { checkScheduledInputs } from "./scheduled-run.ts";

/** Who registers, and where. */
interface Registrant {
  tenantId: string;
  principal?: string;
}

/**
 * Commits a registration with the schedules of its triggers. The outcome is that of the commit's own guards. Throws
 * `validation_error`, `invalid_timezone` and `schedule_horizon_exceeded`.
 */
export async function withSchedules(
  deps: AppDeps,
  registrant: Registrant,
  definition: WorkflowDefinition,
  commit: { guards: Guard[]; rows: RowOp[] },
): Promise<CommitOutcome> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const schedules = await scheduleRows(deps, registrant, definition);
    const outcome = await deps.store.commit({
      commitId: deps.ids.next("cmt"),
      guards: [...commit.guards, ...schedules.guards],
      appends: [],
      rows: [...commit.rows, ...schedules.rows],
    });
    // A slot ended, or an operator paused, between the look and the commit.
    if (outcome.outcome !== "guard_failed" || outcome.guard.guard !== "scheduleVersion") return outcome;
  }
  throw new ParleyError("service_unavailable", { workflowId: definition.id, retryAfter: 1 });
}

const MAX_ATTEMPTS = 10;

/** What is wrong with the schedules of a document that is sound otherwise. */
export function scheduleProblem(
  { clock }: AppDeps,
  definition: WorkflowDefinition,
): { path: string; message: string } | undefined {
  try {
    for (const { trigger, path } of scheduleTriggers(definition)) {
      const nowMs = clock.nowMs();
      const spec = readSpec((trigger.config ?? {}) as JsonObject, path, nowMs);
      withPath(path, () => checkScheduledInputs(definition, spec, nowMs));
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    return { path: String(error.details.field), message: error.message };
  }
}

async function scheduleRows(
  deps: AppDeps,
  registrant: Registrant,
  definition: WorkflowDefinition,
): Promise<{ guards: Guard[]; rows: RowOp[] }> {
  const guards: Guard[] = [];
  const rows: RowOp[] = [];
  const keep: string[] = [];
  for (const { trigger, path } of scheduleTriggers(definition)) {
    const scheduleId = scheduleIdOf(registrant.tenantId, definition.id, trigger.id);
    keep.push(scheduleId);
    const made = await scheduleRow(deps, registrant, definition, { scheduleId, trigger, path });
    guards.push(...made.guards);
    rows.push(...made.rows);
  }
  rows.push({ op: "deleteTriggerSchedules", tenantId: registrant.tenantId, workflowId: definition.id, keep });
  return { guards, rows };
}

interface PlacedTrigger {
  trigger: WorkflowDefinition["triggers"][number];
  path: string;
}

/** Those that are on. A workflow that is switched off has none. */
function scheduleTriggers({ triggers, status = "active", isActive = true }: WorkflowDefinition): PlacedTrigger[] {
  if (status !== "active" || !isActive) return [];
  return triggers
    .map((trigger, at) => ({ trigger, path: `triggers[${at}].config` }))
    .filter(({ trigger }) => trigger.type === "schedule" && trigger.enabled !== false);
}

/** The same trigger of the same workflow is the same schedule, version after version: a slot is never served twice. */
function scheduleIdOf(tenantId: string, workflowId: string, triggerId: string): string {
  return `sch_${sha256Hex(JSON.stringify([tenantId, workflowId, triggerId])).slice(0, 26)}`;
}

async function scheduleRow(
  { store, clock }: AppDeps,
  { tenantId, principal }: Registrant,
  definition: WorkflowDefinition,
  { scheduleId, trigger, path }: PlacedTrigger & { scheduleId: string },
): Promise<{ guards: Guard[]; rows: RowOp[] }> {
  const nowMs = clock.nowMs();
  const before = await store.readSchedule(scheduleId);
  const spec = readSpec((trigger.config ?? {}) as JsonObject, path, nowMs, before);
  withPath(path, () => checkScheduledInputs(definition, spec, nowMs));
  const schedule: ScheduleDraft = {
    scheduleId,
    tenantId,
    workflowId: definition.id,
    triggerId: trigger.id,
    ...(principal !== undefined && { principal }),
    ...spec,
    createdMs: nowMs,
  };
  const rows: RowOp[] = [{ op: "putSchedule", schedule }];
  if (!before) return { guards: [], rows };
  const guards: Guard[] = [{ guard: "scheduleVersion", scheduleId, version: before.version }];
  if (before.state !== "active" || before.nextDueMs === spec.nextDueMs) return { guards, rows };
  // Slots of the old plan that nobody served yet.
  const overdue = skippedUntil(before, nowMs);
  if (overdue) rows.push({ op: "accountSlot", slot: skippedRow(scheduleId, overdue, "skipped-late", nowMs) });
  return { guards, rows };
}

function withPath(path: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    throw new ParleyError(
      error.code,
      { ...error.details, field: `${path}.${error.details.field}` },
      {
        message: `${path}: ${error.message}`,
      },
    );
  }
}
