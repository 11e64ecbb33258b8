// Hand-over policy: what an attempt's outcome means for its outbox row. Pure.
//
//   H1. `sent` and `dead` are final. What may have arrived is repeated only where a repetition is harmless.
//   H2. Backoff grows from 1 s to 5 min with up to 25 % jitter; after 8 attempts the row is dead (triggers-channels.md B7).

import type { OutboxRow, OutboxState } from "#ports/rows.ts";
import { assertNever } from "#protocol/errors.ts";

/** What an adapter says about one attempt. */
export type DeliveryResult =
  | { outcome: "sent"; platformMessageId?: string }
  /** Certainly not handed over. `afterMs`: the receiver's own wish. */
  | { outcome: "retry"; reason: string; afterMs?: number }
  /** The receiver will never take it. */
  | { outcome: "rejected"; reason: string }
  /** The line dropped in the middle: it may have arrived. */
  | { outcome: "unknown"; reason: string };

export const MAX_ATTEMPTS = 8;
export const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;
const JITTER = 0.25;
/** A receiver may ask for patience, not for ever. */
const LONGEST_WISH_MS = 3_600_000;

export interface NextState {
  state: OutboxState;
  attempts: number;
  dueMs: number;
  platformMessageId?: string;
  lastError?: string;
}

/** The row after one more attempt. `random` is in [0, 1). */
export function nextState(row: OutboxRow, result: DeliveryResult, nowMs: number, random: number): NextState {
  const attempts = row.attempts + 1;
  switch (result.outcome) {
    case "sent": {
      const { platformMessageId } = result;
      return { state: "sent", attempts, dueMs: nowMs, ...(platformMessageId !== undefined && { platformMessageId }) };
    }
    case "rejected":
      return { state: "dead", attempts, dueMs: nowMs, lastError: result.reason };
    case "unknown":
      if (!row.repeatable) return { state: "unknown", attempts, dueMs: nowMs, lastError: result.reason };
      return retry(attempts, nowMs, undefined, random, result.reason);
    case "retry":
      return retry(attempts, nowMs, result.afterMs, random, result.reason);
    default:
      return assertNever(result);
  }
}

/** The wait after the attempt of that number, from 1. `random` is in [0, 1). */
export function backoffMs(attempts: number, random: number, firstMs = FIRST_BACKOFF_MS): number {
  const waitMs = Math.min(LONGEST_BACKOFF_MS, firstMs * 2 ** (attempts - 1));
  return waitMs * (1 + JITTER * random);
}

/** A row found `sending` at boot: the process that held it died, nobody knows how far it came. */
export function afterCrash(row: OutboxRow, nowMs: number): NextState {
  const state = row.repeatable ? "queued" : "unknown";
  return { state, attempts: row.attempts, dueMs: nowMs, lastError: "the process ended while handing it over" };
}

function retry(
  attempts: number,
  nowMs: number,
  afterMs: number | undefined,
  random: number,
  reason: string,
): NextState {
  if (attempts >= MAX_ATTEMPTS) return { state: "dead", attempts, dueMs: nowMs, lastError: reason };
  const waitMs = Math.max(Math.min(afterMs ?? 0, LONGEST_WISH_MS), backoffMs(attempts, random));
  return { state: "queued", attempts, dueMs: nowMs + Math.round(waitMs), lastError: reason };
}
