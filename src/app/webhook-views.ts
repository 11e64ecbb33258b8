// Webhooks as the wire shows them. No view holds a secret.

import type { WebhookAttempt, WebhookChange, WebhookRow } from "#ports/rows/webhooks.ts";
import type { JsonObject } from "#protocol/json.ts";
import { SIGNATURE_ALGORITHM } from "#protocol/webhook-signature.ts";
import {
  type ListedWebhook,
  RETRY_POLICY,
  type TriggerSubscription,
  type WebhookDelivery,
} from "#protocol/webhooks.ts";
import { DEAD_LETTER_RETENTION_MS } from "./dead-letters.ts";
import { isoTime } from "./times.ts";

export function listedWebhook(row: WebhookRow): ListedWebhook {
  return {
    webhookId: row.webhookId,
    url: row.url,
    events: row.events,
    ...(row.tags.length > 0 && { tags: row.tags }),
    tenantId: row.tenantId,
    createdAt: isoTime(row.createdMs),
    algorithm: SIGNATURE_ALGORITHM,
    secretFingerprint: row.secretFingerprint,
    state: row.state,
    ...(row.reason !== undefined && { reason: row.reason }),
  };
}

export function subscriptionOf(row: WebhookRow): TriggerSubscription {
  return {
    subscriptionId: row.webhookId,
    source: "webhook",
    state: row.state,
    dedupEnabled: true,
    retryPolicy: RETRY_POLICY,
    webhookId: row.webhookId,
    secretFingerprint: row.keyedFingerprint,
  };
}

export function deliveryOf(record: WebhookAttempt): WebhookDelivery {
  return {
    deliveryId: record.deliveryId,
    subscriptionId: record.webhookId,
    dedupKey: record.dedupKey,
    attempt: record.attempt,
    outcome: record.outcome,
    runId: record.runId,
    eventId: record.eventId,
    eventType: record.eventType,
    sequence: record.sequence,
    at: isoTime(record.atMs),
    ...(record.status !== undefined && { status: record.status }),
    ...(record.error !== undefined && { error: record.error }),
    ...(record.redrivenMs !== undefined && { redrivenAt: isoTime(record.redrivenMs) }),
    ...(record.outcome === "dead-lettered" && {
      expiresAt: isoTime(record.atMs + DEAD_LETTER_RETENTION_MS),
    }),
  };
}

/** The payload of `trigger.subscription.state.changed`, and when. */
export function changeOf({ webhookId, fromState, toState, reason, atMs }: WebhookChange): JsonObject {
  const why = reason === undefined ? {} : { reason };
  return { subscriptionId: webhookId, source: "webhook", fromState, toState, ...why, at: isoTime(atMs) };
}
