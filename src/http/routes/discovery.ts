// Discovery, OpenAPI, health: what answers anybody, also while the host is saturated.

import type { FastifyInstance } from "fastify";
import Type, { AnyObject } from "#protocol/type.ts";
import type { HttpDeps } from "../context.ts";
import { matchesEtag, sendJson, sendNotModified } from "../context.ts";
import { capabilitiesEtag, discoveryDocument } from "../discovery.ts";
import { openApiDocument, type RouteNote } from "../openapi.ts";
import { SEAMS } from "./seams/seam.ts";

const Status = Type.Object({ status: Type.String() });

export function discoveryRoutes(app: FastifyInstance, deps: HttpDeps, routes: readonly RouteNote[]): void {
  app.get(
    "/.well-known/openwop",
    {
      schema: { operationId: "discover", response: { 200: AnyObject } },
      config: { access: "public", summary: "What this host can do" },
    },
    async (request, reply) => {
      const claims = discoveryDocument(deps.discovery);
      const document = deps.operations.overlay?.claimsOf(claims) ?? claims;
      const etag = capabilitiesEtag(document);
      reply.header("etag", etag).header("capabilities-etag", etag).header("cache-control", "public, max-age=300");
      if (matchesEtag(request, etag)) return sendNotModified(reply);
      return sendJson(reply, document);
    },
  );

  app.get(
    "/v1/openapi.json",
    {
      schema: { operationId: "getOpenApi", response: { 200: AnyObject } },
      config: { access: "public", summary: "This API as OpenAPI 3.1" },
    },
    async (_request, reply) => sendJson(reply, openApiDocument(deps.discovery.version, routes.filter(isOffered))),
  );

  app.get(
    "/healthz",
    {
      schema: { operationId: "health", response: { 200: Status } },
      config: { access: "public", summary: "Is the process alive" },
    },
    async (_request, reply) => sendJson(reply, { status: "ok" }),
  );

  app.get(
    "/readyz",
    {
      schema: { operationId: "ready", response: { 200: Status } },
      config: { access: "public", summary: "Does it take work" },
    },
    async (_request, reply) => {
      const ready = deps.isReady();
      return sendJson(reply, { status: ready ? "ready" : "not-ready" }, ready ? 200 : 503);
    },
  );
}

/** Test seams are private to a host, no part of what it offers. */
function isOffered({ path }: RouteNote): boolean {
  return !path.startsWith(`${SEAMS}/`);
}
