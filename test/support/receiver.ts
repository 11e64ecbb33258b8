// A loopback receiver that a test answers by hand: it sees each call when it comes, and decides what becomes of it.

import http from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedCall {
  /** The caller's `idempotency-key`. */
  key: string | undefined;
  answer(status: number): void;
  /** Resolves when the caller gave up. */
  aborted: Promise<void>;
}

export interface Receiver {
  readonly url: string;
  /** Calls so far. */
  readonly count: number;
  /** The next call that was not handed out yet. */
  next(): Promise<ReceivedCall>;
  /** Resolves when every answer was sent out. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 8_000;

export async function startReceiver(): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const waiting: ((call: ReceivedCall) => void)[] = [];
  const sent = new Set<Promise<void>>();
  let count = 0;
  const server = http.createServer((request, response) => {
    count += 1;
    request.resume();
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    const call: ReceivedCall = {
      key: request.headers["idempotency-key"] as string | undefined,
      answer(status) {
        sent.add(closed);
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      },
      aborted: closed,
    };
    const taker = waiting.shift();
    if (taker) taker(call);
    else calls.push(call);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get count() {
      return count;
    },
    next() {
      const call = calls.shift();
      if (call) return Promise.resolve(call);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no call came in ${DEADLINE_MS} ms`)), DEADLINE_MS);
        waiting.push((given) => {
          clearTimeout(timer);
          resolve(given);
        });
      });
    },
    async settled() {
      await Promise.all(sent);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
