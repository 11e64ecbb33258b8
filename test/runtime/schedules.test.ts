// Schedules over a store that is slow, fails before or after it wrote, and crashes; with a clock that tests set (P-11).

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { registerWorkflow } from "#app/register-workflow.ts";
import { prepareScheduledRun } from "#app/scheduled-run.ts";
import { createSchedule, pauseSchedule, resumeSchedule } from "#app/schedules.ts";
import type { ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";
import { type PrepareRun, Schedules } from "#runtime/schedules/schedules.ts";
import { noStopPoint } from "#runtime/stop-points.ts";
import { type MemoryStore, openMemoryStore } from "#store/memory-slow/open.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import { workflow } from "../support/definitions.ts";
import { createValidators, type Host, openHost, quietLogger } from "../support/host.ts";

const START = Date.parse("2026-01-05T09:30:00Z");
const HOUR = 3_600_000;
const validators = createValidators();

/** A host whose clock stands still until it is set, and whose schedules are served when the test says so. */
interface Scheduled {
  host: Host;
  store: Store;
  schedules: Schedules;
  errors: unknown[];
}

async function open(store: Store, clock: { now: number }, prepare?: PrepareRun): Promise<Scheduled> {
  const host = await openHost(store, { clock: { nowMs: () => clock.now }, validators });
  const errors: unknown[] = [];
  const { runs, ids } = host.app;
  const schedules = new Schedules({
    store,
    runs,
    ids,
    clock: host.app.clock,
    logger: quietLogger(errors),
    prepare: prepare ?? prepareScheduledRun(host.app),
    stopPoint: noStopPoint,
  });
  return { host, store, schedules, errors };
}

async function close({ host, schedules }: Scheduled): Promise<void> {
  await schedules.stop();
  await host.stop();
}

function scheduled(config: object, version = "1"): Json {
  const document = workflow("job", {
    nodes: [{ id: "a", typeId: "core.noop" }],
    triggers: [{ id: "clock", type: "schedule", config }],
    more: { version },
  });
  return document as unknown as Json;
}

async function only(store: Store): Promise<ScheduleRow> {
  const { items } = await store.listSchedules({ tenantId: "default" }, { limit: 10 });
  assert.equal(items.length, 1);
  return items[0] as ScheduleRow;
}

/** Slots of the one schedule, oldest first, in words. */
async function slotsInWords(store: Store): Promise<string[]> {
  const { scheduleId } = await only(store);
  return (await store.listSlots(scheduleId, 1_000)).reverse().map(inWords);
}

function inWords({ scheduledMs, outcome, isCatchUp, throughMs, count, error }: SlotRow): string {
  const at = (ms: number) => new Date(ms).toISOString().slice(8, 16);
  const range = throughMs === undefined ? at(scheduledMs) : `${at(scheduledMs)} to ${at(throughMs)} x${count}`;
  return `${range} ${outcome}${isCatchUp ? " (caught up)" : ""}${error ? ` ${error.code}` : ""}`;
}

async function runsOf(store: Store) {
  return (await store.listRuns({ tenantId: "default" }, { limit: 200 })).items;
}

function steady(): MemoryStore {
  return openMemoryStore({ random: () => 0.5, maxTurns: 1 });
}

/** Mulberry32: a small seeded generator. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("a schedule", () => {
  const cases = [
    {
      name: "starts one run per slot, with what fired it",
      config: { cron: "0 * * * *" },
      looks: ["10:00", "10:00", "11:00"],
      slots: ["05T10:00 run", "05T11:00 run"],
    },
    {
      name: "that missed slots catches up with the newest one",
      config: { cron: "0 * * * *" },
      looks: ["13:30"],
      slots: ["05T10:00 to 05T12:00 x3 skipped-late", "05T13:00 run (caught up)"],
    },
    {
      name: "with the policy skip starts nothing late",
      config: { cron: "0 * * * *", missedFirePolicy: "skip" },
      looks: ["10:30", "11:00"],
      slots: ["05T10:00 skipped-late", "05T11:00 run"],
    },
    {
      name: "with the policy fire-all fires once",
      config: { cron: "0 * * * *", missedFirePolicy: "fire-all" },
      looks: ["12:30"],
      slots: ["05T10:00 to 05T11:00 x2 skipped-late", "05T12:00 run (caught up)"],
    },
    {
      name: "allowed to be a quarter of an hour late is not more late than that",
      config: { cron: "0 * * * *", catchUp: "within 15m" },
      looks: ["10:15", "11:16"],
      slots: ["05T10:00 run (caught up)", "05T11:00 skipped-late"],
    },
    {
      name: "fires once after a delay",
      config: { delayMs: 30 * 60_000 },
      looks: ["10:00", "11:00"],
      slots: ["05T10:00 run"],
    },
    {
      name: "fires at intervals from when it was made",
      config: { every: "45m" },
      looks: ["10:15", "11:00"],
      slots: ["05T10:15 run", "05T11:00 run"],
    },
    {
      name: "does not fire again when the clock is set back",
      config: { cron: "0 * * * *" },
      looks: ["10:00", "09:30", "10:00", "11:00"],
      slots: ["05T10:00 run", "05T11:00 run"],
    },
  ];
  for (const { name, config, looks, slots } of cases) {
    it(name, async () => {
      const clock = { now: START };
      const opened = await open(steady(), clock);
      await registerWorkflow(opened.host.app, opened.host.call, scheduled(config));
      for (const look of looks) {
        clock.now = Date.parse(`2026-01-05T${look}:00Z`);
        await opened.schedules.serveDue();
      }
      assert.deepEqual(await slotsInWords(opened.store), slots);
      const started = slots.filter((slot) => / run/.test(slot)).length;
      assert.equal((await runsOf(opened.store)).length, started);
      assert.deepEqual(opened.errors, []);
      await close(opened);
    });
  }

  it("tells its run what fired it, and when", async () => {
    const clock = { now: START };
    const opened = await open(steady(), clock);
    const { app, call } = opened.host;
    const config = { cron: "0 11 * * *", timezone: "Europe/Berlin", inputs: { city: "Bonn" } };
    await registerWorkflow(app, call, scheduled(config));
    clock.now = START + 2 * HOUR;
    await opened.schedules.serveDue();
    const [run] = await runsOf(opened.store);
    assert.deepEqual(run?.start.inputs, {
      city: "Bonn",
      trigger: {
        firedAt: "2026-01-05T11:30:00.000Z",
        scheduledFor: "2026-01-05T10:00:00.000Z",
        cron: "0 11 * * *",
        timezone: "Europe/Berlin",
        isCatchUp: true,
      },
    });
    assert.deepEqual(run?.start.owner, { tenant: "default", principal: "operator" });
    await close(opened);
  });

  it("starts one run when two look at the same slot at once (H2)", async () => {
    const clock = { now: START };
    const store = steady();
    const opened = await open(store, clock);
    const { runs, ids, clock: now } = opened.host.app;
    const prepare = prepareScheduledRun(opened.host.app);
    const logger = quietLogger(opened.errors);
    const other = new Schedules({ store, runs, ids, clock: now, logger, prepare, stopPoint: noStopPoint });
    await registerWorkflow(opened.host.app, opened.host.call, scheduled({ cron: "0 * * * *" }));
    clock.now = START + HOUR / 2;
    await Promise.all([opened.schedules.serveDue(), other.serveDue()]);
    assert.equal((await runsOf(store)).length, 1);
    assert.deepEqual(await slotsInWords(store), ["05T10:00 run"]);
    assert.deepEqual(opened.errors, []);
    await other.stop();
    await close(opened);
  });

  it("ends a slot as failed, with the reason, when its run cannot be started, and goes on", async () => {
    const clock = { now: START };
    let refusals = 1;
    const store = steady();
    const opened: Scheduled = await open(store, clock, async (schedule, slot) => {
      if (refusals > 0) {
        refusals -= 1;
        throw new ParleyError("capability_required", { requiredCapability: "x" });
      }
      return prepareScheduledRun(opened.host.app)(schedule, slot);
    });
    await registerWorkflow(opened.host.app, opened.host.call, scheduled({ cron: "0 * * * *" }));
    for (const hour of [1, 2]) {
      clock.now = START + hour * HOUR - HOUR / 2;
      await opened.schedules.serveDue();
    }
    assert.deepEqual(await slotsInWords(store), ["05T10:00 failed capability_required", "05T11:00 run"]);
    await close(opened);
  });

  it("that cannot be served now stays due and does not hold up the others (H4)", async () => {
    const clock = { now: START };
    const store = steady();
    let broken = true;
    const opened: Scheduled = await open(store, clock, async (schedule, slot) => {
      if (broken && schedule.plan.kind === "cron") throw new Error("the host has trouble");
      return prepareScheduledRun(opened.host.app)(schedule, slot);
    });
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
    await createSchedule(app, call, { workflowId: "job", every: "30m" });
    clock.now = START + HOUR / 2;
    await opened.schedules.serveDue();
    assert.equal((await runsOf(store)).length, 1);
    assert.equal(opened.errors.length, 1);
    broken = false;
    await opened.schedules.serveDue();
    assert.equal((await runsOf(store)).length, 2);
    await close(opened);
  });

  it("skips what comes while it is paused, accounts for it, and begins afresh", async () => {
    const clock = { now: START };
    const opened = await open(steady(), clock);
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
    const { scheduleId } = await only(opened.store);
    await pauseSchedule(app, call, scheduleId);
    clock.now = START + 3 * HOUR;
    await opened.schedules.serveDue();
    assert.deepEqual(await slotsInWords(opened.store), []);
    await resumeSchedule(app, call, scheduleId);
    await opened.schedules.serveDue();
    clock.now += HOUR / 2;
    await opened.schedules.serveDue();
    const expected = ["05T10:00 to 05T12:00 x3 skipped-paused", "05T13:00 run"];
    assert.deepEqual(await slotsInWords(opened.store), expected);
    await close(opened);
  });

  it("stays paused when a new version of its workflow is registered", async () => {
    const clock = { now: START };
    const opened = await open(steady(), clock);
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
    await pauseSchedule(app, call, (await only(opened.store)).scheduleId);
    await registerWorkflow(app, call, scheduled({ cron: "5 * * * *" }, "2"));
    assert.equal((await only(opened.store)).state, "paused");
    await close(opened);
  });

  it("keeps a slot that is due when a new version with the same times is registered", async () => {
    const clock = { now: START };
    const opened = await open(steady(), clock);
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
    clock.now = START + HOUR / 2 + 5;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }, "2"));
    await opened.schedules.serveDue();
    assert.deepEqual(await slotsInWords(opened.store), ["05T10:00 run"]);
    await close(opened);
  });

  it("accounts for a slot that is due when a new version with other times is registered", async () => {
    const clock = { now: START };
    const opened = await open(steady(), clock);
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
    clock.now = START + 2 * HOUR;
    await registerWorkflow(app, call, scheduled({ cron: "45 * * * *" }, "2"));
    clock.now += HOUR / 4;
    await opened.schedules.serveDue();
    assert.deepEqual(await slotsInWords(opened.store), ["05T10:00 to 05T11:00 x2 skipped-late", "05T11:45 run"]);
    await close(opened);
  });

  for (const { name, more, trigger } of [
    { name: "its trigger is switched off", more: {}, trigger: { enabled: false } },
    { name: "its workflow is switched off", more: { status: "inactive" }, trigger: {} },
    { name: "its workflow is not active", more: { isActive: false }, trigger: {} },
  ]) {
    it(`is gone when ${name}`, async () => {
      const opened = await open(steady(), { now: START });
      const { app, call } = opened.host;
      await registerWorkflow(app, call, scheduled({ cron: "0 * * * *" }));
      await only(opened.store);
      const document = scheduled({ cron: "0 * * * *" }, "2") as { triggers: object[] };
      const off = { ...document, ...more, triggers: document.triggers.map((one) => ({ ...one, ...trigger })) };
      await registerWorkflow(app, call, off as unknown as Json);
      assert.deepEqual((await opened.store.listSchedules({ tenantId: "default" }, { limit: 10 })).items, []);
      await close(opened);
    });
  }
});

describe("schedules over a hostile store", () => {
  /** Twelve hours in steps, with failures and crashes anywhere; then every slot has ended, each in one way. */
  async function story(seed: number): Promise<void> {
    const random = seeded(seed);
    const clock = { now: START };
    let store = openMemoryStore({ random, nowMs: () => clock.now });
    let opened = await open(store, clock);
    await registerWorkflow(opened.host.app, opened.host.call, scheduled({ cron: "*/20 * * * *" }));
    const end = START + 12 * HOUR;
    while (clock.now < end) {
      clock.now += Math.floor(random() * 1.5 * HOUR);
      if (random() < 0.3) store.failNext(random() < 0.5 ? "before" : "after");
      const served = opened.schedules.serveDue().catch(() => undefined);
      if (random() < 0.4) {
        for (let turns = Math.floor(random() * 30); turns > 0; turns -= 1) await Promise.resolve();
        store.crash();
        store = store.reopen();
        opened = await open(store, clock);
      } else await served;
    }
    await opened.schedules.serveDue();
    await check(store, clock.now, seed);
    await close(opened);
  }

  async function check(store: Store, nowMs: number, seed: number): Promise<void> {
    const { scheduleId, nextDueMs } = await only(store);
    const slots = (await store.listSlots(scheduleId, 1_000)).reverse();
    const runs = await runsOf(store);
    const accounted = slots.flatMap(({ scheduledMs, throughMs = scheduledMs }) => {
      const inRange: number[] = [];
      for (let at = scheduledMs; at <= throughMs; at += HOUR / 3) inRange.push(at);
      return inRange;
    });
    const expected: number[] = [];
    for (let at = START + HOUR / 6; at <= nowMs; at += HOUR / 3) expected.push(at);
    assert.deepEqual(accounted, expected, `seed ${seed}: every slot ended once`);
    assert.deepEqual(
      slots.flatMap((slot) => slot.runId ?? []).sort(),
      runs.map((run) => run.start.runId).sort(),
      `seed ${seed}: a run for each slot that says so, and no other`,
    );
    assert.equal(nextDueMs, (expected.at(-1) ?? START + HOUR / 6 - HOUR / 3) + HOUR / 3, `seed ${seed}`);
  }

  it("end every slot exactly once, through failures and crashes (P-11)", async () => {
    for (let seed = 1; seed <= 40; seed += 1) await story(seed);
  });
});

