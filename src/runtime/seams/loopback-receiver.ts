// Test seam: a receiver on this machine that refuses the first calls and keeps the key of every call.

import type { AddressInfo } from "node:net";
import { nodeHttp } from "#platform/node-http.ts";

export interface LoopbackReceiver {
  readonly url: string;
  /** Idempotency keys, in the order of the calls. */
  readonly keys: readonly string[];
  close(): void;
}

export async function openReceiver(refusals: number): Promise<LoopbackReceiver> {
  const keys: string[] = [];
  const server = nodeHttp.createServer((request, response) => {
    keys.push(String(request.headers["idempotency-key"]));
    request.resume();
    const status = keys.length <= refusals ? 503 : 200;
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end("{}");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    keys,
    close: () => void server.close(),
  };
}
