// Schedules and their slots.

import type { Page } from "#ports/page.ts";
import type {
  CatchUp,
  ScheduleDraft,
  ScheduleOp,
  SchedulePlan,
  ScheduleRow,
  ScheduleState,
  SlotRow,
} from "#ports/rows/schedules.ts";
import type { DueKey } from "#ports/store/schedules.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Database, jsonOf, present, presentJson } from "./database.ts";
import { type Paged, readPage } from "./paging.ts";
import type { Changes, Reading } from "./reading.ts";

export const scheduleOperations: Changes<ScheduleOp> = {
  putSchedule: (db, { schedule }) => putSchedule(db, schedule),
  moveSchedule(db, { scheduleId, state, nextDueMs }) {
    db.run(
      "UPDATE schedules SET state = ?, next_due_ms = ?, version = version + 1 WHERE schedule_id = ?",
      state === "active" && nextDueMs === undefined ? "ended" : state,
      nextDueMs ?? null,
      scheduleId,
    );
  },
  deleteSchedule: (db, { scheduleId }) => void db.run("DELETE FROM schedules WHERE schedule_id = ?", scheduleId),
  deleteTriggerSchedules(db, { tenantId, workflowId, keep }) {
    const sql = `SELECT schedule_id FROM schedules
      WHERE tenant_id = ? AND workflow_id = ? AND trigger_id IS NOT NULL`;
    for (const { schedule_id: scheduleId } of db.all<{ schedule_id: string }>(sql, tenantId, workflowId)) {
      if (!keep.includes(scheduleId)) db.run("DELETE FROM schedules WHERE schedule_id = ?", scheduleId);
    }
  },
  accountSlot: (db, { slot }) => accountSlot(db, slot),
};

function putSchedule(db: Database, schedule: ScheduleDraft): void {
  db.run(
    `INSERT INTO schedules (schedule_id, tenant_id, workflow_id, trigger_id, principal, plan, catch_up, inputs, state,
       next_due_ms, created_ms, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (schedule_id) DO UPDATE SET workflow_id = excluded.workflow_id, trigger_id = excluded.trigger_id,
       principal = excluded.principal, plan = excluded.plan, catch_up = excluded.catch_up, inputs = excluded.inputs,
       next_due_ms = excluded.next_due_ms, version = version + 1,
       state = CASE state WHEN 'paused' THEN 'paused' ELSE excluded.state END`,
    schedule.scheduleId,
    schedule.tenantId,
    schedule.workflowId,
    schedule.triggerId ?? null,
    schedule.principal ?? null,
    JSON.stringify(schedule.plan),
    JSON.stringify(schedule.catchUp),
    JSON.stringify(schedule.inputs),
    schedule.nextDueMs === undefined ? "ended" : "active",
    schedule.nextDueMs ?? null,
    schedule.createdMs,
  );
}

