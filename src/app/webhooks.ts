// Webhooks: register, list, unregister (streams-webhooks.md §4.1, §4.2).

import { createHash, createHmac } from "node:crypto";
import type { WebhookBook } from "#delivery/webhooks/book.ts";
import { goodHealth } from "#delivery/webhooks/health.ts";
import { isInnerHost } from "#platform/addresses.ts";
import type { WebhookRow } from "#ports/rows/webhooks.ts";
import type { RowOp } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { eventTypes, parleyEventTypes } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { RegisterWebhook, WebhookRegistered } from "#protocol/webhooks.ts";
import { type Call, requireTenant } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, commitWithReceipt, noContent, underReceipt } from "./receipts.ts";
import { listedWebhook } from "./webhook-views.ts";

export interface WebhookDeps {
  app: AppDeps;
  book: WebhookBook;
  /** Private addresses and plain http are allowed: a test switch. */
  allowPrivate: boolean;
  /** Keys the fingerprints of subscription records. */
  hostKey: string;
  randomBytes: (size: number) => Buffer;
}

/** Each one costs every commit a little: its secret is looked for in what is written. */
export const MAX_WEBHOOKS_PER_TENANT = 256;

/** 201 with the secret, which is shown this once. The same URL again is another webhook with a secret of its own. */
export function registerWebhook(deps: WebhookDeps, call: Call, body: RegisterWebhook): Promise<Answer> {
  const { app } = deps;
  return underReceipt(app, call, async () => {
    requireTenant(call, body.tenantId);
    if (body.secret !== undefined) {
      const message = "secret: the host makes the secret; leave it out.";
      throw new ParleyError("validation_error", { field: "secret" }, { message });
    }
    const url = callableUrl(body.url, deps.allowPrivate);
    const { tenantId } = call.principal;
    if (deps.book.countOf(tenantId) >= MAX_WEBHOOKS_PER_TENANT) {
      const message = `A tenant can have ${MAX_WEBHOOKS_PER_TENANT} webhooks: remove one first.`;
      throw new ParleyError("conflict", { limit: MAX_WEBHOOKS_PER_TENANT }, { message });
    }
    const secret = deps.randomBytes(32).toString("hex");
    const webhook = webhookOf(deps, tenantId, url.href, body, secret);
    const registered = answer(201, registeredBody(webhook, secret));
    await commitWithReceipt(app, call, registered, { rows: [{ op: "putWebhook", webhook, secret }] });
    app.logger.info(
      { webhookId: webhook.webhookId, secretFingerprint: webhook.secretFingerprint },
      "webhook registered",
    );
    return registered;
  });
}

function webhookOf(
  { app, allowPrivate, hostKey }: WebhookDeps,
  tenantId: string,
  url: string,
  { events, tags = [] }: RegisterWebhook,
  secret: string,
): WebhookRow {
  return {
    webhookId: app.ids.next("wh"),
    tenantId,
    url,
    events: [...new Set(events)],
    tags: [...new Set(tags)],
    secretFingerprint: createHash("sha256").update(secret).digest("hex").slice(0, 8),
    keyedFingerprint: createHmac("sha256", hostKey).update(secret).digest("hex").slice(0, 16),
    privateAllowed: allowPrivate,
    createdMs: app.clock.nowMs(),
    state: "active",
    health: goodHealth,
  };
}

function registeredBody(webhook: WebhookRow, secret: string): WebhookRegistered {
  const unknown = webhook.events.filter((type) => !isKnown(type));
  return {
    ...listedWebhook(webhook),
    subscriptionId: webhook.webhookId,
    secret,
    ...(unknown.length > 0 && { warnings: unknown.map((type) => `This host never writes an event ${type}.`) }),
  };
}

function isKnown(type: string): boolean {
  return Object.hasOwn(eventTypes, type) || (parleyEventTypes as readonly string[]).includes(type);
}

/** The URL, when deliveries may go there. Where its name leads is judged again at each delivery (§4.6). */
function callableUrl(text: string, allowPrivate: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new ParleyError("validation_error", { field: "url" }, { message: "url is not an absolute URL." });
  const isSecure = url.protocol === "https:" || (allowPrivate && url.protocol === "http:");
  if (!isSecure) throw rejected("scheme", "The URL must begin with https://.");
  if (url.username !== "" || url.password !== "") throw rejected("credentials", "The URL must not hold credentials.");
  if (!allowPrivate && isInnerHost(url.hostname)) throw rejected("address", "The URL must lead to a public address.");
  url.hash = "";
  return url;
}

function rejected(reason: string, message: string): ParleyError {
  return new ParleyError("webhook_url_rejected", { field: "url", reason }, { message });
}

export async function listWebhooks({ app }: WebhookDeps, call: Call): Promise<JsonObject> {
  const webhooks = await app.store.listWebhooks(call.principal.tenantId);
  return { webhooks: webhooks.map(listedWebhook) as unknown as JsonObject[] };
}

/** 204; no delivery begins from then on. A foreign tenant is refused before anything is looked up. */
export function unregisterWebhook(
  deps: WebhookDeps,
  call: Call,
  webhookId: string,
  tenantId: string | undefined,
): Promise<Answer> {
  return underReceipt(deps.app, call, async () => {
    requireTenant(call, tenantId);
    const webhook = await visibleWebhook(deps, call, webhookId);
    const removed = noContent();
    await commitWithReceipt(deps.app, call, removed, {
      rows: [{ op: "deleteWebhook", webhookId: webhook.webhookId }],
    });
    return removed;
  });
}

/** A webhook of the caller's tenant. Unknown and foreign look the same. */
export async function visibleWebhook({ app }: WebhookDeps, call: Call, webhookId: string): Promise<WebhookRow> {
  const webhook = await app.store.readWebhook(webhookId);
  if (webhook?.tenantId === call.principal.tenantId) return webhook;
  throw new ParleyError("subscription_not_found", { webhookId });
}

/** Registered while a test switch allowed private addresses, and the switch is off: they go (§4.6). */
export async function purgePrivateWebhooks({ app, book, allowPrivate }: WebhookDeps): Promise<void> {
  if (allowPrivate) return;
  const stale = book.all.filter(({ row }) => row.privateAllowed);
  if (stale.length === 0) return;
  const rows = stale.map(({ row }): RowOp => ({ op: "deleteWebhook", webhookId: row.webhookId }));
  await app.store.commit({ commitId: app.ids.next("cmt"), guards: [], appends: [], rows });
  book.onCommitted(rows);
  app.logger.warn({ webhooks: stale.length }, "webhooks of a test were removed: private addresses are not allowed now");
}
