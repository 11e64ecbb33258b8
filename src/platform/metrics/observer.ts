// The observer: hears of every commit and hands on what its events add to the metrics and the log records. Nothing of it
// exists while both are off.
//
//   O1. Entries of runs are bounded. A run whose entry is gone (a restart, or the bound) is read again from its log, and
//       what it did before counts nothing then.
//   O2. A run never waits for it.

import type { Logger } from "#ports/logger.ts";
import type { RunStart } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { eventPages } from "../run-log.ts";
import { type Measurement, measure, type TrackedRun, trackedRun } from "./measurements.ts";

export interface MeasurementSink {
  runCreated(start: RunStart): void;
  measured(runId: string, run: TrackedRun, measurement: Measurement): void;
}

interface Entry {
  run: TrackedRun | undefined;
  /** Lines that came while the run is read from its log. */
  waiting: string[];
}

const MAX_TRACKED_RUNS = 10_000;
const PAGE = 1_000;

export class Observer {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #sinks: readonly MeasurementSink[];
  /** The one heard of last stands last. */
  readonly #entries = new Map<string, Entry>();

  constructor(store: Store, logger: Logger, sinks: readonly MeasurementSink[]) {
    this.#store = store;
    this.#logger = logger;
    this.#sinks = sinks;
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op !== "insertRun") continue;
      const { start } = row.run;
      this.#keep(start.runId, { run: trackedRun(start), waiting: [] });
      for (const sink of this.#sinks) sink.runCreated(start);
    }
    for (const { stream, expectedSequence, lines } of committed.appends) this.#hear(stream, expectedSequence, lines);
  }

  #hear(runId: string, fromSequence: number, lines: readonly string[]): void {
    const entry = this.#entries.get(runId) ?? { run: undefined, waiting: [] };
    const isNew = !this.#entries.has(runId);
    this.#keep(runId, entry);
    if (entry.run) return this.#take(runId, entry.run, lines);
    entry.waiting.push(...lines);
    if (isNew) void this.#readAgain(runId, entry, fromSequence);
  }

  async #readAgain(runId: string, entry: Entry, beforeSequence: number): Promise<void> {
    try {
      const row = await this.#store.readRun(runId);
      if (!row) return void this.#entries.delete(runId);
      const run = trackedRun(row.start);
      for await (const page of eventPages(this.#store, runId, { from: 0, through: beforeSequence - 1 }, PAGE)) {
        for (const event of page) measure(run, event);
      }
      entry.run = run;
      this.#take(runId, run, entry.waiting.splice(0));
    } catch (error) {
      this.#entries.delete(runId);
      this.#logger.warn({ error, runId }, "the measurements of a run could not be made");
    }
  }

  #take(runId: string, run: TrackedRun, lines: readonly string[]): void {
    for (const line of lines) {
      for (const measurement of measure(run, JSON.parse(line) as RunEvent)) {
        for (const sink of this.#sinks) sink.measured(runId, run, measurement);
        if (measurement.of === "run.completed") this.#entries.delete(runId);
      }
    }
  }

  #keep(runId: string, entry: Entry): void {
    this.#entries.delete(runId);
    this.#entries.set(runId, entry);
    if (this.#entries.size <= MAX_TRACKED_RUNS) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
