// The one hand-over: takes outbox rows in order per destination, gives each to its carrier, records the outcome.
//
//   W1. A row is durably `sending` before its carrier may do I/O, unless a repetition is harmless.
//   W2. Rows of one destination are handed over one after the other, in id order; destinations do not wait for each other.
//   W3. Woken by commits and by the earliest due row; nothing is polled.

import { Alarm } from "#platform/alarm.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { OutboxKind, OutboxRow } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import { afterCrash, type DeliveryResult, type NextState, nextState } from "./policy.ts";

/** Carries one kind of outbox row. Calls for one destination never overlap. Never retries by itself. */
export interface Carrier {
  readonly kind: OutboxKind;
  carry(row: OutboxRow, signal: AbortSignal): Promise<DeliveryResult>;
}

export interface DeliveryDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  carriers: readonly Carrier[];
  random: () => number;
  stopPoint: (name: "outbox.claimed" | "outbox.handed-over") => void;
}

const PAGE = 100;
/** Destinations served at the same time. */
const MAX_CONCURRENT = 256;
const ATTEMPT_DEADLINE_MS = 30_000;
const RETRY_MS = 500;

export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #carriers: Map<OutboxKind, Carrier>;
  /** Destinations being served. */
  readonly #busy = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #alarm: Alarm;
  #scan: Promise<void> = Promise.resolve();
  #scanWanted = false;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
    this.#alarm = new Alarm(deps.clock, () => this.#scanSoon());
    this.#carriers = new Map(deps.carriers.map((carrier) => [carrier.kind, carrier]));
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "putOutbox" && row.row.state === "queued") this.#wakeAt(row.row.dueMs);
    }
  }

  start(): void {
    this.#wakeAt(0);
  }

  #wakeAt(dueMs: number): void {
    if (dueMs <= this.#deps.clock.nowMs()) this.#scanSoon();
    else this.#alarm.setFor(dueMs);
  }

  /** Looks for due rows; a wish that comes while a look is under way causes one more look after it. */
  #scanSoon(): void {
    if (this.#scanWanted || this.#abort.signal.aborted) return;
    this.#scanWanted = true;
    this.#scan = this.#scan
      .then(() => this.#scanDue())
      .catch((error) => {
        this.#deps.logger.error({ error }, "the outbox could not be read");
        this.#wakeAt(this.#deps.clock.nowMs() + RETRY_MS);
      });
  }

  async #scanDue(): Promise<void> {
    this.#scanWanted = false;
    if (this.#abort.signal.aborted) return;
    // Rows under way are listed too: room for as many others.
    const due = await this.#deps.store.listDueOutbox(this.#deps.clock.nowMs(), PAGE + this.#busy.size);
    for (const row of due) this.#serve(row);
    const nextMs = await this.#deps.store.nextOutboxDueMs();
    if (nextMs !== undefined && nextMs > this.#deps.clock.nowMs()) this.#wakeAt(nextMs);
  }

  #serve(row: OutboxRow): void {
    if (this.#busy.has(row.destination) || this.#busy.size >= MAX_CONCURRENT || this.#abort.signal.aborted) return;
    const done = this.#handOver(row)
      .catch((error) => {
        this.#deps.logger.error({ error, outboxId: row.outboxId }, "a row could not be handed over");
        return new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS));
      })
      .finally(() => {
        this.#busy.delete(row.destination);
        // The next row of this destination becomes visible only now.
        this.#scanSoon();
      });
    this.#busy.set(row.destination, done);
  }

  async #handOver(row: OutboxRow): Promise<void> {
    const { clock, random } = this.#deps;
    if (row.state === "sending") return this.#record(row, afterCrash(row, clock.nowMs()));
    if (!row.repeatable) await this.#claim(row);
    this.#deps.stopPoint("outbox.claimed");
    const carrier = this.#carriers.get(row.kind);
    const result: DeliveryResult = carrier
      ? await this.#attempt(carrier, row)
      : { outcome: "rejected", reason: `nothing here carries ${row.kind}` };
    this.#deps.stopPoint("outbox.handed-over");
    await this.#record(row, nextState(row, result, clock.nowMs(), random()));
  }

  async #attempt(carrier: Carrier, row: OutboxRow): Promise<DeliveryResult> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ATTEMPT_DEADLINE_MS)]);
    try {
      return await carrier.carry(row, signal);
    } catch (error) {
      return { outcome: "unknown", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #claim(row: OutboxRow): Promise<void> {
    return this.#record(row, { state: "sending", attempts: row.attempts, dueMs: row.dueMs });
  }

  async #record(row: OutboxRow, next: NextState): Promise<void> {
    await this.#deps.store.commit({
      commitId: this.#deps.ids.next("cmt"),
      guards: [{ guard: "outboxState", outboxId: row.outboxId, states: ["queued", "sending"] }],
      appends: [],
      rows: [{ op: "settleOutbox", outboxId: row.outboxId, ...next }],
    });
    if (next.state === "queued") this.#wakeAt(next.dueMs);
  }

  /** Ends attempts in flight; rows keep what is known of them. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the daemon stops"));
    this.#alarm.stop();
    await this.#scan;
    await Promise.allSettled(this.#busy.values());
  }
}
