// Fork a run, and read a run as it was.

import type { FastifyInstance } from "fastify";
import { forkRun } from "#app/fork-run.ts";
import { readRunAt } from "#app/run-at.ts";
import { visibleRun } from "#app/visibility.ts";
import { ForkRun, RunForked } from "#protocol/forks.ts";
import { RunSnapshot } from "#protocol/runs.ts";
import { callOf, type HttpDeps, queryInteger, sendAnswer, sendJson } from "../context.ts";

export function forkRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { runId: string }; Body: ForkRun }>(
    "/v1/runs/:runId([^:/]+)::fork",
    {
      schema: { operationId: "forkRun", body: ForkRun, response: { 201: RunForked } },
      config: { access: "runs:create", summary: "Fork a run: go on from one of its events, or play it again" },
    },
    async (request, reply) =>
      sendAnswer(reply, await forkRun(deps.app, callOf(request), request.params.runId, request.body)),
  );

  app.get<{ Params: { runId: string }; Querystring: Record<string, unknown> }>(
    "/v1/host/parley/runs/:runId/state",
    {
      schema: { operationId: "getRunState", response: { 200: RunSnapshot } },
      config: {
        access: "runs:read",
        summary: "Read a run's snapshot as it was after one of its events",
        query: { atSequence: "Sequence of the event; default the last one." },
      },
    },
    async (request, reply) => {
      const run = await visibleRun(deps.app, callOf(request), request.params.runId);
      const { lastSequence: last } = run;
      const range = { fallback: last, min: Math.min(0, last), max: last };
      const atSequence = queryInteger(request.query, "atSequence", range);
      return sendJson(reply, await readRunAt(deps.app, run, atSequence));
    },
  );
}
