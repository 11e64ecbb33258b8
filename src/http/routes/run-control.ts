// Pause, resume and bulk cancel of runs (runs.md §4.2, §4.3).

import type { FastifyInstance } from "fastify";
import { bulkCancel } from "#app/bulk-cancel.ts";
import { type PauseRequest, pauseRun, resumeRun } from "#app/pause-run.ts";
import { ParleyError } from "#protocol/errors.ts";
import { PauseRun, ResumeRun, RunPaused, RunResumed } from "#protocol/pause.ts";
import { BulkCancel, BulkCancelled, MAX_BULK_CANCEL } from "#protocol/runs.ts";
import { callOf, type HttpDeps, sendAnswer } from "../context.ts";

export function runControlRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Params: { runId: string }; Body: PauseRequest }>(
    "/v1/runs/:runId([^:/]+)::pause",
    {
      schema: { operationId: "pauseRun", body: PauseRun, response: { 202: RunPaused } },
      config: { access: "runs:cancel", summary: "Pause a running run" },
    },
    async (request, reply) =>
      sendAnswer(reply, await pauseRun(deps.app, callOf(request), request.params.runId, request.body ?? {})),
  );

  app.post<{ Params: { runId: string }; Body: { reason?: string } }>(
    "/v1/runs/:runId([^:/]+)::resume",
    {
      schema: { operationId: "resumeRun", body: ResumeRun, response: { 202: RunResumed } },
      config: { access: "runs:cancel", summary: "Go on with a paused run" },
    },
    async (request, reply) =>
      sendAnswer(reply, await resumeRun(deps.app, callOf(request), request.params.runId, request.body?.reason)),
  );

  app.post<{ Body: { runIds: string[]; reason?: string } }>(
    "/v1/runs::bulk-cancel",
    {
      schema: { operationId: "bulkCancelRuns", body: BulkCancel, response: { 200: BulkCancelled } },
      config: { access: "runs:cancel", summary: "Cancel up to 100 runs, each on its own" },
      preValidation: async (request) => refuseBadIds((request.body as { runIds?: unknown } | null)?.runIds),
    },
    async (request, reply) => sendAnswer(reply, await bulkCancel(deps.app, callOf(request), request.body)),
  );
}

/** The schema would say less: callers are told the bound (runs.md §4.2). */
function refuseBadIds(runIds: unknown): void {
  const given = Array.isArray(runIds) ? runIds : [];
  const fine = given.length > 0 && given.length <= MAX_BULK_CANCEL && given.every((id) => typeof id === "string");
  if (fine) return;
  const message = `runIds must be a list of 1 to ${MAX_BULK_CANCEL} run ids.`;
  throw new ParleyError("validation_error", { field: "runIds", maxRunIds: MAX_BULK_CANCEL }, { message });
}
