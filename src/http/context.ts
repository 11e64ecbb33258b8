// What routes work with, and what a request knows about itself.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "#app/authenticate.ts";
import type { Call, Principal, ReceiptClaim } from "#app/call.ts";
import type { AppDeps } from "#app/deps.ts";
import type { Finding } from "#app/doctor.ts";
import type { ModelSettings } from "#app/models.ts";
import type { Answer } from "#app/receipts.ts";
import type { RosterSource } from "#app/roster.ts";
import type { Scope } from "#app/scopes.ts";
import type { Sessions } from "#app/sessions.ts";
import type { WebhookDeps } from "#app/webhooks.ts";
import type { Validate } from "#platform/schemas.ts";
import { canonicalJson, sha256Hex } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { DiscoverySource } from "./discovery.ts";
import type { HttpOperations } from "./operations.ts";
import type { RunStreams } from "./run-streams.ts";
import type { StaticSource } from "./static.ts";
import type { ThreadStreams } from "./thread-streams.ts";

export interface HttpDeps {
  app: AppDeps;
  authenticator: Authenticator;
  validate: Validate;
  discovery: DiscoverySource;
  runStreams: RunStreams;
  threadStreams: ThreadStreams;
  admin: AdminDeps;
  sessions: Sessions;
  /** A fresh one-time link to the console; it is a credential. */
  consoleLink: () => string;
  /** The console's built files. */
  console: StaticSource;
  models: ModelSettings;
  roster: RosterSource;
  operations: HttpOperations;
  /** Registers the routes of the test seams, where there are any. */
  seamRoutes?: (app: FastifyInstance, deps: HttpDeps) => void;
  webhooks: WebhookDeps;
  /** The configured address we listen on. */
  listenHost: string;
  maxRequestBodyBytes: number;
  /** Aborts when the server closes: whatever waits for events answers at once. */
  stopping: AbortController;
  /** False while the daemon stops or has not finished recovery. */
  isReady: () => boolean;
}

/** What the operator may do to a running home. */
export interface AdminDeps {
  rotateKey(call: Call): Promise<{ keyId: string; key: string }>;
  backup(path: string | undefined): Promise<{ path: string; bytes: number }>;
  doctor(deep: boolean): Promise<Finding[]>;
}

/**
 * `public`: anybody; `token`: a token in the path or the body is the credential; `page`: a file of the console, anybody
 * under an own host; else the scope that the caller must hold.
 */
export type RouteAccess = Scope | "public" | "token" | "page";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: RouteAccess;
    /** One line for the OpenAPI document. */
    summary?: string;
    /** Query parameters and headers that the route understands, each with what it says. */
    query?: Readonly<Record<string, string>>;
    headers?: Readonly<Record<string, string>>;
    /** It answers an event stream. */
    stream?: boolean;
  }
  interface FastifySchema {
    operationId?: string;
  }
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** The call of an authenticated request. */
export function callOf(request: FastifyRequest): Call {
  const { principal } = request;
  if (!principal) throw new ParleyError("unauthenticated");
  const receipt = receiptClaimOf(request, principal);
  const { trace } = request;
  return { principal, ...(receipt && { receipt }), ...(trace && { trace }) };
}

const MAX_KEY_LENGTH = 255;

/** Key scope: tenant, endpoint, key; digest over the canonical body (runs.md §3.1). */
function receiptClaimOf(request: FastifyRequest, principal: Principal): ReceiptClaim | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined || request.method === "GET") return undefined;
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY_LENGTH) {
    const details = { field: "Idempotency-Key", maxLength: MAX_KEY_LENGTH };
    throw new ParleyError("validation_error", details, { message: "Idempotency-Key must have 1 to 255 characters." });
  }
  // The concrete path, not its pattern: the same key on two runs means two requests.
  const endpoint = `${request.method} ${request.url.split("?")[0]}`;
  return {
    keyHash: sha256Hex(`${principal.tenantId}:${endpoint}:${key}`),
    requestDigest: sha256Hex(canonicalJson(request.body ?? {})),
  };
}

/** Sends an answer of a mutating use case, marked when it is a repetition. 204 has no body, and no type of one. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
  if (answer.replayed) reply.header("openwop-Idempotent-Replay", "true");
  reply.code(answer.status);
  return answer.status === 204 ? reply.send() : reply.type("application/json; charset=utf-8").send(answer.body);
}

export function sendJson(reply: FastifyReply, body: unknown, status = 200): FastifyReply {
  return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
}

/** Whether `If-None-Match` holds this validator: a list, weak comparison, or `*` (RFC 9110 §13.1.2). */
export function matchesEtag(request: FastifyRequest, etag: string): boolean {
  const header = request.headers["if-none-match"];
  if (header === undefined) return false;
  const given = header.split(",").map((entry) => entry.trim().replace(/^W\//, ""));
  return given.includes("*") || given.includes(etag);
}

/** 304 with nothing in it. */
export function sendNotModified(reply: FastifyReply): FastifyReply {
  return reply.code(304).send();
}

/** An integer of the query string; absent = `fallback`; anything else than a plain number in range is refused. */
export function queryInteger(
  query: Record<string, unknown>,
  name: string,
  range: { fallback: number; min: number; max: number },
): number {
  const given = query[name];
  if (given === undefined) return range.fallback;
  const value = typeof given === "string" && /^-?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  const details = { field: name, [name]: given, min: range.min, max: range.max };
  throw new ParleyError("validation_error", details, {
    message: `${name} must be a whole number from ${range.min} to ${range.max}.`,
  });
}

/** What lists take: how many, and where the page before ended. */
export function queryPage(
  query: Record<string, unknown>,
  { fallback, max }: { fallback: number; max: number } = { fallback: 50, max: 200 },
): { limit: number; cursor?: string } {
  const cursor = queryText(query, "cursor");
  const limit = queryInteger(query, "limit", { fallback, min: 1, max });
  return { limit, ...(cursor !== undefined && { cursor }) };
}

export function queryText(query: Record<string, unknown>, name: string): string | undefined {
  const given = query[name];
  if (given === undefined) return undefined;
  if (typeof given === "string" && given !== "" && given.length <= 512) return given;
  throw new ParleyError("validation_error", { field: name }, { message: `${name} must be given once, as text.` });
}
