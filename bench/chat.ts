// A person at the web channel, as a load: posts into a thread and hears the answer on the thread's stream.

import http from "node:http";
import type { Server } from "./servers.ts";

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const ANSWER_DEADLINE_MS = 15_000;

export interface Conversation {
  /** Posts a message and waits for the answer; milliseconds from the request to the answer's frame. */
  turn(text: string): Promise<number>;
  close(): void;
}

interface Frame {
  role?: string;
  inReplyTo?: string;
}

/** Opens the stream of a thread, also of one that does not exist yet. */
export async function converse(server: Pick<Server, "url" | "key">, threadId: string): Promise<Conversation> {
  const base = `${server.url}/v1/host/parley/threads/${threadId}`;
  const headers = { authorization: `Bearer ${server.key}` };
  const waiting = new Map<string, () => void>();
  const early = new Set<string>();
  const hear = (frame: string) => {
    if (!frame.includes("event: message")) return;
    const data = frame.split("\n").find((line) => line.startsWith("data: "));
    const { role, inReplyTo } = JSON.parse(data?.slice(6) ?? "{}") as Frame;
    if (role !== "agent" || inReplyTo === undefined) return;
    const heard = waiting.get(inReplyTo);
    if (heard) heard();
    else early.add(inReplyTo);
  };
  const stream = http.get(`${base}/stream`, { headers });
  await new Promise<void>((resolve, reject) => {
    stream.on("error", reject);
    stream.on("response", (response) => {
      resolve();
      let buffer = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        buffer += chunk;
        const frames = buffer.split("\n\n");
        buffer = frames.pop() ?? "";
        for (const frame of frames) hear(frame);
      });
    });
  });
  return {
    async turn(text) {
      const startedMs = performance.now();
      const messageId = await post(`${base}/messages`, headers, { text });
      if (!early.delete(messageId)) await untilHeard(waiting, messageId);
      return performance.now() - startedMs;
    },
    close: () => void stream.destroy(),
  };
}

function untilHeard(waiting: Map<string, () => void>, messageId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${messageId}`)), ANSWER_DEADLINE_MS);
    waiting.set(messageId, () => {
      clearTimeout(timer);
      waiting.delete(messageId);
      resolve();
    });
  });
}

function post(url: string, headers: Record<string, string>, body: object): Promise<string> {
  const data = JSON.stringify(body);
  const length = Buffer.byteLength(data);
  const options = {
    method: "POST",
    agent,
    headers: { ...headers, "content-type": "application/json", "content-length": length },
  };
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, options, (response) => {
      let received = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        received += chunk;
      });
      response.on("end", () => {
        if (response.statusCode !== 202) return reject(new Error(`${response.statusCode} ${received.slice(0, 200)}`));
        resolve((JSON.parse(received) as { messageId: string }).messageId);
      });
    });
    outgoing.on("error", reject);
    outgoing.end(data);
  });
}