describe("ten thousand schedules due at the same minute", () => {
  it("are all served, and the process does other things in between (H3)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-schedules-"));
    const clock = { now: START };
    const store = await openSqliteStore({ path: join(folder, "store.db"), nowMs: () => clock.now });
    const opened = await open(store, clock);
    const { app, call } = opened.host;
    await registerWorkflow(app, call, scheduled({ cron: "0 0 1 1 *" }));
    const made = Array.from({ length: 10_000 }, (_, at) => ({
      op: "putSchedule" as const,
      schedule: {
        scheduleId: `sch_${String(at).padStart(5, "0")}`,
        tenantId: "default",
        workflowId: "job",
        plan: { kind: "cron" as const, cron: "0 10 * * *", timezone: "Europe/Berlin" },
        catchUp: { mode: "none" as const },
        inputs: {},
        nextDueMs: START + HOUR / 2,
        createdMs: START,
      },
    }));
    await store.commit({ commitId: "cmt_made", guards: [], appends: [], rows: made });
    clock.now = START + HOUR / 2;
    let longestMs = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    // The clock runs on while they are served: late ones are still judged by the minute they were due at.
    const passing = setInterval(() => {
      clock.now += 60_000;
    }, 50);
    await opened.schedules.serveDue();
    clearInterval(beat);
    clearInterval(passing);
    assert.equal(await store.listDueSchedules(START + HOUR / 2, 1).then((rows) => rows.length), 0);
    const outcomes = await Promise.all(made.map(({ schedule }) => store.listSlots(schedule.scheduleId, 2)));
    assert.ok(outcomes.every((slots) => slots.length === 1 && slots[0]?.outcome === "run"));
    assert.ok(longestMs < 500, `the process was blocked for ${Math.round(longestMs)} ms`);
    await close(opened);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
