// Threads: post, read, list, stream (host-surfaces.md §7.1, triggers-channels.md C6).

import type { FastifyInstance } from "fastify";
import { acceptMessage } from "#app/accept-message.ts";
import { stopThread } from "#app/stop-thread.ts";
import { listThreads, readThread } from "#app/threads.ts";
import { ParleyError } from "#protocol/errors.ts";
import {
  MessageAccepted,
  MessagePage,
  PostMessage,
  THREAD_ID_PATTERN,
  ThreadList,
  ThreadStopped,
} from "#protocol/threads.ts";
import { isStillGood } from "../authentication.ts";
import { callOf, type HttpDeps, queryPage, sendAnswer, sendJson } from "../context.ts";
import type { SseConnections } from "../sse.ts";
import { lastEventId } from "./events.ts";

const THREAD_ID = new RegExp(THREAD_ID_PATTERN);
const BASE = "/v1/host/parley/threads";

type ThreadParams = { Params: { threadId: string }; Querystring: Record<string, unknown> };

export function threadRoutes(app: FastifyInstance, deps: HttpDeps, connections: SseConnections): void {
  app.post<{ Params: { threadId: string }; Body: PostMessage }>(
    `${BASE}/:threadId/messages`,
    {
      schema: {
        operationId: "postMessage",
        body: PostMessage,
        response: { 200: MessageAccepted, 202: MessageAccepted },
      },
      config: { access: "runs:create", summary: "Say something in a thread" },
    },
    async (request, reply) => {
      const threadId = threadIdOf(request.params);
      return sendAnswer(reply, await acceptMessage(deps.app, callOf(request), threadId, request.body));
    },
  );

  stopRoute(app, deps);

  app.get<{ Querystring: Record<string, unknown> }>(
    BASE,
    {
      schema: { operationId: "listThreads", response: { 200: ThreadList } },
      config: {
        access: "runs:read",
        summary: "List threads, latest first",
        query: { cursor: "nextCursor of the page before.", limit: "1 to 200, default 50." },
      },
    },
    async (request, reply) => sendJson(reply, await listThreads(deps.app, callOf(request), queryPage(request.query))),
  );

  for (const [path, operationId] of [
    [`${BASE}/:threadId`, "readThread"],
    [`${BASE}/:threadId/messages`, "readThreadMessages"],
  ] as const) {
    app.get<ThreadParams>(
      path,
      {
        schema: { operationId, response: { 200: MessagePage } },
        config: {
          access: "runs:read",
          summary: "Read a page of a thread; the cursor leads to older messages",
          query: { cursor: "nextCursor of the page before.", limit: "1 to 200, default 100." },
        },
      },
      async (request, reply) => {
        const page = queryPage(request.query, { fallback: 100, max: 200 });
        return sendJson(reply, await readThread(deps.app, callOf(request), threadIdOf(request.params), page));
      },
    );
  }

  app.get<ThreadParams>(
    `${BASE}/:threadId/stream`,
    {
      schema: { operationId: "streamThread" },
      config: {
        access: "runs:read",
        summary: "A thread, live, as SSE",
        stream: true,
        headers: { "Last-Event-ID": "Resume behind this position." },
      },
    },
    async (request, reply) => {
      const call = callOf(request);
      const threadId = threadIdOf(request.params);
      const after = lastEventId(request.headers["last-event-id"]);
      let leave: (() => void) | undefined;
      const mayRead = () => isStillGood(deps, request);
      const connection = connections.open(reply, mayRead, () => leave?.());
      try {
        leave = await deps.threadStreams.subscribe(call, threadId, after, connection);
        if (connection.ended) leave();
      } catch (error) {
        deps.app.logger.error({ error, threadId }, "a thread's stream could not begin");
        connection.end();
      }
      return reply;
    },
  );
}

function stopRoute(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { threadId: string } }>(
    `${BASE}/:threadId/stop`,
    {
      schema: { operationId: "stopThread", response: { 200: ThreadStopped } },
      config: { access: "runs:cancel", summary: "Stop the running turn; what waits behind it goes on" },
    },
    async (request, reply) =>
      sendAnswer(reply, await stopThread(deps.app, callOf(request), threadIdOf(request.params))),
  );
}

function threadIdOf({ threadId }: { threadId: string }): string {
  if (THREAD_ID.test(threadId)) return threadId;
  const details = { field: "threadId", pattern: THREAD_ID_PATTERN };
  throw new ParleyError("validation_error", details, {
    message: "A thread id has 1 to 128 letters, digits, dots, colons, dashes or underscores.",
  });
}
