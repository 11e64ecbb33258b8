// Looking after webhooks: what became of deliveries, pause and resume, and dead letters delivered again.

import { goodHealth } from "#delivery/webhooks/health.ts";
import type { WebhookAttempt, WebhookChange, WebhookState } from "#ports/rows/webhooks.ts";
import type { RowOp } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { ChangeSubscription, RedriveWebhook, WebhookRedriven } from "#protocol/webhooks.ts";
import type { Call } from "./call.ts";
import { listBody } from "./pages.ts";
import { type Answer, answer, commitWithReceipt, underReceipt } from "./receipts.ts";
import { changeOf, deliveryOf, subscriptionOf } from "./webhook-views.ts";
import { visibleWebhook, type WebhookDeps } from "./webhooks.ts";

export async function listSubscriptions({ app }: WebhookDeps, call: Call): Promise<JsonObject> {
  const webhooks = await app.store.listWebhooks(call.principal.tenantId);
  return { subscriptions: webhooks.map(subscriptionOf) as unknown as JsonObject[] };
}

/** Attempts shown with a subscription; the list of deliveries has them all. */
const SHOWN_DELIVERIES = 100;

export async function readSubscription(deps: WebhookDeps, call: Call, subscriptionId: string): Promise<JsonObject> {
  const webhook = await visibleSubscription(deps, call, subscriptionId);
  const filter = { webhookId: webhook.webhookId, what: "deliveries" } as const;
  const { items } = await deps.app.store.listWebhookRecords(filter, { limit: SHOWN_DELIVERIES });
  const deliveries = items.map((record) => deliveryOf(record as WebhookAttempt));
  return { subscription: subscriptionOf(webhook), deliveries } as unknown as JsonObject;
}

/** As {@link visibleWebhook}, with the code of this resource (triggers-channels.md A6). */
async function visibleSubscription(deps: WebhookDeps, call: Call, subscriptionId: string) {
  const webhook = await deps.app.store.readWebhook(subscriptionId);
  if (webhook?.tenantId === call.principal.tenantId) return webhook;
  throw new ParleyError("not_found", { subscriptionId }, { message: "There is no such subscription." });
}

/**
 * Pauses or resumes. A resume also takes a failed or dead-lettered subscription back, with a clean health. Errors:
 * `conflict` for a pause of what is not active.
 */
export function changeSubscription(
  deps: WebhookDeps,
  call: Call,
  subscriptionId: string,
  { state }: ChangeSubscription,
): Promise<Answer> {
  return underReceipt(deps.app, call, async () => {
    const before = await visibleSubscription(deps, call, subscriptionId);
    if (state === "paused" && before.state !== "active" && before.state !== "paused") {
      const message = "Only an active subscription can be paused.";
      throw new ParleyError("conflict", { subscriptionId, state: before.state }, { message });
    }
    const changed = answer(200, { subscription: { ...subscriptionOf(before), state } });
    const rows = before.state === state ? [] : [changeTo(deps, subscriptionId, state, before.state)];
    await commitWithReceipt(deps.app, call, changed, { rows });
    return changed;
  });
}

function changeTo(
  { app }: WebhookDeps,
  webhookId: string,
  to: "active" | "paused",
  from: WebhookState,
): Extract<RowOp, { op: "changeWebhook" }> {
  const change = { op: "changeWebhook", webhookId, from: [from], to } as const;
  const made = { ...change, recordId: app.ids.next("dlv"), atMs: app.clock.nowMs() };
  return to === "paused"
    ? { ...made, from: [from], reason: "operator-paused" }
    : { ...made, from: [from], health: goodHealth };
}

export async function listDeliveries(
  deps: WebhookDeps,
  call: Call,
  webhookId: string,
  what: "deliveries" | "dead-letters",
  page: { limit: number; cursor?: string },
): Promise<JsonObject> {
  await visibleWebhook(deps, call, webhookId);
  const records = await deps.app.store.listWebhookRecords({ webhookId, what }, page);
  return listBody("deliveries", records, (record) => deliveryOf(record as WebhookAttempt) as unknown as JsonObject);
}

export async function listChanges(
  deps: WebhookDeps,
  call: Call,
  webhookId: string,
  page: { limit: number; cursor?: string },
): Promise<JsonObject> {
  await visibleWebhook(deps, call, webhookId);
  const records = await deps.app.store.listWebhookRecords({ webhookId, what: "changes" }, page);
  return listBody("changes", records, (record) => changeOf(record as WebhookChange));
}

/** Dead letters that one request takes. */
const MAX_REDRIVEN = 100;

/**
 * Delivers dead letters again, each as a new delivery of the same event, and makes the webhook active. `not_found` when
 * the delivery that is named is no dead letter, or was delivered again already.
 */
export function redriveWebhook(
  deps: WebhookDeps,
  call: Call,
  webhookId: string,
  { deliveryId }: RedriveWebhook,
): Promise<Answer> {
  const { app } = deps;
  return underReceipt(app, call, async () => {
    const webhook = await visibleWebhook(deps, call, webhookId);
    const wanted =
      deliveryId === undefined ? await someDeadLetters(deps, webhookId) : await one(deps, webhookId, deliveryId);
    const atMs = app.clock.nowMs();
    const rows = wanted.letters.map(({ recordId }): RowOp => {
      return { op: "redriveWebhook", webhookId, recordId, deliveryId: app.ids.next("dlv"), atMs };
    });
    if (webhook.state !== "active") rows.push(changeTo(deps, webhookId, "active", webhook.state));
    const { remaining } = wanted;
    const body: WebhookRedriven = { webhookId, state: "active", redriven: wanted.letters.length, remaining };
    const redriven = answer(200, body);
    await commitWithReceipt(app, call, redriven, { rows });
    return redriven;
  });
}

interface Letters {
  letters: WebhookAttempt[];
  remaining: boolean;
}

async function someDeadLetters({ app }: WebhookDeps, webhookId: string): Promise<Letters> {
  const page = await app.store.listWebhookRecords({ webhookId, what: "dead-letters" }, { limit: MAX_REDRIVEN });
  return { letters: page.items as WebhookAttempt[], remaining: page.nextCursor !== undefined };
}

async function one({ app }: WebhookDeps, webhookId: string, deliveryId: string): Promise<Letters> {
  let cursor: string | undefined;
  do {
    const page = { limit: MAX_REDRIVEN, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await app.store.listWebhookRecords({ webhookId, what: "dead-letters" }, page);
    const found = (items as WebhookAttempt[]).find((letter) => letter.deliveryId === deliveryId);
    if (found) return { letters: [found], remaining: false };
    cursor = nextCursor;
  } while (cursor !== undefined);
  throw new ParleyError("not_found", { webhookId, deliveryId }, { message: "There is no such dead letter." });
}
