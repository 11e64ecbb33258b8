// The HTTP server: one Fastify, every route behind the same authentication, errors and validation.

import Fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { ParleyError } from "#protocol/errors.ts";
import { useAuthentication, useUnknownPaths } from "./authentication.ts";
import type { HttpDeps } from "./context.ts";
import { createErrorHandler, sendError } from "./errors.ts";
import type { Load } from "./limits.ts";
import { noteOf, type RouteNote } from "./openapi.ts";
import { operationsRoutes, useIntake, useLimitsPerKey } from "./operations.ts";
import { adminRoutes } from "./routes/admin.ts";
import { ancestryRoutes } from "./routes/ancestry.ts";
import { annotationRoutes } from "./routes/annotations.ts";
import { artifactRoutes } from "./routes/artifacts.ts";
import { compensationRoutes } from "./routes/compensation.ts";
import { consoleRoutes } from "./routes/console.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { diffRoutes } from "./routes/diff.ts";
import { discoveryRoutes } from "./routes/discovery.ts";
import { eventRoutes } from "./routes/events.ts";
import { forkRoutes } from "./routes/fork.ts";
import { interruptRoutes } from "./routes/interrupts.ts";
import { messageRoutes } from "./routes/messages.ts";
import { modelRoutes } from "./routes/models.ts";
import { rosterRoutes } from "./routes/roster.ts";
import { runControlRoutes } from "./routes/run-control.ts";
import { runRoutes } from "./routes/runs.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { sessionRoutes } from "./routes/session.ts";
import { threadRoutes } from "./routes/threads.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { workflowRoutes } from "./routes/workflows.ts";
import { SseConnections } from "./sse.ts";

export interface HttpServer {
  /** Resolves to the base URL. */
  listen(host: string, port: number): Promise<string>;
  /** Stops taking requests, ends streams, waits for answers under way. */
  close(): Promise<void>;
  readonly routes: readonly RouteNote[];
  /** What is under way, live. */
  readonly load: Readonly<Load>;
}

const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export function createHttpServer(deps: HttpDeps): HttpServer {
  const connections = new SseConnections();
  const routes: RouteNote[] = [];
  const app: FastifyInstance = Fastify({
    bodyLimit: deps.maxRequestBodyBytes,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    // Path ids are up to 128 characters, signed tokens longer.
    routerOptions: { maxParamLength: 2048, caseSensitive: true },
    schemaController: { compilersFactory: compilers(deps) },
    logger: false,
    // A path that cannot be decoded never reaches a route.
    frameworkErrors: (_error, _request, reply) =>
      sendError(reply, new ParleyError("validation_error", { field: "path" }, { message: "The path cannot be read." })),
  });
  // The console's files are no part of the API.
  app.addHook("onRoute", (route) => {
    if (route.config?.access !== "page") routes.push(...noteOf(route));
  });
  app.setErrorHandler(createErrorHandler(deps.app.logger, deps.app.ids));
  // Bodies are JSON. A JSON route with an empty body is a route without a body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, parseJson);
  const load = useIntake(app, deps.operations);
  useAuthentication(app, deps);
  useLimitsPerKey(app, deps.operations);
  useUnknownPaths(app, deps, methodsOf(routes));
  register(app, deps, connections, routes);
  return {
    routes,
    load,
    listen: (host, port) => app.listen({ host, port }),
    async close() {
      deps.stopping.abort();
      connections.closeAll();
      await app.close();
    },
  };
}

