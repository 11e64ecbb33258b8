// A receiver of webhooks on loopback: remembers every delivery, answers as the test says.

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { verifyWebhook } from "#protocol/webhook-signature.ts";
import { within } from "./daemon.ts";

export interface Received {
  path: string;
  headers: http.IncomingHttpHeaders;
  rawBody: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the host sends
  body: any;
  atMs: number;
}

/** Status for the n-th call (from 1) of a path; `hang`: it never answers, `drop`: it breaks the connection. */
export type AnswerOf = (call: number) => number | "hang" | "drop";

const DEADLINE_MS = 10_000;

export class WebhookReceiver {
  readonly #server: http.Server;
  readonly #received = new Map<string, Received[]>();
  readonly #answers = new Map<string, AnswerOf>();
  readonly #waiting = new Set<() => void>();

  constructor() {
    this.#server = http.createServer((request, response) => {
      // A daemon that was killed closes its socket in the middle.
      this.#take(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** 204 to all, when nothing is said. */
  answer(path: string, answerOf: AnswerOf): void {
    this.#answers.set(path, answerOf);
  }

  got(path: string): readonly Received[] {
    return this.#received.get(path) ?? [];
  }

  /** The deliveries of a path, when there are `count` of them. */
  async until(path: string, count: number, deadlineMs = DEADLINE_MS): Promise<readonly Received[]> {
    const arrived = new Promise<void>((resolve) => {
      const check = () => {
        if (this.got(path).length < count) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
    await within(arrived, deadlineMs, () => `${path} got ${this.got(path).length} of ${count} deliveries`);
    return this.got(path);
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const rawBody = await text(request);
    const all = this.#received.get(path) ?? [];
    all.push({ path, headers: request.headers, rawBody, body: JSON.parse(rawBody), atMs: Date.now() });
    this.#received.set(path, all);
    const answer = this.#answers.get(path)?.(all.length) ?? 204;
    if (answer === "drop") response.destroy();
    else if (answer !== "hang") response.writeHead(answer, { location: this.url("/elsewhere") }).end();
    for (const check of [...this.#waiting]) check();
  }
}

/** What a receiver that knows the secret says to a delivery. */
export function judged({ headers, rawBody, atMs }: Received, secret: string) {
  return verifyWebhook({ secret, headers, rawBody, nowMs: atMs });
}
