// The book of webhooks: every subscription of the store in memory, so that a commit learns without a read who wants its
// events, and a commit that nobody wants pays for nothing.
//
//   B1. The book follows the store: it is loaded before the first run and changes by committed rows. Health alone runs
//       ahead of them: attempts under way at the same time must count each other.
//   B2. A subscription hears of runs of its own tenant, whatever it asked for.
//   B3. A run that replays another one is told to nobody: what it does was told when it happened (runs.md §14.3).

import type { WebhookHealth, WebhookOp, WebhookRow } from "#ports/rows/webhooks.ts";
import type { RowOp, RunStart } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";

export interface Subscription {
  row: WebhookRow;
  secret: string;
  wanted: ReadonlySet<string>;
}

/** Called with every secret that the book comes to know, and with every one that is worthless from now on. */
export interface SecretWatch {
  add(webhookId: string, secret: string): void;
  remove(secret: string): void;
}

export class WebhookBook {
  readonly #byId = new Map<string, Subscription>();
  readonly #byTenant = new Map<string, Set<Subscription>>();
  readonly #secrets: SecretWatch;

  constructor(secrets: SecretWatch) {
    this.#secrets = secrets;
  }

  async load(store: Store): Promise<void> {
    for (const row of await store.listWebhooks()) {
      const secret = await store.readWebhookSecret(row.webhookId);
      if (secret !== undefined) this.#put(row, secret);
    }
  }

  get(webhookId: string): Subscription | undefined {
    return this.#byId.get(webhookId);
  }

  get all(): Subscription[] {
    return [...this.#byId.values()];
  }

  countOf(tenantId: string): number {
    return this.#byTenant.get(tenantId)?.size ?? 0;
  }

  /** Takes over what was committed; hearing the same rows twice changes nothing. */
  onCommitted(rows: readonly RowOp[]): void {
    for (const row of rows) this.#follow(row as WebhookOp);
  }

  noteHealth(webhookId: string, health: WebhookHealth): void {
    const known = this.#byId.get(webhookId);
    if (known) known.row = { ...known.row, health };
  }

  #follow(op: WebhookOp): void {
    switch (op.op) {
      case "putWebhook":
        return this.#put(op.webhook, op.secret);
      case "deleteWebhook":
        return this.#delete(op.webhookId);
      case "changeWebhook": {
        const known = this.#byId.get(op.webhookId);
        if (!known || !op.from.includes(known.row.state)) return;
        const { reason: _, ...rest } = known.row;
        const because = op.reason === undefined ? {} : { reason: op.reason };
        known.row = { ...rest, state: op.to, ...because, ...(op.health && { health: op.health }) };
        return;
      }
      default:
        return;
    }
  }

  #put(row: WebhookRow, secret: string): void {
    this.#delete(row.webhookId);
    const subscription = { row, secret, wanted: new Set(row.events) };
    this.#byId.set(row.webhookId, subscription);
    const ofTenant = this.#byTenant.get(row.tenantId) ?? new Set();
    this.#byTenant.set(row.tenantId, ofTenant.add(subscription));
    this.#secrets.add(row.webhookId, secret);
  }

  #delete(webhookId: string): void {
    const known = this.#byId.get(webhookId);
    if (!known) return;
    this.#byId.delete(webhookId);
    this.#byTenant.get(known.row.tenantId)?.delete(known);
    this.#secrets.remove(known.secret);
  }

  /** The rows that make the deliveries of these events of a run part of their commit. */
  deliveriesFor(start: RunStart, events: readonly RunEvent[], nowMs: number): RowOp[] {
    const subscriptions = this.#byTenant.get(start.tenantId);
    if (!subscriptions?.size || start.fork?.mode === "replay") return [];
    const rows: RowOp[] = [];
    for (const { row, wanted } of subscriptions) {
      if (row.tags.length > 0 && !row.tags.some((tag) => start.tags.includes(tag))) continue;
      const told = events.filter((event) => wanted.has(event.type));
      const [first] = told;
      const last = told.at(-1);
      if (!first || !last) continue;
      const { webhookId } = row;
      const { runId } = start;
      const span = { firstSequence: first.sequence, lastSequence: last.sequence };
      rows.push({ op: "raiseWebhook", webhookId, runId, ...span, atMs: nowMs });
    }
    return rows;
  }
}