function register(app: FastifyInstance, deps: HttpDeps, connections: SseConnections, routes: RouteNote[]): void {
  discoveryRoutes(app, deps, routes);
  runRoutes(app, deps);
  forkRoutes(app, deps);
  diffRoutes(app, deps);
  runControlRoutes(app, deps);
  compensationRoutes(app, deps);
  ancestryRoutes(app, deps);
  annotationRoutes(app, deps);
  artifactRoutes(app, deps);
  eventRoutes(app, deps, connections);
  interruptRoutes(app, deps);
  workflowRoutes(app, deps);
  webhookRoutes(app, deps);
  threadRoutes(app, deps, connections);
  messageRoutes(app, deps);
  scheduleRoutes(app, deps);
  deadLetterRoutes(app, deps);
  rosterRoutes(app, deps);
  modelRoutes(app, deps);
  sessionRoutes(app, deps, connections);
  adminRoutes(app, deps);
  operationsRoutes(app, deps.operations);
  deps.seamRoutes?.(app, deps);
  consoleRoutes(app, deps);
}

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;

/** Validation by our own validator (nothing is coerced), serialisation by JSON.stringify. */
function compilers({ validate }: HttpDeps): CompilersFactory {
  const validator =
    ({ schema, httpPart }: { schema: unknown; httpPart?: string }) =>
    (value: unknown) => {
      // No body (Fastify shows it as null) is an empty object; required members still speak up.
      const checked = httpPart === "body" ? (value ?? {}) : value;
      const [problem] = validate(schema as object, checked);
      if (!problem) return { value: checked };
      const field = problem.path.replace(/^\./, "") || (httpPart ?? "request");
      const message = `${field}: ${problem.message}`;
      return { error: new ParleyError("validation_error", { field, problem: problem.message }, { message }) };
    };
  return {
    buildValidator: () => validator as never,
    buildSerializer: () => () => (value: unknown) => JSON.stringify(value),
  };
}

type Parsed = (error: Error | null, body?: unknown) => void;

/**
 * A body in one go when it is small. Of a large one each step is a turn of the event loop of its own: scanning, parsing
 * and whatever comes after; another request waits for the longest of them, not for their sum.
 */
function parseJson(_request: unknown, text: string | Buffer, done: Parsed): void {
  if (text.length < LARGE_BODY_CHARACTERS) return parseNow(String(text), done);
  const later: Parsed = (error, body) => setImmediate(done, error, body);
  setImmediate(parseNow, String(text), later, setImmediate);
}

const LARGE_BODY_CHARACTERS = 64 * 1024;

function parseNow(text: string, done: Parsed, next: (step: () => void) => void = (step) => step()): void {
  if (text === "") return done(null, undefined);
  if (isNestedDeeperThan(text, MAX_BODY_DEPTH)) {
    const message = `The body is nested deeper than ${MAX_BODY_DEPTH} levels.`;
    return done(new ParleyError("validation_error", { field: "body", maxDepth: MAX_BODY_DEPTH }, { message }));
  }
  next(() => {
    const [problem, body] = parsed(text);
    done(problem === null ? null : new ParleyError("validation_error", { field: "body" }, { message: problem }), body);
  });
}

/** What is wrong with the text, or its value. */
function parsed(text: string): [problem: string | null, value?: unknown] {
  try {
    const value = JSON.parse(text);
    return value === null ? ["The body must be an object."] : [null, value];
  } catch {
    return ["The body is not valid JSON."];
  }
}

/** What walks a document later may be recursive; no honest document comes near. */
const MAX_BODY_DEPTH = 128;

/** Brackets of JSON text, those inside of strings left out. One pass, nothing allocated: bodies reach a megabyte. */
function isNestedDeeperThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1;
  }
  return false;
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Methods registered for a path: what `Allow` lists. */
function methodsOf(routes: readonly RouteNote[]): (path: string) => string[] {
  const patterns = new Map<RouteNote, RegExp>();
  return (path) => {
    const methods = new Set<string>();
    for (const route of routes) {
      const pattern = patterns.get(route) ?? patternOf(route.path);
      patterns.set(route, pattern);
      if (pattern.test(path)) methods.add(route.method.toUpperCase());
    }
    return [...methods].sort();
  };
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/(\{[A-Za-z]+\})/)
    .map((part) => (part.startsWith("{") ? "[^/:]+" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${source}$`);
}
