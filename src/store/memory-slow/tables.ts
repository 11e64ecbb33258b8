// Tables of the store in memory: maps that remember how to undo the changes of the commit under way.

import type { AnnotationRow } from "#ports/rows/annotations.ts";
import type { ClaimOp } from "#ports/rows/claims.ts";
import type { DeadLetterRow } from "#ports/rows/dead-letters.ts";
import type { ScheduleRow, SlotRow } from "#ports/rows/schedules.ts";
import type { WebhookLine, WebhookRecord, WebhookRow } from "#ports/rows/webhooks.ts";
import type {
  ApiKeyRow,
  DedupRow,
  EffectRow,
  InterruptRow,
  MessageRow,
  OutboxRow,
  ReceiptRow,
  RunRow,
  ThreadRow,
  TimerRow,
  WorkflowRow,
} from "#ports/rows.ts";
import type { LogBatch } from "#ports/store.ts";

/** The secret stays with its row, and leaves it by a read of its own. */
export type StoredWebhook = WebhookRow & { secret: string };

export class Table<T> {
  readonly #rows = new Map<string, T>();
  readonly #undo: (() => void)[];

  constructor(undo: (() => void)[]) {
    this.#undo = undo;
  }

  get(...key: (string | number)[]): T | undefined {
    return this.#rows.get(JSON.stringify(key));
  }

  /** Rows are values: a change is a new row. */
  set(row: T, ...key: (string | number)[]): void {
    const name = JSON.stringify(key);
    const before = this.#rows.get(name);
    this.#rows.set(name, row);
    this.#undo.push(() => (before === undefined ? this.#rows.delete(name) : this.#rows.set(name, before)));
  }

  delete(...key: (string | number)[]): void {
    const name = JSON.stringify(key);
    const before = this.#rows.get(name);
    if (before === undefined) return;
    this.#rows.delete(name);
    this.#undo.push(() => this.#rows.set(name, before));
  }

  filter(wanted: (row: T) => boolean): T[] {
    return [...this.#rows.values()].filter(wanted);
  }

  get all(): T[] {
    return [...this.#rows.values()];
  }

  /** As JSON; {@link load} takes it back. */
  dump(): [string, T][] {
    return [...this.#rows];
  }

  load(entries: [string, T][]): void {
    for (const [name, row] of entries) this.#rows.set(name, row);
  }
}

export interface CommitMark {
  commitId: string;
  commitNumber: number;
  atMs: number;
}

/** A run that waits for its thread; `place` grows. */
export interface Waiting {
  place: number;
  tenantId: string;
  threadId: string;
  runId: string;
}

/** Everything durable. */
export class Tables {
  readonly #undo: (() => void)[] = [];
  lastNumber = 0;
  lastPlace = 0;

  readonly commits = this.#table<CommitMark>();
  readonly log = this.#table<readonly LogBatch[]>();
  readonly runs = this.#table<RunRow>();
  readonly definitions = this.#table<string>();
  readonly workflows = this.#table<WorkflowRow>();
  readonly interrupts = this.#table<InterruptRow>();
  readonly effects = this.#table<EffectRow>();
  readonly timers = this.#table<TimerRow>();
  readonly content = this.#table<string>();
  readonly contentOwners = this.#table<{ contentId: string; runId: string }>();
  readonly threads = this.#table<ThreadRow>();
  readonly messages = this.#table<MessageRow & { position: number }>();
  readonly lane = this.#table<Waiting>();
  readonly outbox = this.#table<OutboxRow>();
  readonly dedup = this.#table<DedupRow>();
  readonly receipts = this.#table<ReceiptRow>();
  readonly apiKeys = this.#table<ApiKeyRow>();
  readonly secrets = this.#table<string>();
  readonly runScopes = this.#table<Omit<Extract<ClaimOp, { op: "claimScope" }>, "op">>();
  readonly annotations = this.#table<AnnotationRow>();
  readonly schedules = this.#table<ScheduleRow>();
  readonly slots = this.#table<SlotRow>();
  readonly deadLetters = this.#table<DeadLetterRow>();
  readonly webhooks = this.#table<StoredWebhook>();
  readonly webhookLines = this.#table<WebhookLine>();
  readonly webhookRecords = this.#table<WebhookRecord>();

  #table<T>(): Table<T> {
    return new Table<T>(this.#undo);
  }

  dump(): string {
    const tables = Object.entries(this).map(([name, value]) => [name, value instanceof Table ? value.dump() : value]);
    return JSON.stringify(Object.fromEntries(tables));
  }

  static load(dump: string): Tables {
    const tables = new Tables();
    for (const [name, value] of Object.entries(JSON.parse(dump) as Record<string, unknown>)) {
      const place = tables[name as keyof Tables];
      if (place instanceof Table) place.load(value as [string, never][]);
      else Object.assign(tables, { [name]: value });
    }
    return tables;
  }

  /** All of `change` or, when it throws, nothing. */
  atomically<T>(change: () => T): T {
    this.#undo.length = 0;
    try {
      return change();
    } catch (error) {
      for (const step of this.#undo.reverse()) step();
      throw error;
    }
  }
}
