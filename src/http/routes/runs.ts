// /v1/runs: create, read, list, cancel.

import type { FastifyInstance } from "fastify";
import { createRun } from "#app/create-run.ts";
import { cancelRun, listRuns, readRun } from "#app/runs.ts";
import { ParleyError } from "#protocol/errors.ts";
import { CancelRun, CreateRun, RunCancelled, RunCreated, RunList, RunSnapshot } from "#protocol/runs.ts";
import { type RunStatus, runStatuses } from "#protocol/status.ts";
import {
  callOf,
  type HttpDeps,
  matchesEtag,
  queryInteger,
  queryText,
  sendAnswer,
  sendJson,
  sendNotModified,
} from "../context.ts";
import { sendEncoded } from "../encodings.ts";

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

export function runRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.post<{ Body: CreateRun }>(
    "/v1/runs",
    {
      schema: { operationId: "createRun", body: CreateRun, response: { 201: RunCreated } },
      config: {
        access: "runs:create",
        summary: "Create a run",
        headers: {
          "X-Dedup": "enforce: refused while another run of the same scopeId is active.",
          "X-Force-Engine-Version": "Test keys only: stamps the run's events as this version.",
        },
      },
    },
    async (request, reply) => {
      const version = request.headers["x-force-engine-version"];
      const options = {
        exclusive: wantsExclusive(request.headers["x-dedup"]),
        ...(version !== undefined && { forcedEngineVersion: wholeNumber(String(version)) }),
      };
      return sendAnswer(reply, await createRun(deps.app, callOf(request), request.body, options));
    },
  );

  app.get<{ Querystring: Record<string, unknown> }>(
    "/v1/runs",
    {
      schema: { operationId: "listRuns", response: { 200: RunList } },
      config: {
        access: "runs:read",
        summary: "List runs, newest first",
        query: {
          workflowId: "Only runs of this workflow.",
          status: "Only runs in this status.",
          tag: "Only runs with this tag.",
          cursor: "nextCursor of the page before.",
          limit: "1 to 200, default 50.",
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const status = queryText(query, "status");
      if (status !== undefined && !runStatuses.includes(status as RunStatus)) {
        const details = { field: "status", allowed: runStatuses };
        throw new ParleyError("validation_error", details, { message: "There is no such run status." });
      }
      const wanted = {
        workflowId: queryText(query, "workflowId"),
        status: status as RunStatus | undefined,
        tag: queryText(query, "tag"),
        cursor: queryText(query, "cursor"),
      };
      const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
      const limit = queryInteger(query, "limit", { fallback: DEFAULT_PAGE, min: 1, max: MAX_PAGE });
      return sendJson(reply, await listRuns(deps.app, callOf(request), { ...given, limit }));
    },
  );

  app.get<{ Params: { runId: string } }>(
    "/v1/runs/:runId([^:/]+)",
    {
      schema: { operationId: "getRun", response: { 200: RunSnapshot } },
      config: {
        access: "runs:read",
        summary: "Read a run's snapshot",
        headers: { "If-None-Match": "Validator of an earlier read: 304 when nothing happened since." },
      },
    },
    async (request, reply) => {
      const { sequence, snapshot } = await readRun(deps.app, callOf(request), request.params.runId);
      // Tokens in the snapshot are minted per read, so the validator names the run's position alone.
      const etag = `"${sequence}"`;
      reply.header("etag", etag).header("cache-control", "private, no-cache").header("vary", "Accept-Encoding");
      if (matchesEtag(request, etag)) return sendNotModified(reply);
      return sendEncoded(request, reply, JSON.stringify(snapshot()));
    },
  );

  // `/v1/runs/{runId}:cancel` is an older spelling that some suites use (runs.md §4.2).
  for (const [path, operationId] of [
    ["/v1/runs/:runId([^:/]+)/cancel", "cancelRun"],
    ["/v1/runs/:runId([^:/]+)::cancel", "cancelRunVerb"],
  ] as const) {
    app.post<{ Params: { runId: string }; Body: { reason?: string } }>(
      path,
      {
        schema: { operationId, body: CancelRun, response: { 200: RunCancelled } },
        config: { access: "runs:cancel", summary: "Cancel a run" },
      },
      async (request, reply) =>
        sendAnswer(reply, await cancelRun(deps.app, callOf(request), request.params.runId, request.body?.reason)),
    );
  }
}

function wantsExclusive(header: unknown): boolean {
  if (header === undefined || header === "enforce") return header !== undefined;
  throw new ParleyError("validation_error", { field: "X-Dedup" }, { message: "X-Dedup can only be `enforce`." });
}

/** NaN: it is written in any other way than a whole number is. */
function wholeNumber(text: string): number {
  return /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : Number.NaN;
}
