// The request of one delivery: body, headers, signature (streams-webhooks.md §4.3-§4.5). Pure.

import type { RunStart } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import { outgoingTrace } from "#protocol/trace.ts";
import { deliveryNonce, SIGNATURE_ALGORITHM, signatureOf } from "#protocol/webhook-signature.ts";

export interface WebhookRequest {
  headers: Record<string, string>;
  body: string;
}

/** `line`: the event as the log holds it, word for word. `nowMs`: the moment of signing. */
export function webhookRequest(
  webhook: { webhookId: string; secret: string },
  start: RunStart,
  { event, line }: { event: RunEvent; line: string },
  { nowMs, version }: { nowMs: number; version: string },
): WebhookRequest {
  const body = bodyOf(start, event, line);
  const timestamp = Math.floor(nowMs / 1000);
  const told: Record<string, string> = {
    "Webhook-Id": webhook.webhookId,
    "Event-Type": event.type,
    Timestamp: String(timestamp),
    Signature: `sha256=${signatureOf(webhook.secret, timestamp, body)}`,
    "Signature-Algorithm": SIGNATURE_ALGORITHM,
  };
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "User-Agent": `openwop-webhook-dispatcher/${version}`,
    "OpenWOP-Delivery-Nonce": deliveryNonce(webhook.webhookId, event.eventId),
    ...outgoingTrace(start),
  };
  for (const [name, value] of Object.entries(told)) {
    headers[`X-openwop-${name}`] = value;
    headers[`OpenWOP-${name}`] = value;
  }
  return { headers, body };
}

/** The event itself, and the members that receivers read without looking into it (§4.4). */
function bodyOf(start: RunStart, event: RunEvent, line: string): string {
  const { runId, type, eventId, sequence, timestamp } = event;
  const workspaceId = start.owner.workspace ?? start.tenantId;
  const members = JSON.stringify({ runId, workspaceId, type, eventId, sequence, timestamp });
  return `${members.slice(0, -1)},"event":${line}}`;
}
