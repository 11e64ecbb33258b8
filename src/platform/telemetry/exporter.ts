// The exporter: hears of runs that end, reads their logs and posts their spans to a collector.
//
//   X1. A run never waits for it: runs are noted in the listener, everything else happens later.
//   X2. What waits is bounded; what does not fit, or cannot be delivered, is dropped and counted.
//   X3. A collector that is away costs a few requests and one line in the log.

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "#ports/logger.ts";
import type { Committed, Store } from "#ports/store.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import { traceOfRun } from "#protocol/trace.ts";
import { spansOfRun } from "./load-spans.ts";
import { otlpJson } from "./otlp-json.ts";
import { otlpProtobuf } from "./otlp-protobuf.ts";
import { isSampled } from "./sampler.ts";
import type { ExportSettings } from "./settings.ts";
import type { Span } from "./span.ts";

/** `retry`: the collector may take it later. */
export type Posted = "taken" | "retry" | "refused";
export type PostSpans = (body: string | Buffer, contentType: string, signal: AbortSignal) => Promise<Posted>;

export interface ExporterDeps {
  store: Store;
  logger: Logger;
  settings: ExportSettings;
  version: string;
  post: PostSpans;
}

/** What became of the spans since the start. */
export interface ExportCounts {
  exported: number;
  dropped: number;
  /** Runs whose spans wait to be made. */
  waiting: number;
}

export interface Exporter {
  counts(): ExportCounts;
  /** Sends what waits, for at most `deadlineMs`, and ends. */
  stop(deadlineMs: number): Promise<void>;
}

const MAX_WAITING_RUNS = 2_000;
/** A request of about 200 KB. */
const SPANS_PER_REQUEST = 512;
const RETRY_DELAYS_MS = [500, 2_000];

export function startExporter(deps: ExporterDeps): Exporter {
  const worker = new ExportWorker(deps);
  const unsubscribe = deps.store.subscribe((committed) => worker.onCommitted(committed));
  return {
    counts: () => worker.counts(),
    async stop(deadlineMs) {
      unsubscribe();
      await worker.drain(deadlineMs);
    },
  };
}

class ExportWorker {
  readonly #deps: ExporterDeps;
  readonly #waiting: string[] = [];
  readonly #abort = new AbortController();
  #working: Promise<void> | undefined;
  #exported = 0;
  #dropped = 0;

  constructor(deps: ExporterDeps) {
    this.#deps = deps;
  }

  counts(): ExportCounts {
    return { exported: this.#exported, dropped: this.#dropped, waiting: this.#waiting.length };
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "insertRun" && isTerminalStatus(row.run.status)) this.#note(row.run.start.runId);
      if (row.op === "updateRun" && isTerminalStatus(row.patch.status)) this.#note(row.runId);
    }
  }

  #note(runId: string): void {
    if (this.#waiting.length >= MAX_WAITING_RUNS) {
      // How many spans it would have had is not known: it counts as one.
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(runId);
    this.#begin();
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0) this.#begin();
    });
  }

  async #work(): Promise<void> {
    let batch: Span[] = [];
    // Everything of this turn first: whoever committed goes on before we begin.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const runId = this.#waiting.shift();
      if (runId === undefined) break;
      batch.push(...(await this.#spansOf(runId)));
      while (batch.length >= SPANS_PER_REQUEST) {
        await this.#send(batch.slice(0, SPANS_PER_REQUEST));
        batch = batch.slice(SPANS_PER_REQUEST);
      }
      if (this.#waiting.length === 0 && batch.length > 0) {
        await this.#send(batch);
        batch = [];
      }
    }
  }

  async #spansOf(runId: string): Promise<Span[]> {
    const { store, settings, logger } = this.#deps;
    try {
      const row = await store.readRun(runId);
      if (!row || !isSampled(settings.sampler, settings.ratio, traceOfRun(row.start))) return [];
      const { spans, dropped } = await spansOfRun(store, row);
      this.#dropped += dropped;
      return spans;
    } catch (error) {
      this.#dropped += 1;
      logger.warn({ error, runId }, "the spans of a run could not be made");
      return [];
    }
  }

  async #send(spans: readonly Span[]): Promise<void> {
    const { settings, version, post, logger } = this.#deps;
    const resource = { serviceName: settings.serviceName, serviceVersion: version };
    const isJson = settings.protocol === "http/json";
    const body = isJson ? otlpJson(resource, spans) : otlpProtobuf(resource, spans);
    const contentType = isJson ? "application/json" : "application/x-protobuf";
    for (const delayMs of [...RETRY_DELAYS_MS, undefined]) {
      const posted = this.#abort.signal.aborted ? "refused" : await post(body, contentType, this.#abort.signal);
      if (posted === "taken") {
        this.#exported += spans.length;
        return;
      }
      if (posted === "refused" || delayMs === undefined) break;
      // Cut short when the time to end is up: the next look refuses.
      await pause(delayMs, undefined, { signal: this.#abort.signal }).catch(() => undefined);
    }
    this.#dropped += spans.length;
    logger.warn({}, "spans were dropped: the collector does not take them");
  }

  async drain(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#dropped += this.#waiting.length;
      this.#waiting.length = 0;
      this.#abort.abort();
    }, deadlineMs);
    await this.#working;
    clearTimeout(timer);
  }
}
