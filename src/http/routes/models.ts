// Models: which one serves, set it, try it (host-surfaces.md §7.1, `models…`).

import type { FastifyInstance } from "fastify";
import { answer, onceUnderReceipt } from "#app/receipts.ts";
import { ModelList, ModelTested, SetModel } from "#protocol/models.ts";
import { callOf, type HttpDeps, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/models";

export function modelRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    BASE,
    {
      schema: { operationId: "listModels", response: { 200: ModelList } },
      config: { access: "admin:manage", summary: "Which language model serves" },
    },
    async (_request, reply) => sendJson(reply, await deps.models.list()),
  );

  app.put<{ Body: SetModel }>(
    `${BASE}/default`,
    {
      schema: { operationId: "setDefaultModel", body: SetModel, response: { 200: ModelList } },
      config: { access: "admin:manage", summary: "Set the model; it serves from the next call on" },
    },
    async (request, reply) => {
      const set = async () => answer(200, await deps.models.set(request.body));
      return sendAnswer(reply, await onceUnderReceipt(deps.app, callOf(request), set));
    },
  );

  app.post<{ Body: SetModel }>(
    `${BASE}/test`,
    {
      schema: { operationId: "testModel", body: SetModel, response: { 200: ModelTested } },
      config: { access: "admin:manage", summary: "One tiny call with these settings; nothing is kept" },
    },
    async (request, reply) => {
      const test = async () => answer(200, await deps.models.test(request.body));
      return sendAnswer(reply, await onceUnderReceipt(deps.app, callOf(request), test));
    },
  );
}
