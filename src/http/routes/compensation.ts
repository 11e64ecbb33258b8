// Undoing the effects of a run at an operator's request (runs.md §12.3; a route of parley's own).

import type { FastifyInstance } from "fastify";
import { compensateRun } from "#app/compensate-run.ts";
import { CompensateRun, RunCompensating } from "#protocol/compensation-requests.ts";
import { callOf, type HttpDeps, sendAnswer } from "../context.ts";

export function compensationRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { runId: string }; Body: CompensateRun }>(
    "/v1/host/parley/runs/:runId/compensate",
    {
      schema: { operationId: "compensateRun", body: CompensateRun, response: { 202: RunCompensating } },
      config: { access: "admin:manage", summary: "Give a run up and undo its effects, or go on undoing" },
    },
    async (request, reply) =>
      sendAnswer(reply, await compensateRun(deps.app, callOf(request), request.params.runId, request.body ?? {})),
  );
}
