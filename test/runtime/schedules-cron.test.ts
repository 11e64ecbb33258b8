// When a cron expression fires: zones, daylight saving, what is refused (runs.md §13).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CronClock, cronProblem } from "#runtime/schedules/cron.ts";

/** The first `count` times after `from`. */
function times(cron: string, zone: string, from: string, count: number): (string | undefined)[] {
  const clock = new CronClock(cron, zone);
  const found: (string | undefined)[] = [];
  let after = Date.parse(from);
  while (found.length < count) {
    const next = clock.nextAfter(after);
    found.push(next === undefined ? undefined : new Date(next).toISOString().replace(":00.000Z", "Z"));
    if (next === undefined) break;
    after = next;
  }
  return found;
}

describe("cron in a zone", () => {
  for (const { name, cron, zone, from, fires } of [
    {
      name: "Berlin, clock set forward: a time left out fires at the next instant there is",
      cron: "30 2 * * *",
      zone: "Europe/Berlin",
      from: "2026-03-28T00:00:00Z",
      fires: ["2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    },
    {
      name: "Berlin, clock set back: a time shown twice fires once, the first time",
      cron: "30 2 * * *",
      zone: "Europe/Berlin",
      from: "2026-10-24T00:00:00Z",
      fires: ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    },
    {
      name: "New York, clock set forward",
      cron: "30 2 * * *",
      zone: "America/New_York",
      from: "2026-03-07T00:00:00Z",
      fires: ["2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z"],
    },
    {
      name: "New York, clock set back",
      cron: "30 1 * * *",
      zone: "America/New_York",
      from: "2026-10-31T00:00:00Z",
      fires: ["2026-10-31T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"],
    },
    {
      name: "Lord Howe, half an hour forward",
      cron: "15 2 * * *",
      zone: "Australia/Lord_Howe",
      from: "2026-10-02T00:00:00Z",
      fires: ["2026-10-02T15:45Z", "2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    },
    {
      name: "Lord Howe, half an hour back",
      cron: "45 1 * * *",
      zone: "Australia/Lord_Howe",
      from: "2026-04-03T00:00:00Z",
      fires: ["2026-04-03T14:45Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z"],
    },
    {
      name: "several times left out are one instant, and so one slot",
      cron: "*/30 * * * *",
      zone: "Europe/Berlin",
      from: "2026-03-29T00:00:00Z",
      fires: ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"],
    },
    {
      name: "an hour shown twice counts once for every expression",
      cron: "*/30 * * * *",
      zone: "Europe/Berlin",
      from: "2026-10-24T23:45:00Z",
      fires: ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T02:00Z"],
    },
    {
      name: "asked inside of the repeated hour, it waits for a time that was not shown",
      cron: "*/30 * * * *",
      zone: "Europe/Berlin",
      from: "2026-10-25T01:10:00Z",
      fires: ["2026-10-25T02:00Z"],
    },
    {
      name: "seconds, six fields",
      cron: "30 0 12 * * *",
      zone: "UTC",
      from: "2026-01-01T00:00:00Z",
      fires: ["2026-01-01T12:00:30.000Z"],
    },
    {
      name: "day of month or day of week, when both are restricted",
      cron: "0 0 13 * 5",
      zone: "UTC",
      from: "2026-01-03T00:00:00Z",
      fires: ["2026-01-09T00:00Z", "2026-01-13T00:00Z", "2026-01-16T00:00Z"],
    },
    {
      name: "the 29th of February",
      cron: "0 0 29 2 *",
      zone: "UTC",
      from: "2026-01-01T00:00:00Z",
      fires: ["2028-02-29T00:00Z", "2032-02-29T00:00Z"],
    },
    {
      name: "never",
      cron: "0 0 31 2 *",
      zone: "UTC",
      from: "2026-01-01T00:00:00Z",
      fires: [undefined],
    },
    {
      name: "names of days and a zone east of UTC",
      cron: "0 9 * * mon-fri",
      zone: "Asia/Kolkata",
      from: "2026-01-02T12:00:00Z",
      fires: ["2026-01-05T03:30Z", "2026-01-06T03:30Z"],
    },
  ]) {
    it(name, () => assert.deepEqual(times(cron, zone, from, fires.length), fires));
  }

  for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"]) {
    it(`fires a daily job once on every day of three years in ${zone}`, () => {
      const clock = new CronClock("30 2 * * *", zone);
      const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
      const from = Date.parse("2025-01-01T12:00:00Z");
      const days: string[] = [];
      for (let at = clock.nextAfter(from) as number; days.length < 3 * 365; at = clock.nextAfter(at) as number) {
        days.push(day.format(at));
      }
      assert.equal(new Set(days).size, days.length);
      const last = Date.parse(`${days.at(-1)}T00:00:00Z`);
      const first = Date.parse(`${days[0]}T00:00:00Z`);
      assert.equal((last - first) / 86_400_000, days.length - 1, "no day is left out");
    });
  }
});

describe("a cron expression that is none", () => {
  for (const { cron, says } of [
    { cron: "", says: /this has 1/ },
    { cron: "* * * *", says: /5 fields, or 6 with seconds first; this has 4/ },
    { cron: "* * * * * * *", says: /this has 7/ },
    { cron: "@daily", says: /this has 1/ },
    { cron: "61 * * * *", says: /minute: 61/ },
    { cron: "0 24 * * *", says: /hour: 24/ },
    { cron: "*/0 * * * *", says: /stepping: 0/ },
    { cron: "*/30s * * * *", says: /"\*\/30s" is no field/ },
    { cron: "0.5 * * * *", says: /"0.5" is no field/ },
    { cron: "0 0 L * *", says: /"L" is no field/ },
    { cron: "0 0 ? * *", says: /"\?" is no field/ },
    { cron: "0 9 * * foo", says: /"foo" is no field/ },
  ]) {
    it(`says why: ${JSON.stringify(cron)}`, () => assert.match(cronProblem(cron) ?? "", says));
  }
});
