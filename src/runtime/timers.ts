// Timers: wakes runs when their durable timers are due. One alarm for the earliest row; no polling.
//
//   M1. A timer row ends in the same commit as the decision it caused.
//   M2. A timer that no longer means anything is removed, and changes nothing.

import { Alarm } from "#platform/alarm.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { TimerRow } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { Runs } from "./runs.ts";
import type { StopPoint } from "./stop-points.ts";

const PAGE = 100;
const RETRY_MS = 500;
/** A timer that fails stays due: it must not be tried without a pause. */
const FAILED_RETRY_MS = 5_000;

export interface TimersDeps {
  store: Store;
  runs: Runs;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  stopPoint: StopPoint;
}

export class Timers {
  readonly #deps: TimersDeps;
  readonly #alarm: Alarm;
  #firing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: TimersDeps) {
    this.#deps = deps;
    this.#alarm = new Alarm(deps.clock, () => this.#wake());
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "putTimer") this.#alarm.setFor(row.timer.dueMs);
      // What was held may be due long since.
      if (row.op === "releaseTimers") this.#alarm.setFor(this.#deps.clock.nowMs());
    }
  }

  /** Sets the alarm for the earliest row. */
  async start(): Promise<void> {
    const dueMs = await this.#deps.store.nextTimerDueMs();
    if (dueMs !== undefined) this.#alarm.setFor(dueMs);
  }

  #wake(): void {
    this.#firing = this.#firing
      .then(() => this.#fireDue())
      .catch((error) => {
        this.#deps.logger.error({ error }, "due timers could not be fired");
        this.#alarm.setFor(this.#deps.clock.nowMs() + RETRY_MS);
      });
  }

  async #fireDue(): Promise<void> {
    for (;;) {
      if (this.#stopped) return;
      const due = await this.#deps.store.listDueTimers(this.#deps.clock.nowMs(), PAGE);
      if (due.length > 0) this.#deps.stopPoint("timer.due");
      const fired = await Promise.allSettled(due.map((timer) => this.#fire(timer)));
      const failed = fired.find((outcome) => outcome.status === "rejected");
      if (failed) {
        this.#deps.logger.error({ error: failed.reason }, "a due timer could not be fired");
        return this.#alarm.setFor(this.#deps.clock.nowMs() + FAILED_RETRY_MS);
      }
      if (due.length < PAGE) break;
    }
    await this.start();
  }

  async #fire(timer: TimerRow): Promise<void> {
    const { runId, purpose, nodeId, attempt } = timer;
    const row = { op: "deleteTimer", runId, purpose, nodeId } as const;
    const outcome = await this.#deps.runs.dispatch(runId, ({ state }) => ({
      command: { type: "fireTimer", purpose, nodeId, attempt },
      // Paused since it was read as due: the row is held, and fires after the run has gone on.
      ...(state.phase !== "paused" && { extras: () => ({ rows: [row] }) }),
    }));
    if (outcome.outcome !== "no_run") return;
    // A timer of nothing would be due for ever.
    const commitId = this.#deps.ids.next("cmt");
    await this.#deps.store.commit({ commitId, guards: [], appends: [], rows: [row] });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.stop();
    await this.#firing;
  }
}
