// The health of a webhook: what a failed or successful attempt means for the attempts after it. Pure.
//
//   breaker   opens after 4 failed attempts in a row, for an hour: one delivery, the probe, goes on by its own retry
//             policy; all others wait and lose no attempt. After the hour any delivery may be the probe. A success
//             closes it at once.
//   policy    100 failures within 7 days: the subscription has failed, until an operator resumes it (§4.8).

import type { WebhookHealth, WebhookLineKey } from "#ports/rows/webhooks.ts";

export const BREAKER_FAILURES = 4;
export const BREAKER_OPEN_MS = 3_600_000;
export const MAX_FAILURES = 100;
export const FAILURE_WINDOW_MS = 7 * 24 * 3_600_000;

export const goodHealth: WebhookHealth = { consecutiveFailures: 0, failuresMs: [] };

export function afterFailure(health: WebhookHealth, line: WebhookLineKey, nowMs: number): WebhookHealth {
  const consecutiveFailures = health.consecutiveFailures + 1;
  const recent = health.failuresMs.filter((atMs) => atMs > nowMs - FAILURE_WINDOW_MS);
  const failuresMs = [...recent, nowMs].slice(-MAX_FAILURES);
  if (consecutiveFailures < BREAKER_FAILURES) return { consecutiveFailures, failuresMs };
  const { runId, redrive } = line;
  // The probe stays the probe until the hour is over.
  const probe = isOpen(health, nowMs) && health.probe ? health.probe : { runId, redrive };
  const openUntilMs = isOpen(health, nowMs) ? health.openUntilMs : nowMs + BREAKER_OPEN_MS;
  return { consecutiveFailures, failuresMs, probe, ...(openUntilMs !== undefined && { openUntilMs }) };
}

/** The same object when nothing changes, so that an ordinary success writes no health. */
export function afterSuccess(health: WebhookHealth): WebhookHealth {
  return health.consecutiveFailures === 0 ? health : { consecutiveFailures: 0, failuresMs: health.failuresMs };
}

/** Too many failures lately: the subscription is `failed`. */
export function isPastPolicy(health: WebhookHealth): boolean {
  return health.failuresMs.length >= MAX_FAILURES;
}

/** Who may be served: anybody; one at a time, whoever is next; the probe alone. */
export type Gate =
  | { gate: "closed" }
  | { gate: "half-open" }
  | { gate: "open"; probe: Omit<WebhookLineKey, "webhookId">; untilMs: number };

export function gateOf(health: WebhookHealth, nowMs: number): Gate {
  if (health.consecutiveFailures < BREAKER_FAILURES) return { gate: "closed" };
  const { probe, openUntilMs } = health;
  if (probe && openUntilMs !== undefined && nowMs < openUntilMs) return { gate: "open", probe, untilMs: openUntilMs };
  return { gate: "half-open" };
}

function isOpen({ openUntilMs }: WebhookHealth, nowMs: number): boolean {
  return openUntilMs !== undefined && nowMs < openUntilMs;
}
