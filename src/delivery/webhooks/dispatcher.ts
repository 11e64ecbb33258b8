// The dispatcher: tells subscribers what the log says.
//
//   W1. A delivery is planned by the commit that writes its event; here it is only carried out. What was not recorded as
//       delivered is told again, with the same event id and nonce.
//   W2. Events of one run go to one webhook one after the other, in sequence order. Runs and webhooks do not wait for
//       each other, within bounds; a webhook that fails holds up itself alone.
//   W3. Woken by commits and by the earliest due line; nothing is polled.
//   W4. A webhook that is deleted or not active gets no attempt from that moment on.

import { Alarm } from "#platform/alarm.ts";
import type { WebhookLine } from "#ports/rows/webhooks.ts";
import type { Committed } from "#ports/store.ts";
import type { Subscription } from "./book.ts";
import type { DispatcherDeps } from "./dispatcher-deps.ts";
import { gateOf } from "./health.ts";
import { serveLine } from "./serve.ts";

/** Lines served at the same time, of one webhook and over all. */
const MAX_PER_WEBHOOK = 16;
const MAX_AT_ONCE = 128;
const RETRY_MS = 500;

/** The work under way for one webhook. */
interface Desk {
  busy: Map<string, Promise<void>>;
  looking: Promise<void> | undefined;
  lookAgain: boolean;
  /** For the earliest line that is not due yet. */
  alarm: Alarm;
}

export class WebhookDispatcher {
  readonly #deps: DispatcherDeps;
  readonly #desks = new Map<string, Desk>();
  /** Webhooks that had to wait because too many were being served. */
  readonly #held = new Set<string>();
  readonly #abort = new AbortController();
  #atOnce = 0;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "raiseWebhook" || row.op === "redriveWebhook" || row.op === "changeWebhook") {
        this.#look(row.webhookId);
      } else if (row.op === "deleteWebhook") this.#forget(row.webhookId);
    }
  }

  /** Takes up what an earlier process left. */
  start(): void {
    for (const { row } of this.#deps.book.all) this.#look(row.webhookId);
  }

  /** Ends attempts in flight; they are made again at the next start. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the daemon stops"));
    const desks = [...this.#desks.values()];
    for (const desk of desks) desk.alarm.stop();
    await Promise.allSettled(desks.flatMap((desk) => [desk.looking, ...desk.busy.values()]));
  }

  /** One look at a time per webhook; a wish that comes meanwhile causes one more. */
  #look(webhookId: string): void {
    if (this.#abort.signal.aborted || !this.#deps.book.get(webhookId)) return;
    const desk = this.#desks.get(webhookId) ?? {
      busy: new Map(),
      looking: undefined,
      lookAgain: false,
      alarm: new Alarm(this.#deps.clock, () => this.#look(webhookId)),
    };
    this.#desks.set(webhookId, desk);
    if (desk.looking) {
      desk.lookAgain = true;
      return;
    }
    desk.lookAgain = false;
    desk.looking = this.#serveDue(webhookId, desk)
      .catch((error) => {
        this.#deps.logger.error({ error, webhookId }, "the deliveries of a webhook could not be read");
        desk.alarm.setFor(this.#deps.clock.nowMs() + RETRY_MS);
      })
      .finally(() => {
        desk.looking = undefined;
        if (desk.lookAgain) this.#look(webhookId);
      });
  }

  async #serveDue(webhookId: string, desk: Desk): Promise<void> {
    const { store, clock, book } = this.#deps;
    const subscription = book.get(webhookId);
    if (subscription?.row.state !== "active") return;
    const nowMs = clock.nowMs();
    const gate = gateOf(subscription.row.health, nowMs);
    if (gate.gate === "open") {
      const probe = await store.readWebhookLine({ webhookId, ...gate.probe });
      // A probe that is gone (told, or given up) leaves its place to whoever is next.
      if (probe && probe.dueMs > nowMs) return desk.alarm.setFor(Math.min(probe.dueMs, gate.untilMs));
      if (probe) return this.#serve(subscription, desk, probe, 1);
    }
    const most = gate.gate === "closed" ? MAX_PER_WEBHOOK : 1;
    for (const line of await store.listDueWebhookLines(webhookId, nowMs, most + desk.busy.size)) {
      this.#serve(subscription, desk, line, most);
    }
    const nextMs = await store.nextWebhookDueMs(webhookId, nowMs);
    if (nextMs !== undefined) desk.alarm.setFor(nextMs);
  }

  #serve(subscription: Subscription, desk: Desk, line: WebhookLine, most: number): void {
    const { webhookId } = subscription.row;
    const key = `${line.runId}:${line.redrive}`;
    if (desk.busy.has(key) || desk.busy.size >= most || this.#abort.signal.aborted) return;
    if (this.#atOnce >= MAX_AT_ONCE) {
      this.#held.add(webhookId);
      return;
    }
    this.#atOnce += 1;
    const done = serveLine(this.#deps, subscription, line, this.#abort.signal)
      .catch((error) => {
        this.#deps.logger.error({ error, webhookId, runId: line.runId }, "an attempt could not be recorded");
        return new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS));
      })
      .finally(() => {
        this.#atOnce -= 1;
        desk.busy.delete(key);
        this.#look(webhookId);
        this.#lookAtHeld();
      });
    desk.busy.set(key, done);
  }

  #lookAtHeld(): void {
    const [webhookId] = this.#held;
    if (webhookId === undefined) return;
    this.#held.delete(webhookId);
    this.#look(webhookId);
  }

  #forget(webhookId: string): void {
    this.#desks.get(webhookId)?.alarm.stop();
    this.#held.delete(webhookId);
    this.#desks.delete(webhookId);
  }
}
