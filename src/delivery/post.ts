// One POST to a receiver of somebody's choice: no redirects, a deadline over all of it, the judged address only.

import { isIP } from "node:net";
import { nodeHttp, nodeHttps } from "#platform/node-http.ts";

export type ResolveHost = (
  host: string,
) => Promise<{ ok: true; address: string } | { ok: false; reason: "private" | "unknown_host" }>;

export interface PostRequest {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Covers the look-up of the name as well. */
  deadlineMs: number;
  signal: AbortSignal;
}

/** `failed`: no answer was seen. `private` and `unknown_host`: nothing was sent. */
export type Posted =
  | { outcome: "answered"; status: number; retryAfter: string | undefined }
  | { outcome: "failed"; reason: string }
  | { outcome: "private" }
  | { outcome: "unknown_host" };

/** Never throws. The signal's abort is a failure too. */
export async function post(request: PostRequest, resolve: ResolveHost): Promise<Posted> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(request.deadlineMs)]);
  try {
    const target = await unlessAborted(resolve(request.url.hostname), signal);
    if (!target.ok) return { outcome: target.reason };
    return await send(request, target.address, signal);
  } catch (error) {
    const timedOut = signal.aborted && !request.signal.aborted;
    const reason = error instanceof Error ? error.message : String(error);
    return { outcome: "failed", reason: timedOut ? `no answer within ${request.deadlineMs} ms` : reason };
  }
}

function send({ url, headers, body }: PostRequest, address: string, signal: AbortSignal): Promise<Posted> {
  const secure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? nodeHttps : nodeHttp).request(
      {
        // The judged address, the asked-for name: a second look-up could answer otherwise.
        host: address,
        ...(isIP(bare(url.hostname)) === 0 && { servername: url.hostname }),
        port: url.port || (secure ? 443 : 80),
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers: { ...headers, Host: url.host, "Content-Length": Buffer.byteLength(body) },
        // A connection that was kept may be closed by the other side just when it is used again.
        agent: false,
        signal,
      },
      (response) => {
        // Nobody reads what the receiver says; the deadline also ends an answer without an end.
        response.on("error", () => undefined).resume();
        resolve({
          outcome: "answered",
          status: response.statusCode ?? 0,
          retryAfter: response.headers["retry-after"],
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function unlessAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
