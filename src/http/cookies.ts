// The session cookie: reading it from a request, and what is set in an answer.

import type { FastifyRequest } from "fastify";
import { SESSION_COOKIE } from "#protocol/sessions.ts";

/** No honest session is longer; what is, is no cookie of ours. */
const MAX_SESSION_LENGTH = 1024;

/** The session of the request's `Cookie` header. */
export function sessionOf(request: FastifyRequest): string | undefined {
  for (const pair of request.headers.cookie?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== SESSION_COOKIE) continue;
    const value = pair.slice(at + 1).trim();
    if (value !== "" && value.length <= MAX_SESSION_LENGTH) return value;
  }
  return undefined;
}

/**
 * A `Set-Cookie` value. Scripts cannot read it, and other sites cannot have it sent. `secure`: only ever over TLS; a
 * loopback connection has none and needs none.
 */
export function sessionCookie(session: string, maxAgeMs: number, secure: boolean): string {
  const maxAge = Math.floor(maxAgeMs / 1000);
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${maxAge}`, ...(secure ? ["Secure"] : [])];
  return [`${SESSION_COOKIE}=${session}`, ...attributes].join("; ");
}

/** The `Set-Cookie` value that makes a browser forget its session. */
export function noSessionCookie(secure: boolean): string {
  return sessionCookie("", 0, secure);
}
