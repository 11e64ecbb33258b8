// An SSE response: headers, keep-alive comments, and the end of readers that do not read, or may not any more.

import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

const KEEP_ALIVE_MS = 15_000;
/** A reader this far behind is cut off; it comes back with Last-Event-ID and loses nothing. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** So is one that is waited for and takes nothing for this long. */
const MAX_WAIT_MS = 60_000;

/** Whether the reader may still read: keys are revoked, people sign out. Never rejects. */
export type MayRead = () => Promise<boolean>;

/** All open streams share one timer: at each of its ticks they are kept alive, and their readers looked at again. */
export class SseConnections {
  readonly #open = new Map<SseConnection, MayRead>();
  readonly #keepAliveMs: number;
  readonly #maxWaitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** A tick looks at readers only when the look of the one before is over. */
  #isLooking = false;

  constructor({ keepAliveMs = KEEP_ALIVE_MS, maxWaitMs = MAX_WAIT_MS } = {}) {
    this.#keepAliveMs = keepAliveMs;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Takes over a reply. Nothing is sent before the first write. */
  open(reply: FastifyReply, mayRead: MayRead, onClose: () => void): SseConnection {
    reply.hijack();
    for (const name of ["traceparent", "tracestate"]) {
      const value = reply.getHeader(name);
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    const closed = () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#stopTimer();
      onClose();
    };
    const connection = new SseConnection(reply.raw, this.#maxWaitMs, closed);
    this.#open.set(connection, mayRead);
    this.#timer ??= setInterval(() => this.#keepAlive(), this.#keepAliveMs).unref();
    return connection;
  }

  #keepAlive(): void {
    for (const connection of this.#open.keys()) connection.write(":keepalive\n\n");
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.recheck().finally(() => {
      this.#isLooking = false;
    });
  }

  /** Ends the streams of those who may not read any more. */
  async recheck(): Promise<void> {
    for (const [connection, mayRead] of [...this.#open]) if (!(await mayRead())) connection.end();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends every stream: the daemon stops. */
  closeAll(): void {
    for (const connection of [...this.#open.keys()]) connection.end();
  }

  get size(): number {
    return this.#open.size;
  }
}

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

export class SseConnection {
  readonly #response: ServerResponse;
  readonly #maxWaitMs: number;
  #ended = false;

  constructor(response: ServerResponse, maxWaitMs: number, onClose: () => void) {
    this.#response = response;
    this.#maxWaitMs = maxWaitMs;
    response.once("close", () => {
      this.#ended = true;
      onClose();
    });
  }

  /** Sends the headers now, so that the reader knows the stream is open. */
  begin(): void {
    if (this.#ended || this.#response.headersSent) return;
    this.#response.writeHead(200, headers);
    this.#response.flushHeaders();
  }

  write(text: string | Buffer): void {
    if (this.#ended) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, headers);
    this.#response.write(text);
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.cut();
  }

  /** Ends a reader that does not read. */
  cut(): void {
    this.#ended = true;
    this.#response.destroy();
  }

  /** Resolves when the reader has taken what was written, or is gone; one that takes too long is cut off. */
  drained(): Promise<void> {
    const response = this.#response;
    if (this.#ended || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const tooLong = setTimeout(() => this.cut(), this.#maxWaitMs);
      const settle = () => {
        clearTimeout(tooLong);
        response.off("drain", settle);
        response.off("close", settle);
        resolve();
      };
      response.on("drain", settle);
      response.on("close", settle);
    });
  }

  /** Sends the last piece; a stream that was never begun goes out as one ordinary answer. */
  end(text = ""): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(text) });
    }
    this.#response.end(text);
  }

  get ended(): boolean {
    return this.#ended;
  }
}
