// Diff of two runs.

import type { FastifyInstance } from "fastify";
import { diffRuns } from "#app/diff-runs.ts";
import { ParleyError } from "#protocol/errors.ts";
import { RunDiff } from "#protocol/forks.ts";
import { callOf, type HttpDeps, queryText, sendJson } from "../context.ts";

export function diffRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Params: { runId: string }; Querystring: Record<string, unknown> }>(
    "/v1/runs/:runId([^:/]+)::diff",
    {
      schema: { operationId: "diffRuns", response: { 200: RunDiff } },
      config: {
        access: "runs:read",
        summary: "Compare the logs and states of two runs",
        query: { against: "The run to compare with; required." },
      },
    },
    async (request, reply) => {
      const against = queryText(request.query, "against");
      if (against === undefined) {
        const message = "against must name the run to compare with.";
        throw new ParleyError("validation_error", { field: "against" }, { message });
      }
      return sendJson(reply, await diffRuns(deps.app, callOf(request), request.params.runId, against));
    },
  );
}
