// Dead letters: runs that failed for good after every retry (runs.md §12.2; routes of parley's own).

import type { FastifyInstance } from "fastify";
import { listDeadLetters, readDeadLetter, redriveDeadLetter } from "#app/dead-letters.ts";
import { RunForked } from "#protocol/forks.ts";
import { DeadLetter, DeadLetterList } from "#protocol/schedules.ts";
import { callOf, type HttpDeps, queryPage, sendAnswer, sendJson } from "../context.ts";

const BASE = "/v1/host/parley/dead-letters";
type OfRun = { Params: { runId: string } };

export function deadLetterRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Querystring: Record<string, unknown> }>(
    BASE,
    {
      schema: { operationId: "listDeadLetters", response: { 200: DeadLetterList } },
      config: {
        access: "runs:read",
        summary: "Runs that failed after every retry, newest first",
        query: { cursor: "nextCursor of the page before.", limit: "1 to 200, default 50." },
      },
    },
    async (request, reply) => {
      return sendJson(reply, await listDeadLetters(deps.app, callOf(request), queryPage(request.query)));
    },
  );

  app.get<OfRun>(
    `${BASE}/:runId`,
    {
      schema: { operationId: "getDeadLetter", response: { 200: DeadLetter } },
      config: { access: "runs:read", summary: "Read the dead letter of a run" },
    },
    async (request, reply) => sendJson(reply, await readDeadLetter(deps.app, callOf(request), request.params.runId)),
  );

  app.post<OfRun>(
    `${BASE}/:runId/redrive`,
    {
      schema: { operationId: "redriveDeadLetter", response: { 201: RunForked } },
      config: {
        access: "runs:create",
        summary: "Try a dead run again: a branch that begins with the node that failed",
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await redriveDeadLetter(deps.app, callOf(request), request.params.runId)),
  );
}
