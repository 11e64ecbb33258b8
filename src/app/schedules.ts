// Schedules as people use them: list, look, make, pause, resume, run now, remove.

import type { CatchUp, ScheduleDraft, SchedulePlan, ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { Guard, RowOp } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import { skippedRow, skippedUntil } from "#runtime/schedules/due.ts";
import { nextDueOf } from "#runtime/schedules/plan.ts";
import { readSpec } from "#runtime/schedules/spec.ts";
import type { Call } from "./call.ts";
import { createdBody } from "./create-run.ts";
import { offeredGraph } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { listBody } from "./pages.ts";
import {
  type Answer,
  answer,
  commitWithReceipt,
  noContent,
  receiptOps,
  throwIfReceiptTaken,
  underReceipt,
} from "./receipts.ts";
import { checkScheduledInputs, prepareScheduledRun } from "./scheduled-run.ts";
import { isoTime } from "./times.ts";

const SHOWN_SLOTS = 50;

export async function listSchedules(
  deps: AppDeps,
  call: Call,
  { workflowId, ...page }: { workflowId?: string; limit: number; cursor?: string },
): Promise<JsonObject> {
  const { tenantId } = call.principal;
  const filter = { tenantId, ...(workflowId !== undefined && { workflowId }) };
  return listBody("schedules", await deps.store.listSchedules(filter, page), shownSchedule);
}

/** The schedule with its newest slots. Throws `not_found`. */
export async function readSchedule(deps: AppDeps, call: Call, scheduleId: string): Promise<JsonObject> {
  const schedule = await findSchedule(deps, call, scheduleId);
  const slots = await deps.store.listSlots(scheduleId, SHOWN_SLOTS);
  return { ...shownSchedule(schedule), slots: slots.map(shownSlot) };
}

/** 201. Throws `not_found`, `validation_error`, `invalid_timezone`, `schedule_horizon_exceeded`, `capability_required`. */
export function createSchedule(
  deps: AppDeps,
  call: Call,
  { workflowId, ...words }: JsonObject & { workflowId: string },
): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const { tenantId, id: principal } = call.principal;
    const { definition } = await offeredGraph(deps, { tenantId, workflowId });
    const nowMs = deps.clock.nowMs();
    const spec = readSpec(words, "", nowMs);
    checkScheduledInputs(definition, spec, nowMs);
    const scheduleId = deps.ids.next("sch");
    const schedule: ScheduleDraft = { scheduleId, tenantId, workflowId, principal, ...spec, createdMs: nowMs };
    const made = answer(201, shownSchedule({ ...schedule, state: "active", version: 1 }));
    await commitWithReceipt(deps, call, made, { rows: [{ op: "putSchedule", schedule }] });
    return made;
  });
}

/** Slots that come while it is paused are skipped; those that were due before are too. Throws `not_found`, `conflict`. */
export function pauseSchedule(deps: AppDeps, call: Call, scheduleId: string): Promise<Answer> {
  return changeSchedule(deps, call, scheduleId, "paused", ({ nextDueMs }) => ({
    rows: [{ op: "moveSchedule", scheduleId, state: "paused", ...(nextDueMs !== undefined && { nextDueMs }) }],
    next: nextDueMs,
  }));
}

/** Begins afresh: the next slot is the first one from now on (triggers-channels.md A2). Throws `not_found`, `conflict`. */
export function resumeSchedule(deps: AppDeps, call: Call, scheduleId: string): Promise<Answer> {
  return changeSchedule(deps, call, scheduleId, "active", (schedule) => {
    const nowMs = deps.clock.nowMs();
    const next = nextDueOf(schedule.plan)(nowMs);
    const passed = skippedUntil(schedule, nowMs);
    const slot = passed && skippedRow(scheduleId, passed, "skipped-paused", nowMs);
    return {
      rows: [
        { op: "moveSchedule", scheduleId, state: "active", ...(next !== undefined && { nextDueMs: next }) },
        ...(slot ? [{ op: "accountSlot", slot } as const] : []),
      ],
      next,
    };
  });
}

const MAX_ATTEMPTS = 10;

