// Every due slot is accounted for (P-11): which one runs, which are skipped, and what comes next.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CatchUp, SchedulePlan, ScheduleRow } from "#ports/rows/schedules.ts";
import { judgeDue } from "#runtime/schedules/due.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function schedule(plan: SchedulePlan, nextDue: string, catchUp: CatchUp): ScheduleRow {
  return {
    scheduleId: "sch_1",
    tenantId: "default",
    workflowId: "w",
    plan,
    catchUp,
    inputs: {},
    nextDueMs: Date.parse(nextDue),
    createdMs: 0,
    state: "active",
    version: 1,
  };
}

const hourly: SchedulePlan = { kind: "cron", cron: "0 * * * *", timezone: "UTC" };
const minutely: SchedulePlan = { kind: "cron", cron: "* * * * *", timezone: "UTC" };
const secondly: SchedulePlan = { kind: "cron", cron: "* * * * * *", timezone: "UTC" };
const never: CatchUp = { mode: "none" };
const one: CatchUp = { mode: "one" };
const within = (withinMs: number): CatchUp => ({ mode: "within", withinMs });

/** A verdict in words: `run 10:00 (caught up), skip 08:00-09:00 x2, next 11:00`. */
function inWords(row: ScheduleRow, now: string): string {
  const { fire, skipped, nextDueMs } = judgeDue(row, Date.parse(now));
  const at = (ms: number) =>
    new Date(ms)
      .toISOString()
      .replace(/^2026-01-/, "")
      .replace(/(:00)?\.000Z$/, "");
  return [
    ...(fire ? [`run ${at(fire.scheduledMs)}${fire.isCatchUp ? " (caught up)" : ""}`] : []),
    ...(skipped
      ? [`skip ${at(skipped.firstMs)} to ${at(skipped.lastMs)} x${skipped.count}${skipped.countIsFloor ? "+" : ""}`]
      : []),
    nextDueMs === undefined ? "ended" : `next ${at(nextDueMs)}`,
  ].join(", ");
}

