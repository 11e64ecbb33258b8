// Test seam: a POST to a receiver on this machine, and what is known of it when it does not come back.

import { nodeHttp } from "#platform/node-http.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";

export const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//;

export type Posted =
  | { outcome: "done"; value: JsonObject }
  /** `certain`: it never reached anybody. */
  | { outcome: "lost"; certain: boolean; message: string };

/** Posts once. Rejects only when `signal` aborts. */
export function post(url: string, key: string, body: JsonObject, signal: AbortSignal): Promise<Posted> {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  return new Promise((resolve, reject) => {
    const lost = (error: Error & { code?: string }) => {
      if (signal.aborted) return reject(error);
      // A refused connection never reached anybody; anything later may have.
      resolve({ outcome: "lost", certain: error.code === "ECONNREFUSED", message: error.message });
    };
    const outgoing = nodeHttp.request(url, { method: "POST", headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", lost);
      response.on("end", () => {
        if (!response.complete) return lost(new Error("the answer broke off"));
        if ((response.statusCode ?? 500) >= 300) {
          return resolve({ outcome: "lost", certain: true, message: `the receiver answered ${response.statusCode}` });
        }
        resolve({ outcome: "done", value: parse(Buffer.concat(chunks).toString("utf8")) });
      });
    });
    outgoing.on("error", lost);
    outgoing.end(JSON.stringify(body));
  });
}

function parse(text: string): JsonObject {
  const value = text === "" ? {} : (JSON.parse(text) as Json);
  return isJsonObject(value) ? value : {};
}
