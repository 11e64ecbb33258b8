// The interrupt callback: tells the URL a run was created with that a question is open, with a signed link to answer
// (runs.md §2.1 `callbackUrl`, interrupts-conversations.md §7).

import type { OutboxRow } from "#ports/rows.ts";
import type { DeliveryResult } from "./policy.ts";
import { type Posted, post, type ResolveHost } from "./post.ts";
import type { Carrier } from "./worker.ts";

/** What goes out; undefined: the question is no longer open, nobody needs to be told. */
export type DescribeInterrupt = (interruptId: string) => Promise<object | undefined>;

export interface CallbackDeps {
  describe: DescribeInterrupt;
  /** The address to connect to; see platform/addresses.ts. */
  resolve: ResolveHost;
}

const ATTEMPT_MS = 5_000;

export function createCallbackCarrier(deps: CallbackDeps): Carrier {
  return {
    kind: "interrupt-callback",
    async carry(row, signal) {
      const told = await deps.describe(row.payload.interruptId as string);
      if (!told) return { outcome: "rejected", reason: "the question was answered before" };
      return judge(await post(requestOf(row, JSON.stringify(told), signal), deps.resolve));
    },
  };
}

function requestOf(row: OutboxRow, body: string, signal: AbortSignal) {
  // The trace of the run that asks, kept with the row.
  const trace = row.payload.trace as Record<string, string> | undefined;
  const headers = { ...trace, "Content-Type": "application/json", "Idempotency-Key": row.clientId };
  return { url: new URL(row.payload.url as string), headers, body, deadlineMs: ATTEMPT_MS, signal };
}

/** Redirects are never followed: they count as failures. */
function judge(posted: Posted): DeliveryResult {
  if (posted.outcome === "private") return { outcome: "rejected", reason: "private address" };
  if (posted.outcome === "unknown_host") return { outcome: "retry", reason: "the host name is unknown" };
  if (posted.outcome === "failed") return { outcome: "unknown", reason: posted.reason };
  const { status, retryAfter } = posted;
  if (status >= 200 && status < 300) return { outcome: "sent" };
  const reason = `the receiver answered ${status}`;
  if (status === 429 || status >= 500) {
    const seconds = Number(retryAfter);
    return { outcome: "retry", reason, ...(Number.isFinite(seconds) && { afterMs: seconds * 1000 }) };
  }
  return { outcome: "rejected", reason };
}