describe("a slot that is due", () => {
  const due = "2026-01-05T10:00:00Z";
  for (const { name, plan = hourly, catchUp, now, becomes } of [
    {
      name: "runs when it is on time",
      catchUp: never,
      now: "2026-01-05T10:00:00.004Z",
      becomes: "run 05T10:00, next 05T11:00",
    },
    {
      name: "is on time after a quick restart, whatever the policy",
      catchUp: never,
      now: "2026-01-05T10:01:00Z",
      becomes: "run 05T10:00, next 05T11:00",
    },
    {
      name: "is skipped when it is late and nothing is caught up",
      catchUp: never,
      now: "2026-01-05T10:01:00.001Z",
      becomes: "skip 05T10:00 to 05T10:00 x1, next 05T11:00",
    },
    {
      name: "is caught up when one is",
      catchUp: one,
      now: "2026-01-05T10:30:00Z",
      becomes: "run 05T10:00 (caught up), next 05T11:00",
    },
    {
      name: "is caught up within the time allowed, its end included",
      catchUp: within(15 * MINUTE),
      now: "2026-01-05T10:15:00Z",
      becomes: "run 05T10:00 (caught up), next 05T11:00",
    },
    {
      name: "is skipped beyond the time allowed",
      catchUp: within(15 * MINUTE),
      now: "2026-01-05T10:15:00.001Z",
      becomes: "skip 05T10:00 to 05T10:00 x1, next 05T11:00",
    },
    {
      name: "of many that were missed is the newest; the others are skipped",
      catchUp: one,
      now: "2026-01-05T13:30:00Z",
      becomes: "run 05T13:00 (caught up), skip 05T10:00 to 05T12:00 x3, next 05T14:00",
    },
    {
      name: "among many that were missed, none runs when nothing is caught up",
      catchUp: never,
      now: "2026-01-05T13:30:00Z",
      becomes: "skip 05T10:00 to 05T13:00 x4, next 05T14:00",
    },
    {
      name: "after a week of downtime: one run, and the rest of the week counted",
      catchUp: one,
      now: "2026-01-12T10:30:00Z",
      becomes: "run 12T10:00 (caught up), skip 05T10:00 to 12T09:00 x168, next 12T11:00",
    },
    {
      name: "after a week of downtime with ten thousand slots: one run, exact bounds, a count that says it is a floor",
      plan: minutely,
      catchUp: one,
      now: "2026-01-12T10:00:30Z",
      becomes: "run 12T10:00, skip 05T10:00 to 12T09:59 x200+, next 12T10:01",
    },
    {
      name: "of a job that runs every second is the newest one",
      plan: secondly,
      catchUp: never,
      now: "2026-01-05T10:00:03.500Z",
      becomes: "run 05T10:00:03, skip 05T10:00 to 05T10:00:02 x3, next 05T10:00:04",
    },
    {
      name: "of an interval keeps its beat",
      plan: { kind: "every" as const, everyMs: 7 * MINUTE, anchorMs: Date.parse("2026-01-05T09:53:00Z") },
      catchUp: one,
      now: "2026-01-05T10:15:00Z",
      becomes: "run 05T10:14, skip 05T10:00 to 05T10:07 x2, next 05T10:21",
    },
    {
      name: "of an interval that missed thousands is found from the other end",
      plan: { kind: "every" as const, everyMs: 1_000, anchorMs: Date.parse("2026-01-05T09:59:59Z") },
      catchUp: never,
      now: "2026-01-08T10:00:00.500Z",
      becomes: "run 08T10:00, skip 05T10:00 to 08T09:59:59 x200+, next 08T10:00:01",
    },
    {
      name: "that comes once ends its schedule",
      plan: { kind: "at" as const, atMs: Date.parse(due) },
      catchUp: one,
      now: "2026-01-06T10:00:00Z",
      becomes: "run 05T10:00 (caught up), ended",
    },
    {
      name: "that comes once and is late ends its schedule without a run when nothing is caught up",
      plan: { kind: "at" as const, atMs: Date.parse(due) },
      catchUp: never,
      now: "2026-01-06T10:00:00Z",
      becomes: "skip 05T10:00 to 05T10:00 x1, ended",
    },
  ]) {
    it(name, () => assert.equal(inWords(schedule(plan, due, catchUp), now), becomes));
  }

  it("is exactly one of run and skipped, whenever the host looks, over a change of the clock", () => {
    const plan: SchedulePlan = { kind: "cron", cron: "*/20 * * * *", timezone: "Europe/Berlin" };
    const from = Date.parse("2026-10-24T20:00:00Z");
    const until = from + 12 * HOUR;
    const accounted: number[] = [];
    let row = schedule(plan, new Date(from).toISOString(), one);
    // Looks at odd moments: on time, a little late, after hours.
    for (const step of [1, 3, 90, 7, 200, 61, 1, 45, 120, 192]) {
      const nowMs = (row.nextDueMs as number) + step * MINUTE;
      const { fire, skipped, nextDueMs } = judgeDue(row, nowMs);
      for (let at = skipped?.firstMs; skipped && at !== undefined && at <= skipped.lastMs; ) {
        accounted.push(at);
        at = judgeDue({ ...row, nextDueMs: at }, at).nextDueMs;
      }
      if (fire) accounted.push(fire.scheduledMs);
      row = { ...row, nextDueMs: nextDueMs as number };
    }
    const expected: number[] = [];
    for (let at: number | undefined = from; at !== undefined && at < (row.nextDueMs as number); ) {
      expected.push(at);
      at = judgeDue({ ...row, nextDueMs: at }, at).nextDueMs;
    }
    assert.deepEqual(accounted, expected);
    assert.ok((row.nextDueMs as number) > until, "the change of the clock was passed");
  });
});
