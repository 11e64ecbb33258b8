// A tiny SSE client: keeps every frame and comment it gets, and lets a test wait for the one it needs.

import http from "node:http";
import { noteAnswer } from "./record.ts";

export interface Frame {
  id?: string;
  event: string;
  data: string;
  /** The parsed data. */
  // biome-ignore lint/suspicious/noExplicitAny: black-box tests read whatever the wire carries
  json: any;
  /** Milliseconds of `performance.now()` at receipt. */
  atMs: number;
}

export interface SseStream {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Everything received so far. */
  frames: Frame[];
  comments: string[];
  /** The body of an answer that is no stream. */
  text: string;
  /** Resolves when the server has closed the connection. */
  closed: Promise<void>;
  /** The first frame, received or yet to come, that fits. */
  until(fits: (frame: Frame) => boolean, timeoutMs?: number): Promise<Frame>;
  /** All frames, once the server has closed the connection. */
  all(timeoutMs?: number): Promise<Frame[]>;
  /** Closes from our side. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 8_000;
const agent = new http.Agent({ keepAlive: false, maxSockets: 4096 });

/** Opens a stream; resolves with the headers. */
export function openStream(url: string | URL, headers: Record<string, string> = {}): Promise<SseStream> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { agent, headers: { accept: "text/event-stream", ...headers } }, (incoming) => {
      noteAnswer("GET", url, incoming.statusCode ?? 0);
      resolve(follow(incoming));
    });
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error("the stream stayed silent")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

function follow(incoming: http.IncomingMessage): SseStream {
  const frames: Frame[] = [];
  const comments: string[] = [];
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of watchers) watcher();
  };
  let buffer = "";
  let over = false;
  const stream: SseStream = {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    frames,
    comments,
    text: "",
    closed: new Promise((resolve) => {
      incoming.once("close", () => {
        over = true;
        resolve();
        wake();
      });
    }),
    until: (fits, timeoutMs = DEFAULT_TIMEOUT_MS) => {
      return watch(
        watchers,
        timeoutMs,
        () => {
          const found = frames.find(fits);
          if (found) return found;
          if (over) throw new Error(`the stream ended without the frame; it had ${summary(frames)}`);
          return undefined;
        },
        () => `no such frame among ${summary(frames)}`,
      );
    },
    all: async (timeoutMs = DEFAULT_TIMEOUT_MS) => {
      await watch(
        watchers,
        timeoutMs,
        () => over || undefined,
        () => `the stream stayed open after ${summary(frames)}`,
      );
      return frames;
    },
    close: () => incoming.destroy(),
  };
  incoming.setEncoding("utf8");
  incoming.on("error", () => undefined); // our own close
  incoming.on("data", (chunk: string) => {
    stream.text += chunk;
    buffer += chunk;
    buffer = takeBlocks(buffer, frames, comments);
    wake();
  });
  return stream;
}

function watch<T>(
  watchers: Set<() => void>,
  timeoutMs: number,
  look: () => T | undefined,
  complaint: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      watchers.delete(check);
      settle();
    };
    const check = () => {
      try {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const timer = setTimeout(() => finish(() => reject(new Error(`${complaint()} (${timeoutMs} ms)`))), timeoutMs);
    watchers.add(check);
    check();
  });
}

/** Takes whole blocks from the text; returns what is left. */
function takeBlocks(text: string, frames: Frame[], comments: string[]): string {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  for (const block of blocks) {
    const frame: { id?: string; event: string; data: string[] } = { event: "message", data: [] };
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) comments.push(line);
      else readField(frame, line);
    }
    if (frame.data.length === 0) continue;
    const data = frame.data.join("\n");
    const { id, event } = frame;
    frames.push({ ...(id !== undefined && { id }), event, data, json: JSON.parse(data), atMs: performance.now() });
  }
  return rest;
}

function readField(frame: { id?: string; event: string; data: string[] }, line: string): void {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "id") frame.id = value;
  if (name === "event") frame.event = value;
  if (name === "data") frame.data.push(value);
}

function summary(frames: readonly Frame[]): string {
  return `[${frames.map((frame) => `${frame.id ?? "-"} ${frame.event}`).join(", ")}]`;
}
