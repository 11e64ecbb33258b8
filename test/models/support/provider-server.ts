// A provider on loopback: answers each request as the test says, and refuses histories that the real one would refuse.

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  path: string;
  headers: http.IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was sent
  body: any;
}

/** Writes one answer. */
export type Answer = (response: http.ServerResponse) => void | Promise<void>;

export interface ProviderServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** Requests whose connection the other side closed before the answer was whole. */
  readonly abandoned: number;
  /** What the next requests are answered with; the last one stays. */
  answer(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** `check` names what is wrong with a request's body; such a request gets a 400. */
export async function startProviderServer(check: (body: unknown) => string[]): Promise<ProviderServer> {
  const received: ReceivedRequest[] = [];
  let answers: Answer[] = [];
  let abandoned = 0;
  const server = http.createServer(async (request, response) => {
    response.on("close", () => {
      if (!response.writableFinished) abandoned += 1;
    });
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
    received.push({ path: request.url ?? "", headers: request.headers, body });
    const problems = check(body);
    if (problems.length > 0)
      return json(400, { error: { type: "invalid_history", message: problems.join("; ") } })(response);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    await answer?.(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    get abandoned() {
      return abandoned;
    },
    answer(...given) {
      answers = given;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

export function page(status: number, html: string): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "text/html" }).end(html);
  };
}

/** A stream that ends well. */
export function stream(frames: readonly string[]): Answer {
  return (response) => {
    begin(response, frames);
    response.end();
  };
}

/** A stream whose connection drops after these frames. */
export function dropped(frames: readonly string[]): Answer {
  return (response) => {
    begin(response, frames, () => response.destroy());
  };
}

/** A stream that says these frames and then nothing more, until the other side goes. */
export function silentAfter(frames: readonly string[]): Answer {
  return (response) => begin(response, frames);
}

/** The connection drops before there is an answer. */
export const droppedAtOnce: Answer = (response) => {
  response.destroy();
};

function begin(response: http.ServerResponse, frames: readonly string[], then?: () => void): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  response.write(frames.join(""), () => then?.());
}

/** Resolves when `isTrue`; rejects after five seconds. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
