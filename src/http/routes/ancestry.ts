// Ancestry of a run.

import type { FastifyInstance } from "fastify";
import { readAncestry } from "#app/ancestry.ts";
import { RunAncestry } from "#protocol/ancestry.ts";
import { callOf, type HttpDeps, sendJson } from "../context.ts";

export function ancestryRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Params: { runId: string } }>(
    "/v1/runs/:runId([^:/]+)/ancestry",
    {
      schema: { operationId: "getRunAncestry", response: { 200: RunAncestry } },
      config: { access: "runs:read", summary: "The run above a run, and how it came to start it" },
    },
    async (request, reply) => sendJson(reply, await readAncestry(deps.app, callOf(request), request.params.runId)),
  );
}
