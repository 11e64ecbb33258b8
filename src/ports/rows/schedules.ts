// Rows of schedules: what starts runs by the clock, and what became of every time it was due.
//
//   slot   one time at which a schedule is due; it ends once, as a row that is written and never changed
//
//   C1. (scheduleId, scheduledMs) names a slot; there is at most one row of it.
//   C2. The row of a slot, the run it started and the schedule's next due time are one commit.

import type { JsonObject } from "#protocol/json.ts";

/** When a schedule is due. Times are epoch ms. */
export type SchedulePlan =
  | { kind: "cron"; cron: string; timezone: string }
  /** At `anchorMs` plus every multiple of `everyMs`. */
  | { kind: "every"; everyMs: number; anchorMs: number }
  | { kind: "at"; atMs: number };

/** What becomes of the newest slot that was missed while nobody was there; older ones are always skipped. */
export type CatchUp = { mode: "none" } | { mode: "one" } | { mode: "within"; withinMs: number };

/** `paused`: by an operator; its slots are skipped. `ended`: nothing is left to come. */
export type ScheduleState = "active" | "paused" | "ended";

/** All of a schedule but what the store counts and keeps by itself. */
export interface ScheduleDraft {
  scheduleId: string;
  tenantId: string;
  workflowId: string;
  /** The trigger of the workflow that it stands for; absent: it was made by itself. */
  triggerId?: string;
  /** Who made it; absent: a file did. */
  principal?: string;
  plan: SchedulePlan;
  catchUp: CatchUp;
  inputs: JsonObject;
  /** Absent: nothing is left to come. */
  nextDueMs?: number;
  createdMs: number;
}

export interface ScheduleRow extends ScheduleDraft {
  state: ScheduleState;
  /** Grows with every change of the row. */
  version: number;
}

export interface SlotRow {
  scheduleId: string;
  scheduledMs: number;
  outcome: "run" | "skipped-late" | "skipped-paused" | "failed";
  /** When it was accounted for. */
  atMs: number;
  runId?: string;
  isCatchUp?: true;
  /** Why no run could be started. */
  error?: { code: string; message: string };
  /** Skipped slots in a row share one: the last of them, and how many they are. */
  throughMs?: number;
  count?: number;
  /** There are more than `count`. */
  countIsFloor?: true;
}

export type ScheduleOp =
  /**
   * Makes a schedule, active or ended, or puts it in the place of the one of that id: a pause and `createdMs` stay.
   */
  | { op: "putSchedule"; schedule: ScheduleDraft }
  /** The next due time of what stands there; without one and active it has ended. */
  | { op: "moveSchedule"; scheduleId: string; state: "active" | "paused"; nextDueMs?: number }
  | { op: "deleteSchedule"; scheduleId: string }
  /** Removes the schedules that stand for triggers of a workflow, but those of `keep`. */
  | { op: "deleteTriggerSchedules"; tenantId: string; workflowId: string; keep: string[] }
  /** What became of a slot. One that has a row keeps it (C1). */
  | { op: "accountSlot"; slot: SlotRow };

export type ScheduleGuard =
  /** The schedule is there and was not changed since it was read. The outcome shows the row that is there. */
  | { guard: "scheduleVersion"; scheduleId: string; version: number }
  | { guard: "slotAbsent"; scheduleId: string; scheduledMs: number };
