// A language model on loopback that speaks OpenAI's chat completions, and does what the test tells it.

import http from "node:http";
import type { AddressInfo } from "node:net";

export interface ModelCall {
  /** Of the `Authorization` header. */
  bearer: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: the body as the wire carries it
  body: any;
  /** Resolves when the caller has gone before it was answered. */
  gone: Promise<void>;
}

/** What comes back: a text, one that is typed, nothing until the caller goes away, an error, or the way elsewhere. */
export type ModelReply =
  | { text: string }
  | { typed: AsyncIterable<string> }
  | "silence"
  | { status: number; body: unknown }
  | { redirect: string };

export interface ModelServer {
  /** What `baseUrl` is set to. */
  readonly url: string;
  readonly calls: ModelCall[];
  /** How calls are answered from now on. */
  answer(reply: ModelReply): void;
  /** Calls are sent on to this address from now on. */
  redirect(url: string): void;
  /** Resolves with the call of this number, counted from 0. */
  call(number: number, deadlineMs?: number): Promise<ModelCall>;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  const heard = new Set<() => void>();
  let reply: ModelReply = { text: "ok" };
  const server = http.createServer((incoming, outgoing) => {
    let text = "";
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk) => {
      text += chunk;
    });
    incoming.on("end", () => {
      const gone = new Promise<void>((resolve) => {
        outgoing.once("close", () => {
          if (!outgoing.writableFinished) resolve();
        });
      });
      const bearer = incoming.headers.authorization?.replace(/^Bearer /, "");
      calls.push({ bearer, body: JSON.parse(text), gone });
      for (const listener of heard) listener();
      void send(outgoing, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    answer(next) {
      reply = next;
    },
    redirect(url) {
      reply = { redirect: url };
    },
    call: (number, deadlineMs = 5_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => finish(() => reject(new Error(`there was no call ${number}`))), deadlineMs);
        const look = () => {
          const call = calls[number];
          if (call) finish(() => resolve(call));
        };
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          heard.delete(look);
          settle();
        };
        heard.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(outgoing: http.ServerResponse, reply: ModelReply): Promise<void> {
  if (reply === "silence") return;
  if ("redirect" in reply) {
    outgoing.writeHead(307, { location: reply.redirect }).end();
    return;
  }
  if ("status" in reply) {
    outgoing.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
    return;
  }
  outgoing.writeHead(200, { "content-type": "text/event-stream" });
  const chunk = (choices: unknown[], usage?: object) => {
    const data = { id: "c", object: "chat.completion.chunk", created: 1, model: "test-model", choices, usage };
    outgoing.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const type = (content: string) => chunk([{ index: 0, delta: { role: "assistant", content }, finish_reason: null }]);
  if ("typed" in reply) for await (const piece of reply.typed) type(piece);
  else type(reply.text);
  chunk([{ index: 0, delta: {}, finish_reason: "stop" }]);
  chunk([], { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
  outgoing.end("data: [DONE]\n\n");
}
