// A tiny HTTP client: one request, one answer, nothing hidden. Bodies are JSON unless given as text.

import http from "node:http";
import { noteAnswer } from "./record.ts";

export interface RequestOptions {
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, with the given content type or `application/json`. */
  text?: string | Buffer;
  timeoutMs?: number;
}

export interface Response {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The parsed body; undefined when it is empty or no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests read whatever the wire carries
  body: any;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const agent = new http.Agent({ keepAlive: true, maxSockets: 256, scheduling: "lifo" });

export function request(method: string, url: string | URL, options: RequestOptions = {}): Promise<Response> {
  const data = payload(options);
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (data !== undefined) {
    headers["content-type"] ??= "application/json";
    headers["content-length"] = String(data.length);
  }
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers, agent }, (incoming) => {
      noteAnswer(method, url, incoming.statusCode ?? 0);
      const parts: Buffer[] = [];
      incoming.on("data", (part) => parts.push(part));
      incoming.on("error", reject);
      incoming.on("end", () => resolve(toResponse(incoming, Buffer.concat(parts).toString("utf8"))));
    });
    outgoing.setTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, () =>
      outgoing.destroy(new Error(`${method} ${String(url)} took too long`)),
    );
    outgoing.on("error", reject);
    outgoing.end(data);
  });
}

function payload({ text, body }: RequestOptions): Buffer | undefined {
  if (text !== undefined) return Buffer.from(text);
  return body === undefined ? undefined : Buffer.from(JSON.stringify(body));
}

function toResponse(incoming: http.IncomingMessage, text: string): Response {
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
