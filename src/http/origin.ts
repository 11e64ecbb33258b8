// Where a browser thinks it is: the guard against pages of other sites, and against names that were bent to us.
//
//   own host     what may stand in `Host`: a foreign name that resolves to this machine (DNS rebinding) is none of ours,
//                though the connection looks local
//   own origin   scheme, host and port as the browser sees them; a page of another port is another origin
//
//   O1. A page, a stream, a sign-in and whatever a cookie authenticates are served under an own host alone.
//   O2. An `Origin` that is given is ours. What a cookie authenticates and changes something must prove it: by an
//       `Origin`, or by `Sec-Fetch-Site: same-origin`, which no script can set.

import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { isLoopback } from "#platform/config/rules.ts";
import { ParleyError } from "#protocol/errors.ts";

/** Refuses a `Host` that is not ours; `listenHost` is the configured address. Throws `forbidden`. */
export function requireOwnHost(request: FastifyRequest, listenHost: string): void {
  const given = parseHost(request.headers.host);
  if (given && isOwn(given, listenHost, request.raw.socket.localPort)) return;
  const details = { reason: "foreign_host", field: "Host" };
  throw new ParleyError("forbidden", details, {
    message: "The Host header names another machine. Open parley under the address that it printed at its start.",
  });
}

/** Refuses an `Origin` that is not the request's own. Call it behind {@link requireOwnHost}. Throws `forbidden`. */
export function requireOwnOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined || origin.toLowerCase() === `${request.protocol}://${host}`.toLowerCase()) return;
  throw foreignPage("Origin");
}

/** As {@link requireOwnOrigin}, for what a cookie authenticates (O2). Throws `forbidden`. */
export function requireOwnPage(request: FastifyRequest): void {
  requireOwnOrigin(request);
  const site = request.headers["sec-fetch-site"];
  // `none`: typed or opened by the person.
  if (site !== undefined && site !== "same-origin" && site !== "none") throw foreignPage("Sec-Fetch-Site");
  if (request.method === "GET" || request.method === "HEAD") return;
  if (request.headers.origin === undefined && site !== "same-origin") throw foreignPage("Origin");
}

function foreignPage(field: string): ParleyError {
  const message = "The request does not come from parley's own console.";
  return new ParleyError("forbidden", { reason: "foreign_origin", field }, { message });
}

interface GivenHost {
  /** Lower case, without the brackets of an IPv6 address. */
  name: string;
  port: number;
}

const HTTP_PORT = 80;

function parseHost(header: string | undefined): GivenHost | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(header ?? "");
  const name = (match?.[1] ?? match?.[2])?.toLowerCase();
  return name === undefined ? undefined : { name, port: Number(match?.[3] ?? HTTP_PORT) };
}

/**
 * On a loopback bind: a loopback name with our port. Else the configured host or a loopback name; for a bind to all
 * addresses any address in digits, which no foreign name can be bent to. A mapped port (a container's) is then allowed.
 */
function isOwn({ name, port }: GivenHost, listenHost: string, localPort: number | undefined): boolean {
  const configured = listenHost.toLowerCase();
  if (isLoopback(configured)) return port === localPort && (name === configured || isLoopbackName(name));
  const isWildcard = configured === "0.0.0.0" || configured === "::";
  return name === configured || isLoopbackName(name) || (isWildcard && isIP(name) !== 0);
}

function isLoopbackName(name: string): boolean {
  return name === "127.0.0.1" || name === "localhost" || name === "::1";
}
