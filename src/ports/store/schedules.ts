// Reads of schedules and their slots.

import type { Page } from "../page.ts";
import type { ScheduleRow, SlotRow } from "../rows/schedules.ts";

/** A place in the order of {@link ScheduleReads.listDueSchedules}. */
export interface DueKey {
  nextDueMs: number;
  scheduleId: string;
}

export interface ScheduleReads {
  readSchedule(scheduleId: string): Promise<ScheduleRow | undefined>;
  /** By scheduleId. */
  listSchedules(
    filter: { tenantId: string; workflowId?: string },
    page: { limit: number; cursor?: string },
  ): Promise<Page<ScheduleRow>>;
  /** Active schedules due at or before `nowMs` behind `after`, earliest first, then by scheduleId. */
  listDueSchedules(nowMs: number, limit: number, after?: DueKey): Promise<ScheduleRow[]>;
  /** When the earliest active schedule is due, epoch ms; may be past. */
  nextScheduleDueMs(): Promise<number | undefined>;
  /** The newest slots of a schedule, newest first. */
  listSlots(scheduleId: string, limit: number): Promise<SlotRow[]>;
  /** Deletes slots accounted for before `beforeMs`, at most `limit`; returns how many. */
  pruneSlots(beforeMs: number, limit: number): Promise<number>;
}
