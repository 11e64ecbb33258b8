// Schedules: starts runs when their time has come. One alarm for the earliest schedule; the rows are not polled.
//
//   H1. What becomes of a slot, the run it starts and the schedule's next due time are one commit: whatever dies in
//       between, a slot ends once, in one run or none.
//   H2. A commit goes through only on the schedule as it was read: a pause, a new version or another look at the same
//       slot makes it void.
//   H3. All schedules due at one moment are judged by that moment, however long the work on them takes, and in bounded
//       portions between which the process does other things.
//   H4. A schedule that cannot be served now stays due and does not hold up the others.

import type { Graph } from "#engine/graph.ts";
import { Alarm } from "#platform/alarm.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { Guard, RowOp, RunStart } from "#ports/rows.ts";
import type { DueKey } from "#ports/store/schedules.ts";
import type { Committed, Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Runs } from "../runs.ts";
import type { StopPoint } from "../stop-points.ts";
import { type DueVerdict, judgeDue, skippedRow } from "./due.ts";

/** The slot that a run is started for. */
export interface FiredSlot {
  scheduledMs: number;
  firedMs: number;
  isCatchUp: boolean;
}

/**
 * The run of a slot. A ParleyError below 500 says that it cannot be started, now or later: the slot has failed. Anything
 * else is trouble of the host: the slot stays due.
 */
export type PrepareRun = (schedule: ScheduleRow, slot: FiredSlot) => Promise<{ start: RunStart; graph: Graph }>;

export interface SchedulesDeps {
  store: Store;
  runs: Runs;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  prepare: PrepareRun;
  stopPoint: StopPoint;
}

/** Schedules served at the same time: their commits share one write to the disk. */
const PORTION = 50;
const RETRY_MS = 5_000;

export class Schedules {
  readonly #deps: SchedulesDeps;
  readonly #alarm: Alarm;
  #serving: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: SchedulesDeps) {
    this.#deps = deps;
    this.#alarm = new Alarm(deps.clock, () => this.#wake());
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "putSchedule" && row.schedule.nextDueMs !== undefined) this.#alarm.setFor(row.schedule.nextDueMs);
      if (row.op === "moveSchedule" && row.state === "active" && row.nextDueMs !== undefined) {
        this.#alarm.setFor(row.nextDueMs);
      }
    }
  }

  /** Sets the alarm for the earliest schedule. */
  async start(): Promise<void> {
    const dueMs = await this.#deps.store.nextScheduleDueMs();
    if (dueMs !== undefined) this.#alarm.setFor(dueMs);
  }

  /** Serves everything that is due now; resolves when it is served. */
  serveDue(): Promise<void> {
    const served = this.#serving.then(() => this.#serveDue());
    this.#serving = served.catch(() => undefined);
    return served;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.stop();
    await this.#serving;
  }

  #wake(): void {
    this.serveDue().catch((error) => {
      this.#deps.logger.error({ error }, "due schedules could not be served");
      this.#alarm.setFor(this.#deps.clock.nowMs() + RETRY_MS);
    });
  }

  async #serveDue(): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const nowMs = clock.nowMs();
    let after: DueKey | undefined;
    let failed = 0;
    for (;;) {
      if (this.#stopped) return;
      const due = await store.listDueSchedules(nowMs, PORTION, after);
      const served = await Promise.allSettled(due.map((schedule) => this.#serve(schedule, nowMs)));
      for (const [at, outcome] of served.entries()) {
        if (outcome.status === "fulfilled") continue;
        failed += 1;
        logger.error({ error: outcome.reason, scheduleId: due[at]?.scheduleId }, "a due schedule could not be served");
      }
      const last = due.at(-1);
      if (last === undefined || due.length < PORTION) break;
      after = { nextDueMs: last.nextDueMs as number, scheduleId: last.scheduleId };
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (failed > 0) this.#alarm.setFor(clock.nowMs() + RETRY_MS);
    else await this.start();
  }

  async #serve(schedule: ScheduleRow, nowMs: number): Promise<void> {
    const verdict = judgeDue(schedule, nowMs);
    const rows = rowsOf(schedule, verdict, nowMs);
    if (!verdict.fire) return this.#commit(schedule, rows);
    const slot: FiredSlot = { ...verdict.fire, firedMs: nowMs };
    const prepared = await this.#prepare(schedule, slot);
    this.#deps.stopPoint("schedule.due");
    const row = slotRow(schedule, slot, prepared);
    const slotRows: RowOp[] = [...rows, { op: "accountSlot", slot: row }];
    if ("error" in prepared) return this.#commit(schedule, slotRows, row);
    const { start, graph } = prepared;
    const outcome = await this.#deps.runs.create(start, graph, true, {
      guards: guardsOf(schedule, row),
      rows: slotRows,
    });
    if (outcome.outcome === "guard_failed") await this.#moveOn(schedule, outcome.guard, rows);
  }

  async #prepare(schedule: ScheduleRow, slot: FiredSlot): Promise<Awaited<ReturnType<PrepareRun>> | Refused> {
    try {
      return await this.#deps.prepare(schedule, slot);
    } catch (error) {
      if (error instanceof ParleyError && (error.status < 500 || error.code === "capability_not_provided")) {
        return { error };
      }
      throw error;
    }
  }

  async #commit(schedule: ScheduleRow, rows: RowOp[], slot?: SlotRow): Promise<void> {
    const { store, ids } = this.#deps;
    const outcome = await store.commit({
      commitId: ids.next("cmt"),
      guards: guardsOf(schedule, slot),
      appends: [],
      rows,
    });
    if (outcome.outcome === "guard_failed" && slot) {
      await this.#moveOn(
        schedule,
        outcome.guard,
        rows.filter((row) => row.op !== "accountSlot" || row.slot !== slot),
      );
    }
  }

  /** The slot was accounted for before (the clock was set back, and the schedule made anew): only the next one counts. */
  async #moveOn(schedule: ScheduleRow, failed: Guard, rows: RowOp[]): Promise<void> {
    if (failed.guard === "slotAbsent") await this.#commit(schedule, rows);
  }
}

/** Why there will be no run. */
interface Refused {
  error: ParleyError;
}

function guardsOf(schedule: ScheduleRow, slot: SlotRow | undefined): Guard[] {
  const { scheduleId, version } = schedule;
  const unchanged: Guard = { guard: "scheduleVersion", scheduleId, version };
  return slot ? [unchanged, { guard: "slotAbsent", scheduleId, scheduledMs: slot.scheduledMs }] : [unchanged];
}

/** What a verdict means for the rows, besides the slot that fires. */
function rowsOf({ scheduleId }: ScheduleRow, { skipped, nextDueMs }: DueVerdict, atMs: number): RowOp[] {
  return [
    { op: "moveSchedule", scheduleId, state: "active", ...(nextDueMs !== undefined && { nextDueMs }) },
    ...(skipped ? [{ op: "accountSlot", slot: skippedRow(scheduleId, skipped, "skipped-late", atMs) } as const] : []),
  ];
}

function slotRow({ scheduleId }: ScheduleRow, slot: FiredSlot, prepared: { start: RunStart } | Refused): SlotRow {
  const { scheduledMs, firedMs: atMs, isCatchUp } = slot;
  const common = { scheduleId, scheduledMs, atMs, ...(isCatchUp && { isCatchUp: true as const }) };
  if ("start" in prepared) return { ...common, outcome: "run", runId: prepared.start.runId };
  const { code, message } = prepared.error;
  return { ...common, outcome: "failed", error: { code, message } };
}
