// One POST to the collector, over a connection that is kept.

import { nodeHttp, nodeHttps } from "../node-http.ts";
import type { Posted, PostSpans } from "./exporter.ts";

const DEADLINE_MS = 10_000;
/** OTLP/HTTP: only these are worth a repetition. */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** Never rejects: whatever happens to telemetry is no reason to fail. */
export function createPost(url: string, headers: Readonly<Record<string, string>>): PostSpans {
  const target = new URL(url);
  const http = target.protocol === "https:" ? nodeHttps : nodeHttp;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return (body, contentType, signal) =>
    new Promise<Posted>((resolve) => {
      const request = http.request(
        target,
        {
          method: "POST",
          agent,
          headers: { ...headers, "content-type": contentType, "content-length": Buffer.byteLength(body) },
          signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
        },
        (response) => {
          response.on("error", () => undefined).resume();
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) return resolve("taken");
          resolve(RETRYABLE.has(status) ? "retry" : "refused");
        },
      );
      request.on("error", () => resolve("retry"));
      request.end(body);
    });
}
