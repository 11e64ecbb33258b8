// Single messages: answer again, follow the way of one (host-surfaces.md §7.1).

import type { FastifyInstance } from "fastify";
import { retryMessage } from "#app/retry-message.ts";
import { traceMessage } from "#app/trace.ts";
import { MessageAccepted, MessageTrace } from "#protocol/threads.ts";
import { callOf, type HttpDeps, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/messages/:messageId";

type MessageParams = { Params: { messageId: string } };

export function messageRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<MessageParams>(
    `${BASE}/retry`,
    {
      schema: { operationId: "retryMessage", response: { 202: MessageAccepted } },
      config: { access: "runs:create", summary: "Answer a message again, by a new run" },
    },
    async (request, reply) =>
      sendAnswer(reply, await retryMessage(deps.app, callOf(request), request.params.messageId)),
  );

  app.get<MessageParams>(
    `${BASE}/trace`,
    {
      schema: { operationId: "traceMessage", response: { 200: MessageTrace } },
      config: { access: "runs:read", summary: "The way of a message, from its arrival to the delivered answer" },
    },
    async (request, reply) => sendJson(reply, await traceMessage(deps.app, callOf(request), request.params.messageId)),
  );
}
