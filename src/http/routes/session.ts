// The console's session: sign in with a one-time link, who am I, sign out; and the link itself, for the operator's
// terminal (host-surfaces.md §7.1).

import type { FastifyInstance } from "fastify";
import { requireOperator, SESSION_LIFE_MS } from "#app/sessions.ts";
import { isLoopback } from "#platform/config/rules.ts";
import { ConsoleLink, SignIn, WhoAmI } from "#protocol/sessions.ts";
import Type from "#protocol/type.ts";
import { callOf, type HttpDeps, sendJson } from "../context.ts";
import { noSessionCookie, sessionCookie, sessionOf } from "../cookies.ts";
import { requireOwnHost, requireOwnOrigin } from "../origin.ts";
import type { SseConnections } from "../sse.ts";

const BASE = "/v1/host/parley";
const Nothing = Type.Unknown({ description: "No body." });

export function sessionRoutes(app: FastifyInstance, deps: HttpDeps, connections: SseConnections): void {
  /** On a loopback connection nobody else can listen. */
  const isSecure = () => !isLoopback(deps.listenHost);

  app.post<{ Body: SignIn }>(
    `${BASE}/session`,
    {
      schema: { operationId: "signIn", body: SignIn, response: { 204: Nothing } },
      config: { access: "token", summary: "Sign a browser in with the token of a one-time link" },
    },
    async (request, reply) => {
      requireOwnHost(request, deps.listenHost);
      requireOwnOrigin(request);
      const session = await deps.sessions.signIn(request.body.token);
      return reply
        .code(204)
        .header("set-cookie", sessionCookie(session, SESSION_LIFE_MS, isSecure()))
        .send();
    },
  );

  app.get(
    `${BASE}/session`,
    {
      schema: { operationId: "whoAmI", response: { 200: WhoAmI } },
      config: { access: "manifest:read", summary: "Who the credential speaks for, and its scopes" },
    },
    async (request, reply) => {
      const { principal } = callOf(request);
      const body: WhoAmI = { principal: principal.id, scopes: [...principal.scopes].sort() };
      return sendJson(reply.header("cache-control", "no-store"), body);
    },
  );

  app.delete(
    `${BASE}/session`,
    {
      schema: { operationId: "signOut", response: { 204: Nothing } },
      config: {
        access: "manifest:read",
        summary: "Sign out: the browser's session ends for good, and its streams with it",
      },
    },
    async (request, reply) => {
      const session = sessionOf(request);
      if (session !== undefined) {
        await deps.sessions.signOut(session);
        await connections.recheck();
      }
      return reply.code(204).header("set-cookie", noSessionCookie(isSecure())).send();
    },
  );

  app.post(
    `${BASE}/admin/console-link`,
    {
      schema: { operationId: "openConsoleLink", response: { 201: ConsoleLink } },
      config: { access: "admin:manage", summary: "A one-time link that opens the console signed in" },
    },
    async (request, reply) => {
      requireOperator(callOf(request));
      const body: ConsoleLink = { url: deps.consoleLink() };
      return sendJson(reply.header("cache-control", "no-store"), body, 201);
    },
  );
}
