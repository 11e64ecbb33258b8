// The roster: who works here (host-surfaces.md §7.1, `roster`).

import type { FastifyInstance } from "fastify";
import { listRoster } from "#app/roster.ts";
import { RosterList } from "#protocol/roster.ts";
import { callOf, type HttpDeps, sendJson } from "../context.ts";

export function rosterRoutes(app: FastifyInstance, deps: HttpDeps): void {
  app.get(
    "/v1/host/parley/roster",
    {
      schema: { operationId: "listRoster", response: { 200: RosterList } },
      config: { access: "runs:read", summary: "The standing agents, and what is wrong with their files" },
    },
    async (request, reply) => sendJson(reply, await listRoster(deps.app, callOf(request), deps.roster)),
  );
}
