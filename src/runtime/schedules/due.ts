// What is due: from the time a schedule waited for until now, which slots passed, which one runs, which are skipped.
//
//   U1. At most one run, whatever was missed: the newest slot, or none. Every other slot is skipped and accounted for.
//   U2. A slot found soon after its time is on time; only a late one is a matter of the schedule's policy.

import type { CatchUp, ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import { type NextDue, nextDueOf } from "./plan.ts";

/** Slots that passed, in time order, as one record. */
export interface SlotRange {
  firstMs: number;
  lastMs: number;
  count: number;
  /** There are more than `count`. */
  countIsFloor: boolean;
}

export interface DueVerdict {
  /** The slot that shall start a run. */
  fire?: { scheduledMs: number; isCatchUp: boolean };
  skipped?: SlotRange;
  nextDueMs?: number;
}

/** A minute, the grain of cron: a restart or a busy host within it is not an absence. */
const ON_TIME_MS = 60_000;

/** `nowMs` is not before the schedule's next due time. */
export function judgeDue(schedule: ScheduleRow, nowMs: number): DueVerdict {
  const nextDue = nextDueOf(schedule.plan);
  const firstMs = schedule.nextDueMs ?? nowMs;
  const { latestMs, before, nextDueMs } = passedSlots(nextDue, firstMs, nowMs);
  const next = nextDueMs === undefined ? {} : { nextDueMs };
  const latenessMs = nowMs - latestMs;
  const onTime = latenessMs <= ON_TIME_MS;
  if (onTime || catchesUp(schedule.catchUp, latenessMs)) {
    return { fire: { scheduledMs: latestMs, isCatchUp: !onTime }, ...(before && { skipped: before }), ...next };
  }
  return { skipped: rangeThrough(firstMs, latestMs, before), ...next };
}

/** The slots from `firstMs`, itself one of them, to `nowMs`, all skipped; undefined when `firstMs` is still to come. */
export function skippedUntil(schedule: ScheduleRow, nowMs: number): SlotRange | undefined {
  const { nextDueMs: firstMs } = schedule;
  if (firstMs === undefined || firstMs > nowMs) return undefined;
  const { latestMs, before } = passedSlots(nextDueOf(schedule.plan), firstMs, nowMs);
  return rangeThrough(firstMs, latestMs, before);
}

/** The slots before the latest one, and the latest one itself. */
function rangeThrough(firstMs: number, latestMs: number, before: SlotRange | undefined): SlotRange {
  const { count = 0, countIsFloor = false } = before ?? {};
  return { firstMs, lastMs: latestMs, count: count + 1, countIsFloor };
}

/** Records of a range of skipped slots. */
export function skippedRow(
  scheduleId: string,
  range: SlotRange,
  outcome: "skipped-late" | "skipped-paused",
  atMs: number,
): SlotRow {
  const many = range.lastMs > range.firstMs;
  return {
    scheduleId,
    scheduledMs: range.firstMs,
    outcome,
    atMs,
    ...(many && { throughMs: range.lastMs, count: range.count }),
    ...(range.countIsFloor && { countIsFloor: true }),
  };
}

function catchesUp(catchUp: CatchUp, latenessMs: number): boolean {
  switch (catchUp.mode) {
    case "none":
      return false;
    case "one":
      return true;
    case "within":
      return latenessMs <= catchUp.withinMs;
  }
}

interface PassedSlots {
  latestMs: number;
  /** The slots before the latest one. */
  before?: SlotRange;
  nextDueMs: number | undefined;
}

/** Slots counted one by one; a schedule that missed more is looked at from the other end. */
const MAX_COUNTED = 200;

function passedSlots(nextDue: NextDue, firstMs: number, nowMs: number): PassedSlots {
  let latestMs = firstMs;
  let previousMs = firstMs;
  for (let count = 0; count <= MAX_COUNTED; count += 1) {
    const next = nextDue(latestMs);
    if (next === undefined || next > nowMs) {
      const before = { firstMs, lastMs: previousMs, count, countIsFloor: false };
      return { latestMs, nextDueMs: next, ...(count > 0 && { before }) };
    }
    previousMs = latestMs;
    latestMs = next;
  }
  latestMs = lastSlot(nextDue, latestMs, nowMs);
  const lastMs = lastSlot(nextDue, firstMs, latestMs - 1);
  const before = { firstMs, lastMs, count: MAX_COUNTED, countIsFloor: true };
  return { latestMs, nextDueMs: nextDue(nowMs), before };
}

/** The last slot not after `untilMs`; `slotMs` is one. */
function lastSlot(nextDue: NextDue, slotMs: number, untilMs: number): number {
  let found = slotMs;
  let from = slotMs;
  let to = untilMs;
  // Between `from` and `to` lie all slots that are later than the one found.
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const next = nextDue(middle);
    if (next !== undefined && next <= untilMs) {
      found = next;
      from = next;
    } else to = middle;
  }
  return found;
}