function changeSchedule(
  deps: AppDeps,
  call: Call,
  scheduleId: string,
  to: "active" | "paused",
  change: (schedule: ScheduleRow) => { rows: RowOp[]; next: number | undefined },
): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const schedule = await findSchedule(deps, call, scheduleId);
      if (schedule.state === "ended") {
        const details = { scheduleId, state: "ended" };
        throw new ParleyError("conflict", details, { message: "This schedule has ended: nothing is left to come." });
      }
      const { nextDueMs: _, ...rest } = schedule;
      const { rows, next } = schedule.state === to ? { rows: [], next: schedule.nextDueMs } : change(schedule);
      const state = to === "active" && next === undefined ? "ended" : to;
      const shown = { ...rest, state, ...(next !== undefined && { nextDueMs: next }) } as const;
      const changed = answer(200, shownSchedule(shown));
      const guard: Guard = { guard: "scheduleVersion", scheduleId, version: schedule.version };
      // Otherwise it was changed by somebody else in between.
      if (await commitWithReceipt(deps, call, changed, { guards: [guard], rows })) return changed;
    }
    throw new ParleyError("service_unavailable", { scheduleId, retryAfter: 1 });
  });
}

/** 201 `RunCreated`: a run as the schedule would start it, beside its slots. Throws what creating a run does. */
export function runScheduleNow(deps: AppDeps, call: Call, scheduleId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const schedule = await findSchedule(deps, call, scheduleId);
    const nowMs = deps.clock.nowMs();
    const slot = { scheduledMs: nowMs, firedMs: nowMs, isCatchUp: false };
    const { start, graph } = await prepareScheduledRun(deps)(schedule, slot);
    const created = answer(201, createdBody(start.runId));
    const outcome = await deps.runs.create(start, graph, true, receiptOps(deps, call, created));
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    return created;
  });
}

/** 204. One that stands for a trigger goes with it only. Throws `not_found`, `conflict`. */
export function deleteSchedule(deps: AppDeps, call: Call, scheduleId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const { triggerId, workflowId } = await findSchedule(deps, call, scheduleId);
    if (triggerId !== undefined) {
      const message = `This schedule stands for trigger ${triggerId} of workflow ${workflowId}: switch it off there.`;
      throw new ParleyError("conflict", { scheduleId, workflowId, triggerId }, { message });
    }
    const gone = noContent();
    await commitWithReceipt(deps, call, gone, { rows: [{ op: "deleteSchedule", scheduleId }] });
    return gone;
  });
}

async function findSchedule(deps: AppDeps, call: Call, scheduleId: string): Promise<ScheduleRow> {
  const schedule = await deps.store.readSchedule(scheduleId);
  if (schedule?.tenantId === call.principal.tenantId) return schedule;
  throw new ParleyError("not_found", { scheduleId }, { message: `There is no schedule ${scheduleId}.` });
}

function shownSchedule(schedule: ScheduleRow): JsonObject {
  const { scheduleId, workflowId, triggerId, state, plan, catchUp, inputs, nextDueMs, createdMs } = schedule;
  return {
    scheduleId,
    workflowId,
    ...(triggerId !== undefined && { triggerId }),
    state,
    ...shownPlan(plan),
    catchUp: shownCatchUp(catchUp),
    inputs,
    ...(nextDueMs !== undefined && state === "active" && { nextDueAt: isoTime(nextDueMs) }),
    createdAt: isoTime(createdMs),
  };
}

function shownPlan(plan: SchedulePlan): JsonObject {
  switch (plan.kind) {
    case "cron":
      return { cron: plan.cron, timezone: plan.timezone };
    case "every":
      return { everyMs: plan.everyMs };
    case "at":
      return { at: isoTime(plan.atMs) };
  }
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

function shownCatchUp(catchUp: CatchUp): string {
  if (catchUp.mode !== "within") return catchUp.mode;
  const { withinMs } = catchUp;
  const [unit, unitMs] = UNITS.find(([, size]) => withinMs % size === 0) ?? ["ms", 1];
  return `within ${withinMs / unitMs}${unit}`;
}

function shownSlot(slot: SlotRow): JsonObject {
  const { scheduledMs, atMs, throughMs, outcome, runId, isCatchUp, error, count, countIsFloor } = slot;
  return {
    scheduledAt: isoTime(scheduledMs),
    outcome,
    accountedAt: isoTime(atMs),
    ...(runId !== undefined && { runId }),
    ...(isCatchUp && { isCatchUp }),
    ...(error && { error }),
    ...(throughMs !== undefined && { throughAt: isoTime(throughMs) }),
    ...(count !== undefined && { count }),
    ...(countIsFloor && { countIsFloor }),
  };
}
