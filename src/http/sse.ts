// An SSE response: headers, keep-alive comments, and the end of readers that do not read.

import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

const KEEP_ALIVE_MS = 15_000;
/** A reader this far behind is cut off; it comes back with Last-Event-ID and loses nothing. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** Writes of all open streams share one keep-alive timer. */
export class SseConnections {
  readonly #open = new Set<SseConnection>();
  #timer: NodeJS.Timeout | undefined;

  /** Takes over a reply. Nothing is sent before the first write. */
  open(reply: FastifyReply, onClose: () => void): SseConnection {
    reply.hijack();
    for (const name of ["traceparent", "tracestate"]) {
      const value = reply.getHeader(name);
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    const connection = new SseConnection(reply.raw, () => {
      this.#open.delete(connection);
      if (this.#open.size === 0) this.#stopTimer();
      onClose();
    });
    this.#open.add(connection);
    this.#timer ??= setInterval(() => this.#keepAlive(), KEEP_ALIVE_MS).unref();
    return connection;
  }

  #keepAlive(): void {
    for (const connection of this.#open) connection.write(":keepalive\n\n");
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends every stream: the daemon stops. */
  closeAll(): void {
    for (const connection of [...this.#open]) connection.end();
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
  #ended = false;

  constructor(response: ServerResponse, onClose: () => void) {
    this.#response = response;
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
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy();
  }

  /** Resolves when the reader has taken what was written, or is gone. */
  drained(): Promise<void> {
    const response = this.#response;
    if (this.#ended || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
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
