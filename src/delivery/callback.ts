// The interrupt callback: tells the URL a run was created with that a question is open, with a signed link to answer
// (runs.md §2.1 `callbackUrl`, interrupts-conversations.md §7).

import { nodeHttp, nodeHttps } from "#platform/node-http.ts";
import type { OutboxRow } from "#ports/rows.ts";
import type { DeliveryResult } from "./policy.ts";
import type { Carrier } from "./worker.ts";

/** What goes out; undefined: the question is no longer open, nobody needs to be told. */
export type DescribeInterrupt = (interruptId: string) => Promise<object | undefined>;

export interface CallbackDeps {
  describe: DescribeInterrupt;
  /** The address to connect to; see platform/addresses.ts. */
  resolve(host: string): Promise<{ ok: true; address: string } | { ok: false; reason: "private" | "unknown_host" }>;
}

const ATTEMPT_MS = 5_000;

export function createCallbackCarrier(deps: CallbackDeps): Carrier {
  return {
    kind: "interrupt-callback",
    async carry(row, signal) {
      const body = await deps.describe(row.payload.interruptId as string);
      if (!body) return { outcome: "rejected", reason: "the question was answered before" };
      const url = new URL(row.payload.url as string);
      const target = await deps.resolve(url.hostname);
      if (!target.ok && target.reason === "private") return { outcome: "rejected", reason: "private address" };
      if (!target.ok) return { outcome: "retry", reason: "the host name is unknown" };
      return post(url, target.address, row, JSON.stringify(body), signal);
    },
  };
}

function post(url: URL, address: string, row: OutboxRow, body: string, signal: AbortSignal): Promise<DeliveryResult> {
  const secure = url.protocol === "https:";
  return new Promise((resolve) => {
    const outgoing = (secure ? nodeHttps : nodeHttp).request(
      {
        // The judged address, the asked-for name (N1): a second resolution could answer otherwise.
        host: address,
        servername: url.hostname,
        port: url.port || (secure ? 443 : 80),
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers: {
          host: url.host,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "idempotency-key": row.clientId,
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
      },
      (response) => {
        response.resume();
        resolve(judge(response.statusCode ?? 0, response.headers["retry-after"]));
      },
    );
    outgoing.on("error", (error) => resolve({ outcome: "unknown", reason: error.message }));
    outgoing.end(body);
  });
}

/** Redirects are never followed: they count as failures. */
function judge(status: number, retryAfter: string | undefined): DeliveryResult {
  if (status >= 200 && status < 300) return { outcome: "sent" };
  const reason = `the receiver answered ${status}`;
  if (status === 429 || status >= 500) {
    const seconds = Number(retryAfter);
    return { outcome: "retry", reason, ...(Number.isFinite(seconds) && { afterMs: seconds * 1000 }) };
  }
  return { outcome: "rejected", reason };
}
