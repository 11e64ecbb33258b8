// HTTP to the daemon as a careful client does it: each request ends as answered, certainly not sent, or unclear.

import { Agent, request as httpRequest } from "node:http";

export type Reply =
  | { outcome: "answered"; status: number; body: Body }
  /** Nobody listened: the daemon has not seen it. */
  | { outcome: "unsent" }
  /** The line broke, or no answer came in time: it may have been done. */
  | { outcome: "unclear"; reason: string };

/** Parsed JSON; `{}` for an empty or foreign body. */
// biome-ignore lint/suspicious/noExplicitAny: the checks look into answers of every shape
export type Body = any;

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  deadlineMs?: number;
}

export interface Target {
  url: string;
  key: string;
}

const DEADLINE_MS = 20_000;

export class Client {
  readonly #target: () => Target | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });

  /** `target` is asked for every request: where the daemon listens, undefined while it is down. */
  constructor(target: () => Target | undefined) {
    this.#target = target;
  }

  /** Sends once, never repeats. */
  send(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    const target = this.#target();
    if (!target) return Promise.resolve({ outcome: "unsent" });
    return new Promise((resolve) => this.#exchange(target, method, path, options, resolve));
  }

  #exchange(target: Target, method: string, path: string, options: RequestOptions, done: (reply: Reply) => void): void {
    const { body, headers, deadlineMs = DEADLINE_MS } = options;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = httpRequest(new URL(path, target.url), {
      method,
      agent: this.#agent,
      signal: AbortSignal.timeout(deadlineMs),
      headers: {
        authorization: `Bearer ${target.key}`,
        accept: "application/json",
        ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
    });
    request.on("error", (error: NodeJS.ErrnoException) => done(lost(error)));
    request.on("response", (response) => {
      let received = "";
      response.setEncoding("utf8").on("data", (piece: string) => {
        received += piece;
      });
      response.on("error", (error: NodeJS.ErrnoException) => done(lost(error)));
      response.on("close", () => {
        if (!response.complete) return done({ outcome: "unclear", reason: "the answer was cut off" });
        done({ outcome: "answered", status: response.statusCode ?? 0, body: parse(received) });
      });
    });
    request.end(text);
  }

  /** GET that must succeed; for the checks, when nothing is killed any more. */
  async get(path: string): Promise<Body> {
    const reply = await this.send("GET", path);
    if (reply.outcome === "answered" && reply.status === 200) return reply.body;
    throw new Error(`GET ${path}: ${JSON.stringify(reply).slice(0, 500)}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function lost(error: NodeJS.ErrnoException): Reply {
  return error.code === "ECONNREFUSED" ? { outcome: "unsent" } : { outcome: "unclear", reason: error.message };
}

function parse(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
