// Schedules, slots and dead letters in the model test: random changes, and what every read says after them.

import fc from "fast-check";
import type { DeadLetterOp } from "#ports/rows/dead-letters.ts";
import type { ScheduleGuard, ScheduleOp, SlotRow } from "#ports/rows/schedules.ts";
import type { Store } from "#ports/store.ts";
import { aSchedule } from "./store-time.ts";

const ids = ["sch_1", "sch_2", "sch_3"] as const;
const runs = ["run_1", "run_2", "run_3", "run_4"] as const;
const tenants = ["default", "other"] as const;
const workflows = ["flow_a", "flow_b"] as const;

const scheduleId = fc.constantFrom(...ids);
const runId = fc.constantFrom(...runs);
const tenantId = fc.constantFrom(...tenants);
const workflowId = fc.constantFrom(...workflows);
const ms = fc.integer({ min: 1, max: 30 });
const nextDue = fc.option(ms, { nil: undefined });

type TimeOp = ScheduleOp | DeadLetterOp;

export const timeArbitraries: { [K in TimeOp["op"]]: fc.Arbitrary<Extract<TimeOp, { op: K }>> } = {
  putSchedule: fc
    .record({ id: scheduleId, workflowId, due: nextDue, ofTrigger: fc.boolean(), createdMs: ms })
    .map(({ id, due, ofTrigger, ...parts }) => {
      const { nextDueMs: _, ...schedule } = aSchedule(id, { ...parts, ...(ofTrigger && { triggerId: "t" }) });
      return { op: "putSchedule", schedule: { ...schedule, ...(due !== undefined && { nextDueMs: due }) } };
    }),
  moveSchedule: fc
    .record({ scheduleId, state: fc.constantFrom("active", "paused"), due: nextDue })
    .map(({ due, ...move }) => ({ op: "moveSchedule", ...move, ...(due !== undefined && { nextDueMs: due }) })),
  deleteSchedule: fc.record({ op: fc.constant("deleteSchedule"), scheduleId }),
  deleteTriggerSchedules: fc.record({
    op: fc.constant("deleteTriggerSchedules"),
    tenantId,
    workflowId,
    keep: fc.subarray([...ids]),
  }),
  accountSlot: fc
    .record({
      scheduleId,
      scheduledMs: ms,
      outcome: fc.constantFrom<SlotRow["outcome"]>("run", "skipped-late", "skipped-paused", "failed"),
      atMs: ms,
    })
    .map((slot) => ({ op: "accountSlot", slot })),
  putDeadLetter: fc.record({ runId, tenantId, atMs: ms }).map((parts) => ({
    op: "putDeadLetter",
    letter: { ...parts, workflowId: "flow_a", nodeId: "a", reason: "r", attempts: 2 },
  })),
  purgeRun: fc.record({ op: fc.constant("purgeRun"), runId }),
};

export const timeGuards: {
  [K in ScheduleGuard["guard"]]: fc.Arbitrary<Extract<ScheduleGuard, { guard: K }>>;
} = {
  scheduleVersion: fc.record({
    guard: fc.constant("scheduleVersion"),
    scheduleId,
    version: fc.integer({ min: 1, max: 4 }),
  }),
  slotAbsent: fc.record({ guard: fc.constant("slotAbsent"), scheduleId, scheduledMs: ms }),
};

/** What every read says. */
export async function timeContents(store: Store): Promise<unknown> {
  return Promise.all([
    ...ids.map((id) => store.readSchedule(id)),
    ...ids.map((id) => store.listSlots(id, 100)),
    ...tenants.flatMap((tenant) => [
      store.listSchedules({ tenantId: tenant }, { limit: 2 }),
      store.listSchedules({ tenantId: tenant, workflowId: "flow_a" }, { limit: 2 }),
      store.listDeadLetters(tenant, { limit: 2 }),
    ]),
    ...runs.map((id) => store.readDeadLetter(id)),
    store.listDueSchedules(15, 2),
    store.nextScheduleDueMs(),
    store.listExpiredDeadLetters(15, 2),
  ]);
}
