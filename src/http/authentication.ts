// Every route is authenticated unless it says that it is public. Authentication comes before existence.
//
//   A bearer wins over a session cookie: who sends one is no browser that was led here.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { requireScope } from "#app/call.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { HttpDeps } from "./context.ts";
import { sessionOf } from "./cookies.ts";
import { notOffered } from "./not-offered.ts";
import { requireOwnHost, requireOwnOrigin, requireOwnPage } from "./origin.ts";

export function useAuthentication(app: FastifyInstance, deps: HttpDeps): void {
  app.decorateRequest("principal", null);
  app.addHook("onRequest", (request, _reply, done) => {
    const { access, stream } = request.routeOptions.config;
    if (access === "public" || access === "token") return done();
    try {
      if (access === "page" || stream) requireOwnHost(request, deps.listenHost);
      if (access === "page") return done();
      if (stream) requireOwnOrigin(request);
    } catch (error) {
      return done(error as Error);
    }
    // The handler of unknown paths authenticates by itself: some of them are public.
    if (request.is404) return done();
    identify(deps, request).then(
      () => {
        try {
          if (access !== undefined && request.principal) requireScope({ principal: request.principal }, access);
          done();
        } catch (error) {
          done(error as Error);
        }
      },
      (error) => done(error),
    );
  });
}

async function identify(deps: HttpDeps, request: FastifyRequest): Promise<void> {
  const { authorization } = request.headers;
  const session = authorization === undefined ? sessionOf(request) : undefined;
  if (session === undefined) {
    request.principal = await deps.authenticator.authenticate(authorization);
    return;
  }
  requireOwnHost(request, deps.listenHost);
  requireOwnPage(request);
  request.principal = await deps.sessions.authenticate(session);
}

/** Whether the credential of a request that is answered for long is still good. That it cannot be looked up ends nothing. */
export async function isStillGood(deps: HttpDeps, request: FastifyRequest): Promise<boolean> {
  try {
    await identify(deps, request);
    return true;
  } catch (error) {
    return !(error instanceof ParleyError && error.status === 401);
  }
}

/** Paths outside `/v1` that may be asked for (runs.md §1). */
const UNVERSIONED = /^\/(?:$|healthz$|readyz$|metrics$|awp|oap|openai|scim|schemas|agents\/|\.well-known\/)/;

/**
 * What happens on a path nobody registered: 400 under an unversioned root, 401 without a key, 405 when another method
 * exists, else 404.
 */
export function useUnknownPaths(app: FastifyInstance, deps: HttpDeps, methodsOf: (path: string) => string[]): void {
  app.setNotFoundHandler(async (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split("?")[0] ?? "";
    const methods = methodsOf(path);
    if (!path.startsWith("/v1/") && methods.length === 0) {
      if (UNVERSIONED.test(path)) throw new ParleyError("not_found");
      throw new ParleyError("validation_error", { path }, { message: "Paths of the protocol begin with /v1/." });
    }
    if (path.startsWith("/v1/")) await identify(deps, request);
    const gated = methods.includes(request.method) ? undefined : notOffered(request.method, path);
    if (gated) throw gated;
    // The method exists, so it was the path that did not fit (an id with a slash in it).
    if (methods.length === 0 || methods.includes(request.method)) throw new ParleyError("not_found");
    reply.header("allow", methods.join(", "));
    throw new ParleyError("method_not_allowed", { allow: methods, ...hintOf(path) });
  });
}

/** The project's site speaks of resuming through the events route. */
function hintOf(path: string): { use?: string } {
  return /^\/v1\/runs\/[^/]+\/events$/.test(path) ? { use: "/v1/runs/{runId}/interrupts/{nodeId}" } : {};
}
