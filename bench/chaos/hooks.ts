// The receiver of webhooks: lives in the harness, so it remembers every delivery across every kill.
//
//   H1. Now and again an event is refused once, so that retries are part of the load; with time less often, and in all
//       less often than makes a host give the receiver up (100 times within a week).
//   H2. It checks each signature as the contract tells receivers to.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { verifyWebhook } from "#protocol/webhook-signature.ts";

/** What arrived of one event. */
export interface ToldEvent {
  eventId: string;
  runId: string;
  sequence: number;
  type: string;
  /** Every nonce it came with. */
  nonces: Set<string>;
  arrivals: number;
  /** Place among all events, by first accepted arrival. */
  place: number;
}

const FIRST_REFUSED = 13;
const MORE_BETWEEN_REFUSALS = 2;
const MAX_REFUSED = 30;

export class Hooks {
  readonly told = new Map<string, ToldEvent>();
  /** What was wrong with deliveries, as texts. */
  readonly forged: string[] = [];
  secret = "";
  readonly #refused = new Set<string>();
  #seen = 0;
  #nextRefused = FIRST_REFUSED;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      // A sender that was killed closes its socket: nothing to do about it.
      this.#take(request, response).catch(() => response.destroy());
    });
  }

  /** Returns the URL to register. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const rawBody = await text(request);
    const { headers } = request;
    const verdict = verifyWebhook({ secret: this.secret, headers, rawBody, nowMs: Date.now() });
    if (verdict.verdict !== "accepted") {
      this.forged.push(`${JSON.stringify(verdict)}: ${rawBody.slice(0, 200)}`);
      response.writeHead(400).end();
      return;
    }
    const { eventId, runId, sequence, type } = verdict.event as Pick<
      ToldEvent,
      "eventId" | "runId" | "sequence" | "type"
    >;
    if (this.#isRefused(eventId)) {
      response.writeHead(503).end();
      return;
    }
    const place = this.told.size;
    const event = this.told.get(eventId) ?? { eventId, runId, sequence, type, nonces: new Set(), arrivals: 0, place };
    event.arrivals += 1;
    event.nonces.add(verdict.nonce);
    this.told.set(eventId, event);
    response.writeHead(204).end();
  }

  #isRefused(eventId: string): boolean {
    if (this.told.has(eventId) || this.#refused.has(eventId)) return false;
    this.#seen += 1;
    if (this.#seen < this.#nextRefused || this.#refused.size === MAX_REFUSED) return false;
    this.#refused.add(eventId);
    this.#nextRefused = this.#seen + FIRST_REFUSED + MORE_BETWEEN_REFUSALS * this.#refused.size;
    return true;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
