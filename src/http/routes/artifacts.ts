// Artifacts and the debug bundle of a run (runs.md §1.2, operations.md §6).

import type { FastifyInstance } from "fastify";
import { readArtifact } from "#app/artifacts.ts";
import { debugBundle } from "#app/debug-bundle.ts";
import { DebugBundle, RunArtifact } from "#protocol/artifacts.ts";
import { callOf, type HttpDeps, queryInteger } from "../context.ts";

const MAX_EVENTS = 1_000_000;

export function artifactRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get<{ Params: { runId: string; artifactId: string } }>(
    "/v1/runs/:runId([^:/]+)/artifacts/:artifactId([^:/]+)",
    {
      schema: { operationId: "getArtifact", response: { 200: RunArtifact } },
      config: { access: "artifacts:read", summary: "Read an artifact of a run" },
    },
    async (request, reply) => {
      const { runId, artifactId } = request.params;
      const body = await readArtifact(deps.app, callOf(request), runId, artifactId);
      return reply.type("application/json; charset=utf-8").send(body);
    },
  );

  app.get<{ Params: { runId: string }; Querystring: Record<string, unknown> }>(
    "/v1/runs/:runId([^:/]+)/debug-bundle",
    {
      schema: { operationId: "getDebugBundle", response: { 200: DebugBundle } },
      config: {
        access: "runs:read",
        summary: "Everything known of a run, to hand to somebody",
        query: { maxEvents: "Fewer events than fit; the first ones." },
      },
    },
    async (request, reply) => {
      const maxEvents = queryInteger(request.query, "maxEvents", { fallback: MAX_EVENTS, min: 0, max: MAX_EVENTS });
      const host = { name: "parley", version: deps.discovery.version, vendor: "parley" };
      const { runId } = request.params;
      const body = await debugBundle(deps.app, callOf(request), { runId, host, maxEvents });
      return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(body);
    },
  );
}
