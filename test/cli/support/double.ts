// A small HTTP server in place of the daemon: each test says what it answers.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export interface SeenRequest {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export type Answerer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface Double {
  url: string;
  /** Every request so far, in order. */
  seen: SeenRequest[];
  /** The requests to one path. */
  to(path: string): SeenRequest[];
  close(): Promise<void>;
}

/** Serves until the test ends. `routes` maps `GET /path` to what answers it; the rest is 404. */
export async function openDouble(context: TestContext, routes: Record<string, Answerer>): Promise<Double> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const told = await readRequest(request);
    seen.push(told);
    const answerer = routes[`${told.method} ${told.path}`];
    if (answerer) await answerer(told, response);
    else refuse(response, 404, { error: "not_found", message: "No such resource.", details: { path: told.path } });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => closeServer(server);
  context.after(close);
  const { port } = server.address() as AddressInfo;
  const to = (path: string) => seen.filter((request) => request.path === path);
  return { url: `http://127.0.0.1:${port}`, seen, to, close };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://double");
  const text = Buffer.concat(chunks).toString();
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return port;
}

export function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, status: number, envelope: object): void {
  answer(response, envelope, status);
}

/** Answers with the same body every time. */
export function always(body: unknown, status = 200): Answerer {
  return (_request, response) => answer(response, body, status);
}

/** Ends the connection without an answer. */
export const drop: Answerer = (_request, response) => {
  response.destroy();
};

/** The first answerer for the first request, and so on; the last one for all that follow. */
export function inTurn(...answerers: [Answerer, ...Answerer[]]): Answerer {
  let next = 0;
  return (request, response) => {
    const answerer = answerers[Math.min(next, answerers.length - 1)] as Answerer;
    next += 1;
    return answerer(request, response);
  };
}

export interface Frame {
  id?: string | number;
  event: string;
  data: unknown;
}

export function frameText({ id, event, data }: Frame): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An event stream with these frames. `end`: the server ends it; `break`: the connection breaks; `hold`: it stays open. */
export function stream(frames: readonly Frame[], then: "end" | "break" | "hold" = "end"): Answerer {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    const text = frames.map(frameText).join("");
    if (then === "end") response.end(text);
    else if (then === "hold") response.write(text);
    else response.write(text, () => setImmediate(() => response.destroy()));
  };
}