function accountSlot(db: Database, slot: SlotRow): void {
  db.run(
    `INSERT OR IGNORE INTO slots (schedule_id, scheduled_ms, outcome, at_ms, run_id, is_catch_up, error, through_ms,
       count, count_is_floor)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    slot.scheduleId,
    slot.scheduledMs,
    slot.outcome,
    slot.atMs,
    slot.runId ?? null,
    slot.isCatchUp ? 1 : 0,
    jsonOf(slot.error),
    slot.throughMs ?? null,
    slot.count ?? null,
    slot.countIsFloor ? 1 : 0,
  );
}

interface ScheduleRecord {
  schedule_id: string;
  tenant_id: string;
  workflow_id: string;
  trigger_id: string | null;
  principal: string | null;
  plan: string;
  catch_up: string;
  inputs: string;
  state: ScheduleState;
  next_due_ms: number | null;
  created_ms: number;
  version: number;
}

function scheduleOf(record: ScheduleRecord): ScheduleRow {
  return {
    scheduleId: record.schedule_id,
    tenantId: record.tenant_id,
    workflowId: record.workflow_id,
    ...present("triggerId", record.trigger_id),
    ...present("principal", record.principal),
    plan: JSON.parse(record.plan) as SchedulePlan,
    catchUp: JSON.parse(record.catch_up) as CatchUp,
    inputs: JSON.parse(record.inputs) as JsonObject,
    state: record.state,
    ...present("nextDueMs", record.next_due_ms),
    createdMs: record.created_ms,
    version: record.version,
  };
}

interface SlotRecord {
  schedule_id: string;
  scheduled_ms: number;
  outcome: SlotRow["outcome"];
  at_ms: number;
  run_id: string | null;
  is_catch_up: number;
  error: string | null;
  through_ms: number | null;
  count: number | null;
  count_is_floor: number;
}

function slotOf(record: SlotRecord): SlotRow {
  return {
    scheduleId: record.schedule_id,
    scheduledMs: record.scheduled_ms,
    outcome: record.outcome,
    atMs: record.at_ms,
    ...present("runId", record.run_id),
    ...(record.is_catch_up === 1 && { isCatchUp: true as const }),
    ...presentJson<"error", NonNullable<SlotRow["error"]>>("error", record.error),
    ...present("throughMs", record.through_ms),
    ...present("count", record.count),
    ...(record.count_is_floor === 1 && { countIsFloor: true as const }),
  };
}

export function readSchedule(db: Database, scheduleId: string): ScheduleRow | undefined {
  const record = db.get<ScheduleRecord>("SELECT * FROM schedules WHERE schedule_id = ?", scheduleId);
  return record && scheduleOf(record);
}

function listSchedules(
  db: Database,
  { tenantId, workflowId }: { tenantId: string; workflowId?: string },
  page: { limit: number; cursor?: string },
): Page<ScheduleRow> {
  const only = workflowId === undefined ? "" : " AND workflow_id = :workflowId";
  const sql = `SELECT * FROM schedules WHERE tenant_id = :tenantId${only} AND schedule_id > :after
    ORDER BY schedule_id LIMIT :limit`;
  const values = { tenantId, ...(workflowId !== undefined && { workflowId }) };
  return readPage(scheduleList, page, ([after], limit) =>
    db.allNamed<ScheduleRecord>(sql, { ...values, after, limit }),
  );
}

const scheduleList: Paged<ScheduleRecord, ScheduleRow, [string]> = {
  kind: "schedules",
  start: [""],
  keyOf: (record) => [record.schedule_id],
  itemOf: scheduleOf,
};

function listDueSchedules(db: Database, nowMs: number, limit: number, after?: DueKey): ScheduleRow[] {
  const sql = `SELECT * FROM schedules
    WHERE state = 'active' AND next_due_ms <= ? AND (next_due_ms, schedule_id) > (?, ?)
    ORDER BY next_due_ms, schedule_id LIMIT ?`;
  const key = after ?? { nextDueMs: Number.MIN_SAFE_INTEGER, scheduleId: "" };
  return db.all<ScheduleRecord>(sql, nowMs, key.nextDueMs, key.scheduleId, Math.max(0, limit)).map(scheduleOf);
}

function nextScheduleDueMs(db: Database): number | undefined {
  const sql = "SELECT min(next_due_ms) AS due FROM schedules WHERE state = 'active'";
  return db.get<{ due: number | null }>(sql)?.due ?? undefined;
}

export function readSlot(db: Database, scheduleId: string, scheduledMs: number): SlotRow | undefined {
  const sql = "SELECT * FROM slots WHERE schedule_id = ? AND scheduled_ms = ?";
  const record = db.get<SlotRecord>(sql, scheduleId, scheduledMs);
  return record && slotOf(record);
}

function listSlots(db: Database, scheduleId: string, limit: number): SlotRow[] {
  const sql = "SELECT * FROM slots WHERE schedule_id = ? ORDER BY scheduled_ms DESC LIMIT ?";
  return db.all<SlotRecord>(sql, scheduleId, Math.max(0, limit)).map(slotOf);
}

function pruneSlots(db: Database, beforeMs: number, limit: number): number {
  const sql = `DELETE FROM slots WHERE (schedule_id, scheduled_ms) IN
    (SELECT schedule_id, scheduled_ms FROM slots WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`;
  return db.run(sql, beforeMs, Math.max(0, limit));
}

export const scheduleReads = (reading: Reading) => ({
  readSchedule: reading(readSchedule),
  listSchedules: reading(listSchedules),
  listDueSchedules: reading(listDueSchedules),
  nextScheduleDueMs: reading(nextScheduleDueMs),
  listSlots: reading(listSlots),
  pruneSlots: reading(pruneSlots),
});
