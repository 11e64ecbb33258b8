// Settlement: what one attempt at one event means, as rows of one commit. Pure.
//
//   S1. The line moves on only when the event was delivered, or given up and kept as a dead letter.
//   S2. A delivery is attempted 8 times with exponential backoff (triggers-channels.md A3); then it is given up and the
//       subscription waits for its operator, the deliveries behind it with it.

import type { WebhookAttempt, WebhookHealth, WebhookLine } from "#ports/rows/webhooks.ts";
import type { RowOp } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import { deliveryNonce } from "#protocol/webhook-signature.ts";
import { backoffMs, MAX_ATTEMPTS } from "../policy.ts";
import type { Posted } from "../post.ts";
import { afterFailure, afterSuccess, isPastPolicy } from "./health.ts";

export interface AttemptInputs {
  line: WebhookLine;
  event: RunEvent;
  posted: Posted;
  health: WebhookHealth;
  nowMs: number;
  random: number;
  firstRetryMs: number;
  /** Ids of the attempt's record and of a change of state. */
  recordIds: readonly [string, string];
}

export interface Settlement {
  rows: RowOp[];
  health: WebhookHealth;
  outcome: WebhookAttempt["outcome"];
}

export function settle(inputs: AttemptInputs): Settlement {
  const failure = failureOf(inputs.posted);
  return failure === undefined ? delivered(inputs) : failed(inputs, failure);
}

function delivered(inputs: AttemptInputs): Settlement {
  const { line, event, health, nowMs } = inputs;
  const healthAfter = afterSuccess(health);
  const record = recordOf(inputs, "delivered");
  const rows: RowOp[] = [settled(line, event.sequence + 1, 0, nowMs, record)];
  if (healthAfter !== health) {
    rows.push({ op: "noteWebhookHealth", webhookId: line.webhookId, health: healthAfter });
  }
  return { rows, health: healthAfter, outcome: "delivered" };
}

function failed(inputs: AttemptInputs, error: string): Settlement {
  const { line, event, nowMs, random, firstRetryMs } = inputs;
  const { webhookId } = line;
  const health = afterFailure(inputs.health, line, nowMs);
  const attempts = line.attempts + 1;
  const isGivenUp = attempts >= MAX_ATTEMPTS;
  const outcome = isGivenUp ? "dead-lettered" : "retrying";
  const record = { ...recordOf(inputs, outcome), error };
  const rows: RowOp[] = [
    isGivenUp
      ? settled(line, event.sequence + 1, 0, nowMs, record)
      : settled(line, event.sequence, attempts, nowMs + Math.round(backoffMs(attempts, random, firstRetryMs)), record),
    { op: "noteWebhookHealth", webhookId, health },
  ];
  const [, recordId] = inputs.recordIds;
  const change = { op: "changeWebhook" as const, webhookId, from: ["active" as const], recordId, atMs: nowMs };
  if (isGivenUp) rows.push({ ...change, to: "dead-lettered", reason: "retry-exhausted" });
  else if (isPastPolicy(health)) rows.push({ ...change, to: "failed", reason: "backpressure" });
  return { rows, health, outcome };
}

function settled(
  { webhookId, runId, redrive }: WebhookLine,
  nextSequence: number,
  attempts: number,
  dueMs: number,
  record: WebhookAttempt,
): RowOp {
  return { op: "settleWebhook", line: { webhookId, runId, redrive }, nextSequence, attempts, dueMs, record };
}

function recordOf({ line, event, posted, nowMs, recordIds }: AttemptInputs, outcome: WebhookAttempt["outcome"]) {
  const { webhookId, runId } = line;
  const dedupKey = deliveryNonce(webhookId, event.eventId);
  const record: WebhookAttempt = {
    kind: "delivery",
    recordId: recordIds[0],
    webhookId,
    atMs: nowMs,
    // Not drawn but derived: an attempt that a crash made us forget was of the same delivery.
    deliveryId: line.deliveryId ?? `dlv_${dedupKey}`,
    dedupKey,
    runId,
    sequence: event.sequence,
    eventId: event.eventId,
    eventType: event.type,
    attempt: line.attempts + 1,
    outcome,
    ...(posted.outcome === "answered" && { status: posted.status }),
  };
  return record;
}

/** Why the attempt failed; any 2xx is a success, a redirect is not. */
function failureOf(posted: Posted): string | undefined {
  switch (posted.outcome) {
    case "answered":
      return posted.status >= 200 && posted.status < 300 ? undefined : `the receiver answered ${posted.status}`;
    case "private":
      return "the host name leads to a private address";
    case "unknown_host":
      return "the host name is unknown";
    case "failed":
      return posted.reason;
  }
}
