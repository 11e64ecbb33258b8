// Schedules, slots and dead letters of the store in memory.

import type { DeadLetterOp, DeadLetterRow } from "#ports/rows/dead-letters.ts";
import type { ScheduleOp, ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { DueKey } from "#ports/store/schedules.ts";
import type { Page } from "#ports/store.ts";
import { type Changes, compare, cut, type Paged, pageOf, type Reading, sorted } from "./lists.ts";
import type { Tables } from "./tables.ts";

export const timeChanges: Changes<ScheduleOp | DeadLetterOp> = {
  putSchedule(tables, { schedule }) {
    const before = tables.schedules.get(schedule.scheduleId);
    const fresh = schedule.nextDueMs === undefined ? "ended" : "active";
    const row: ScheduleRow = {
      ...schedule,
      createdMs: before?.createdMs ?? schedule.createdMs,
      state: before?.state === "paused" ? "paused" : fresh,
      version: (before?.version ?? 0) + 1,
    };
    tables.schedules.set(row, schedule.scheduleId);
  },
  moveSchedule(tables, { scheduleId, state, nextDueMs }) {
    const before = tables.schedules.get(scheduleId);
    if (!before) return;
    const { nextDueMs: _, ...rest } = before;
    const next = nextDueMs === undefined ? {} : { nextDueMs };
    const ended = state === "active" && nextDueMs === undefined;
    tables.schedules.set({ ...rest, ...next, state: ended ? "ended" : state, version: rest.version + 1 }, scheduleId);
  },
  deleteSchedule: (tables, { scheduleId }) => tables.schedules.delete(scheduleId),
  deleteTriggerSchedules(tables, { tenantId, workflowId, keep }) {
    for (const row of tables.schedules.filter((one) => one.tenantId === tenantId && one.workflowId === workflowId)) {
      if (row.triggerId !== undefined && !keep.includes(row.scheduleId)) tables.schedules.delete(row.scheduleId);
    }
  },
  accountSlot(tables, { slot }) {
    const { scheduleId, scheduledMs } = slot;
    if (!tables.slots.get(scheduleId, scheduledMs)) tables.slots.set(slot, scheduleId, scheduledMs);
  },

  putDeadLetter: (tables, { letter }) => tables.deadLetters.set(letter, letter.runId),
  purgeRun(tables, { runId }) {
    const run = tables.runs.get(runId);
    if (!run) return;
    const ofRun = (row: { runId: string }) => row.runId === runId;
    const { tenantId, turn, chat } = run.start;
    const threadId = turn?.threadId ?? chat?.threadId;
    const ofThread = tables.messages.filter((row) => row.tenantId === tenantId && row.threadId === threadId);
    const said = new Set(ofThread.map((message) => message.contentId));
    for (const { contentId } of tables.contentOwners.filter(ofRun)) {
      if (said.has(contentId)) continue;
      tables.content.delete(contentId);
      tables.contentOwners.delete(contentId);
    }
    for (const row of tables.interrupts.filter(ofRun)) tables.interrupts.delete(row.interruptId);
    for (const row of tables.effects.filter(ofRun)) tables.effects.delete(row.effectId);
    for (const row of tables.timers.filter(ofRun)) tables.timers.delete(runId, row.purpose, row.nodeId);
    for (const row of tables.annotations.filter(ofRun)) tables.annotations.delete(row.annotationId);
    tables.deadLetters.delete(runId);
    tables.runs.delete(runId);
    tables.log.delete(runId);
  },
};

type PageRequest = { limit: number; cursor?: string };

function listSchedules(
  tables: Tables,
  { tenantId, workflowId }: { tenantId: string; workflowId?: string },
  page: PageRequest,
): Page<ScheduleRow> {
  const wanted = tables.schedules.filter(
    (row) => row.tenantId === tenantId && (workflowId === undefined || row.workflowId === workflowId),
  );
  return pageOf(scheduleList, wanted, page);
}

const scheduleList: Paged<ScheduleRow, [string]> = {
  kind: "schedules",
  example: [""],
  order: "ascending",
  keyOf: (row) => [row.scheduleId],
};

function listDueSchedules(tables: Tables, nowMs: number, limit: number, after?: DueKey): ScheduleRow[] {
  const keyOf = ({ nextDueMs = 0, scheduleId }: DueKey | ScheduleRow): [number, string] => [nextDueMs, scheduleId];
  const due = active(tables).filter(
    (row) => (row.nextDueMs ?? 0) <= nowMs && (!after || compare(keyOf(row), keyOf(after)) > 0),
  );
  return cut(sorted(due, keyOf), limit);
}

function active(tables: Tables): ScheduleRow[] {
  return tables.schedules.filter((row) => row.state === "active" && row.nextDueMs !== undefined);
}

function nextScheduleDueMs(tables: Tables): number | undefined {
  const due = active(tables).map((row) => row.nextDueMs ?? 0);
  return due.length === 0 ? undefined : Math.min(...due);
}

function listSlots(tables: Tables, scheduleId: string, limit: number): SlotRow[] {
  return tables.slots
    .filter((row) => row.scheduleId === scheduleId)
    .sort((a, b) => b.scheduledMs - a.scheduledMs)
    .slice(0, Math.max(0, limit));
}

function pruneSlots(tables: Tables, beforeMs: number, limit: number): number {
  const old = tables.slots
    .filter((row) => row.atMs < beforeMs)
    .sort((a, b) => a.atMs - b.atMs)
    .slice(0, Math.max(0, limit));
  for (const row of old) tables.slots.delete(row.scheduleId, row.scheduledMs);
  return old.length;
}

function listDeadLetters(tables: Tables, tenantId: string, page: PageRequest): Page<DeadLetterRow> {
  const wanted = tables.deadLetters.filter((row) => row.tenantId === tenantId);
  return pageOf(letterList, wanted, page);
}

const letterList: Paged<DeadLetterRow, [number, string]> = {
  kind: "dead-letters",
  example: [0, ""],
  order: "descending",
  keyOf: (row) => [row.atMs, row.runId],
};

function listExpiredDeadLetters(tables: Tables, beforeMs: number, limit: number): string[] {
  const expired = tables.deadLetters.filter((row) => row.atMs < beforeMs);
  return cut(sorted(expired, letterList.keyOf), limit).map((row) => row.runId);
}

export const timeReads = (reading: Reading) => ({
  readSchedule: reading((tables, scheduleId: string) => tables.schedules.get(scheduleId)),
  listSchedules: reading(listSchedules),
  listDueSchedules: reading(listDueSchedules),
  nextScheduleDueMs: reading(nextScheduleDueMs),
  listSlots: reading(listSlots),
  pruneSlots: reading(pruneSlots),
  readDeadLetter: reading((tables, runId: string) => tables.deadLetters.get(runId)),
  listDeadLetters: reading(listDeadLetters),
  listExpiredDeadLetters: reading(listExpiredDeadLetters),
});
