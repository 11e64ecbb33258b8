// Schedules, slots and dead letters (src/ports/rows/schedules.ts, dead-letters.ts), and the reads that show them.

import assert from "node:assert/strict";
import type { DeadLetterRow } from "#ports/rows/dead-letters.ts";
import type { ScheduleDraft, ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { Store } from "#ports/store.ts";
import {
  anEffect,
  anInterrupt,
  append,
  ask,
  events,
  insertRun,
  type OpenStore,
  putTimer,
  say,
  stores,
  write,
} from "./store-builders.ts";

export function aSchedule(scheduleId: string, parts: Partial<ScheduleDraft> = {}): ScheduleDraft {
  return {
    scheduleId,
    tenantId: "default",
    workflowId: "job",
    plan: { kind: "cron", cron: "0 * * * *", timezone: "UTC" },
    catchUp: { mode: "one" },
    inputs: {},
    nextDueMs: 100,
    createdMs: 1,
    ...parts,
  };
}

const put = (scheduleId: string, parts: Partial<ScheduleDraft> = {}) =>
  ({ op: "putSchedule", schedule: aSchedule(scheduleId, parts) }) as const;
const account = (slot: SlotRow) => ({ op: "accountSlot", slot }) as const;
const aSlot = (scheduledMs: number, parts: Partial<SlotRow> = {}): SlotRow => ({
  scheduleId: "sch_1",
  scheduledMs,
  outcome: "skipped-late",
  atMs: scheduledMs + 1,
  ...parts,
});
const aLetter = (runId: string, parts: Partial<DeadLetterRow> = {}): DeadLetterRow => ({
  runId,
  tenantId: "default",
  workflowId: "job",
  nodeId: "a",
  reason: "Node a failed 3 times.",
  attempts: 3,
  atMs: 10,
  ...parts,
});
const bury = (runId: string, parts: Partial<DeadLetterRow> = {}) =>
  ({ op: "putDeadLetter", letter: aLetter(runId, parts) }) as const;

export function timeContract(open: OpenStore): void {
  scheduleRows(open);
  scheduleLists(open);
  slots(open);
  deadLetters(open);
}

function scheduleRows(open: OpenStore): void {
  const itStores = stores(open);
  const full = aSchedule("sch_1", {
    triggerId: "t",
    principal: "p",
    plan: { kind: "every", everyMs: 5, anchorMs: 2 },
    catchUp: { mode: "within", withinMs: 3 },
    inputs: { deep: { list: [null, true] } },
  });

  itStores("putSchedule keeps every member", async (store) => {
    await write(store, { op: "putSchedule", schedule: full });
    assert.deepEqual(await store.readSchedule("sch_1"), { ...full, state: "active", version: 1 });
    assert.equal(await store.readSchedule("sch_2"), undefined);
  });

  itStores("putSchedule without a next due time has ended", async (store) => {
    const { nextDueMs: _, ...over } = aSchedule("sch_1");
    await write(store, { op: "putSchedule", schedule: over });
    assert.deepEqual(await store.readSchedule("sch_1"), { ...over, state: "ended", version: 1 });
  });

  itStores("putSchedule again takes the place of what stood there, but keeps its age", async (store) => {
    await write(store, { op: "putSchedule", schedule: full });
    await write(store, put("sch_1", { nextDueMs: 7, createdMs: 9 }));
    const expected: ScheduleRow = { ...aSchedule("sch_1", { nextDueMs: 7 }), state: "active", version: 2 };
    assert.deepEqual(await store.readSchedule("sch_1"), expected);
  });

  itStores("putSchedule again keeps a pause", async (store) => {
    await write(store, put("sch_1"));
    await write(store, { op: "moveSchedule", scheduleId: "sch_1", state: "paused", nextDueMs: 100 });
    await write(store, put("sch_1", { nextDueMs: 300 }));
    const { state, nextDueMs, version } = (await store.readSchedule("sch_1")) as ScheduleRow;
    assert.deepEqual({ state, nextDueMs, version }, { state: "paused", nextDueMs: 300, version: 3 });
  });

  itStores(
    "moveSchedule without a next due time ends an active schedule; of none it changes nothing",
    async (store) => {
      await write(store, put("sch_1"), put("sch_2"));
      await write(
        store,
        { op: "moveSchedule", scheduleId: "sch_1", state: "active", nextDueMs: 200 },
        { op: "moveSchedule", scheduleId: "sch_2", state: "active" },
        { op: "moveSchedule", scheduleId: "sch_3", state: "active", nextDueMs: 1 },
      );
      const { items } = await store.listSchedules({ tenantId: "default" }, { limit: 10 });
      assert.deepEqual(
        items.map(({ scheduleId, state, nextDueMs }) => [scheduleId, state, nextDueMs]),
        [
          ["sch_1", "active", 200],
          ["sch_2", "ended", undefined],
        ],
      );
    },
  );

  itStores("deleteTriggerSchedules spares those to keep, those of no trigger and other workflows", async (store) => {
    await write(
      store,
      put("sch_1", { triggerId: "a" }),
      put("sch_2", { triggerId: "b" }),
      put("sch_3"),
      put("sch_4", { triggerId: "a", workflowId: "other" }),
      put("sch_5", { triggerId: "a", tenantId: "other" }),
    );
    await write(store, { op: "deleteTriggerSchedules", tenantId: "default", workflowId: "job", keep: ["sch_2"] });
    const here = await store.listSchedules({ tenantId: "default" }, { limit: 10 });
    assert.deepEqual(
      here.items.map((row) => row.scheduleId),
      ["sch_2", "sch_3", "sch_4"],
    );
    assert.ok(await store.readSchedule("sch_5"));
    await write(store, { op: "deleteSchedule", scheduleId: "sch_3" }, { op: "deleteSchedule", scheduleId: "sch_9" });
    assert.equal(await store.readSchedule("sch_3"), undefined);
  });

  itStores("scheduleVersion holds until the schedule changes, and shows what stands there", async (store) => {
    await write(store, put("sch_1"));
    const guard = { guard: "scheduleVersion", scheduleId: "sch_1", version: 1 } as const;
    assert.equal((await ask(store, guard)).outcome, "committed");
    await write(store, { op: "moveSchedule", scheduleId: "sch_1", state: "active", nextDueMs: 200 });
    const existing = await store.readSchedule("sch_1");
    assert.deepEqual(await ask(store, guard), { outcome: "guard_failed", guard, existing });
    const gone = { ...guard, scheduleId: "sch_9" };
    assert.deepEqual(await ask(store, gone), { outcome: "guard_failed", guard: gone, existing: undefined });
  });
}

function scheduleLists(open: OpenStore): void {
  const itStores = stores(open);

  itStores("listSchedules gives a tenant's by id, on pages of any size", async (store) => {
    const ids = ["sch_3", "sch_1", "sch_4", "sch_2"];
    for (const id of ids) await write(store, put(id, { workflowId: id === "sch_2" ? "other" : "job" }));
    await write(store, put("sch_0", { tenantId: "other" }));
    for (const limit of [1, 2, 3, 9]) {
      assert.deepEqual(await walk(store, { tenantId: "default" }, limit), [...ids].sort());
      const ofJob = await walk(store, { tenantId: "default", workflowId: "job" }, limit);
      assert.deepEqual(ofJob, ["sch_1", "sch_3", "sch_4"]);
    }
    const foreign = await store.listSchedules({ tenantId: "default" }, { limit: 2, cursor: "bm9wZQ" });
    assert.deepEqual(foreign, { items: [], unknownCursor: true });
  });

  itStores("listDueSchedules gives active ones that are due, earliest first, behind a place", async (store) => {
    await write(
      store,
      put("sch_1", { nextDueMs: 30 }),
      put("sch_2", { nextDueMs: 10 }),
      put("sch_3", { nextDueMs: 10 }),
      put("sch_4", { nextDueMs: 31 }),
      put("sch_5", { nextDueMs: 5 }),
      { op: "moveSchedule", scheduleId: "sch_5", state: "paused", nextDueMs: 5 },
    );
    const due = async (limit: number, after?: { nextDueMs: number; scheduleId: string }) =>
      (await store.listDueSchedules(30, limit, after)).map((row) => row.scheduleId);
    assert.deepEqual(await due(10), ["sch_2", "sch_3", "sch_1"]);
    assert.deepEqual(await due(1), ["sch_2"]);
    assert.deepEqual(await due(10, { nextDueMs: 10, scheduleId: "sch_2" }), ["sch_3", "sch_1"]);
    assert.equal(await store.nextScheduleDueMs(), 10);
  });

  itStores("nextScheduleDueMs is undefined when nothing is to come", async (store) => {
    assert.equal(await store.nextScheduleDueMs(), undefined);
    await write(store, put("sch_1"), { op: "moveSchedule", scheduleId: "sch_1", state: "paused", nextDueMs: 5 });
    assert.equal(await store.nextScheduleDueMs(), undefined);
  });
}

async function walk(store: Store, filter: { tenantId: string; workflowId?: string }, limit: number) {
  const all: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listSchedules(filter, { limit, ...(cursor !== undefined && { cursor }) });
    all.push(...page.items.map((row) => row.scheduleId));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return all;
}

function slots(open: OpenStore): void {
  const itStores = stores(open);

  itStores("accountSlot keeps every member; a slot that has a row keeps it", async (store) => {
    const ran = aSlot(1, { outcome: "run", runId: "run_1", isCatchUp: true });
    const failed = aSlot(2, { outcome: "failed", error: { code: "not_found", message: "no" } });
    const many = aSlot(3, { throughMs: 9, count: 7, countIsFloor: true });
    await write(store, account(ran), account(failed), account(many), account({ ...aSlot(1), scheduleId: "sch_2" }));
    await write(store, account(aSlot(2)));
    assert.deepEqual(await store.listSlots("sch_1", 10), [many, failed, ran]);
    assert.deepEqual(await store.listSlots("sch_1", 1), [many]);
  });

  itStores("slotAbsent holds until the slot is accounted for", async (store) => {
    const guard = { guard: "slotAbsent", scheduleId: "sch_1", scheduledMs: 1 } as const;
    assert.equal((await ask(store, guard)).outcome, "committed");
    await write(store, account(aSlot(1)));
    assert.deepEqual(await ask(store, guard), { outcome: "guard_failed", guard, existing: aSlot(1) });
  });

  itStores("pruneSlots deletes the oldest, up to its limit", async (store) => {
    await write(store, account(aSlot(1)), account(aSlot(2)), account(aSlot(3)), account(aSlot(9)));
    assert.equal(await store.pruneSlots(5, 2), 2);
    assert.equal(await store.pruneSlots(5, 2), 1);
    assert.deepEqual(await store.listSlots("sch_1", 10), [aSlot(9)]);
  });
}

function deadLetters(open: OpenStore): void {
  const itStores = stores(open);

  itStores("putDeadLetter keeps every member, and a list gives the newest first", async (store) => {
    await write(
      store,
      bury("run_1", { atMs: 10 }),
      bury("run_3", { atMs: 20 }),
      bury("run_2", { atMs: 20 }),
      bury("run_4", { tenantId: "other" }),
    );
    assert.deepEqual(await store.readDeadLetter("run_1"), aLetter("run_1"));
    assert.equal(await store.readDeadLetter("run_9"), undefined);
    for (const limit of [1, 2, 9]) {
      const all: string[] = [];
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await store.listDeadLetters("default", { limit, ...(cursor !== undefined && { cursor }) });
        all.push(...page.items.map((row) => row.runId));
        cursor = page.nextCursor;
      }
      assert.deepEqual(all, ["run_3", "run_2", "run_1"]);
    }
    assert.deepEqual(await store.listDeadLetters("default", { limit: 2, cursor: "bm9wZQ" }), {
      items: [],
      unknownCursor: true,
    });
  });

  itStores("listExpiredDeadLetters gives the oldest, over all tenants", async (store) => {
    await write(store, bury("run_1", { atMs: 9 }), bury("run_2", { atMs: 10 }), bury("run_3", { atMs: 8 }));
    assert.deepEqual(await store.listExpiredDeadLetters(10, 10), ["run_3", "run_1"]);
    assert.deepEqual(await store.listExpiredDeadLetters(10, 1), ["run_3"]);
  });

  itStores("purgeRun leaves nothing of a run, and everything of the others", async (store) => {
    for (const runId of ["run_1", "run_2"]) {
      await write(
        store,
        insertRun(runId, { status: "failed", start: { tags: ["x"] } }),
        bury(runId),
        putTimer({ runId, dueMs: 1 }),
        { op: "putEffect", effect: anEffect(`eff_${runId}`, { runId, state: "done" }) },
        { op: "putInterrupt", interrupt: anInterrupt(`int_${runId}`, { runId, status: "resolved" }) },
        { op: "putContent", contentId: `c_${runId}`, runId, sha256: "0", body: "text" },
      );
      await append(store, events(runId, 0, 3));
    }
    await write(store, { op: "purgeRun", runId: "run_1" }, { op: "purgeRun", runId: "run_9" });
    const left = async (runId: string) => [
      (await store.readRun(runId))?.start.runId,
      (await store.readDeadLetter(runId))?.runId,
      (await store.readEffect(`eff_${runId}`))?.runId,
      (await store.readInterrupt(`int_${runId}`))?.runId,
      await store.readContent(`c_${runId}`),
      (await store.readLog(runId, 0)).length,
      (await store.listTimers(10)).filter((timer) => timer.runId === runId).length,
    ];
    assert.deepEqual(await left("run_1"), [undefined, undefined, undefined, undefined, undefined, 0, 0]);
    assert.deepEqual(await left("run_2"), ["run_2", "run_2", "run_2", "run_2", "text", 1, 1]);
    const tagged = await store.listRuns({ tenantId: "default", tag: "x" }, { limit: 10 });
    assert.deepEqual(
      tagged.items.map((run) => run.start.runId),
      ["run_2"],
    );
  });

  itStores("purgeRun leaves the messages of a thread with their texts", async (store) => {
    const turn = { threadId: "t", messageId: "m1" };
    await write(
      store,
      insertRun("run_1", { status: "failed", start: { turn } }),
      ...say("m1", "hello", { runId: "run_1" }),
    );
    await write(store, { op: "purgeRun", runId: "run_1" });
    const [message] = await store.readMessages("default", "t", { limit: 10, newest: true });
    assert.equal(message?.messageId, "m1");
    assert.equal(message?.text, "hello");
  });
}
