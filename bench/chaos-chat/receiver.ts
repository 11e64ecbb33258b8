// The world that tools act on: a loopback server in the harness, which remembers across every kill.
//
//   E1. It knows an effect by its Idempotency-Key and applies it once; a repetition gets the same receipt.
//   E2. How it misbehaves is a function of the mode in the path: `drop` closes the line after it has acted, `failing`
//       answers 503 and does not act.

import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { LoopbackServer } from "./loopback.ts";

export type ReceiverMode = "ok" | "slow" | "drop" | "failing";

/** What came in under one key. */
export interface SeenCall {
  key: string;
  runId: string;
  callId: string;
  mode: ReceiverMode;
  note: string;
  posts: number;
  /** 0 or 1: E1. */
  applied: number;
}

const SLOW_MS = 120;

export class ToolReceiver {
  readonly seen = new Map<string, SeenCall>();
  readonly #server = new LoopbackServer((request, response) => this.#handle(request, response));

  /** Returns the base URL; tools post to `${base}/${mode}`. */
  listen(): Promise<string> {
    return this.#server.listen();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as { runId: string; callId: string; note: string };
    const mode = (request.url ?? "").slice(1) as ReceiverMode;
    const call = this.#note(String(request.headers["idempotency-key"]), mode, body);
    if (mode === "failing") return void response.writeHead(503).end();
    call.applied = 1;
    if (mode === "drop") return void response.destroy();
    if (mode === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ receipt: call.key }));
  }

  #note(key: string, mode: ReceiverMode, body: { runId: string; callId: string; note: string }): SeenCall {
    const { runId, callId, note } = body;
    const call = this.seen.get(key) ?? { key, runId, callId, mode, note, posts: 0, applied: 0 };
    call.posts += 1;
    this.seen.set(key, call);
    return call;
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
