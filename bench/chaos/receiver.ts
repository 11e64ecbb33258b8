// The outside world: a loopback server that effects call. It lives in the harness, so it remembers across every kill.
//
//   E1. It knows an effect by its Idempotency-Key and performs it once; a repetition gets the first receipt.
//   E2. How it misbehaves is a function of the mode in the path and of how often this effect called before.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const receiverModes = ["ok", "slow", "flaky", "failing", "drop", "cut"] as const;
/** flaky, drop and cut misbehave on the first call only; failing answers 503 always. */
export type ReceiverMode = (typeof receiverModes)[number];

/** What the receiver saw of one effect. */
export interface SeenEffect {
  effectId: string;
  runId: string;
  nodeId: string;
  mode: ReceiverMode;
  calls: number;
  lastCalledMs: number;
  /** 0 or 1: E1. */
  performed: number;
  /** The body named another effect than the header, or another run than before. */
  confused: boolean;
}

const SLOW_MS = 250;

export class Receiver {
  readonly seen = new Map<string, SeenEffect>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      // A caller that was killed closes its socket: nothing to do about it.
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** Returns the base URL; effects call `${base}/${mode}`. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mode = (request.url ?? "").slice(1) as ReceiverMode;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const effect = this.#note(mode, request.headers["idempotency-key"], JSON.parse(Buffer.concat(pieces).toString()));
    const first = effect.calls === 1;
    if (mode === "failing" || (mode === "flaky" && first)) {
      response.writeHead(503).end();
      return;
    }
    effect.performed = 1;
    if (mode === "drop" && first) {
      response.destroy();
      return;
    }
    const receipt = JSON.stringify({ receipt: effect.effectId });
    response.writeHead(200, { "content-type": "application/json", "content-length": receipt.length });
    if (mode === "cut" && first) {
      response.write(receipt.slice(0, 5), () => response.destroy());
      return;
    }
    if (mode === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    response.end(receipt);
  }

  #note(mode: ReceiverMode, header: string | string[] | undefined, body: Record<string, unknown>): SeenEffect {
    const effectId = String(header);
    const { runId, nodeId } = body as { runId: string; nodeId: string };
    const effect = this.seen.get(effectId) ?? {
      effectId,
      runId,
      nodeId,
      mode,
      calls: 0,
      lastCalledMs: 0,
      performed: 0,
      confused: false,
    };
    this.seen.set(effectId, effect);
    effect.calls += 1;
    effect.lastCalledMs = Date.now();
    if (body.effectId !== effectId || effect.runId !== runId || effect.nodeId !== nodeId) effect.confused = true;
    return effect;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
