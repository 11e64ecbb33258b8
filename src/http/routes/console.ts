// The console's files: `/` and `/assets/…`. No part of the API; anybody may load them under an own host, they hold
// nothing but code.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ParleyError } from "#protocol/errors.ts";
import { type HttpDeps, matchesEtag, sendNotModified } from "../context.ts";
import type { StaticFile } from "../static.ts";

/** Nothing from elsewhere runs, loads, frames the page or receives what it sends. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "font-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join("; ");

const pageHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** The names of assets carry a hash of their content: the same name is the same file for ever. */
const FOR_EVER = "public, max-age=31536000, immutable";

const NOT_BUILT = `The console is not built yet.

Build it in parley's folder and load this page again:

    node scripts/build-console.mjs
`;

export function consoleRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const method = ["GET", "HEAD"];
  app.route({
    method,
    url: "/",
    config: { access: "page" },
    handler: async (request, reply) => {
      reply.headers(pageHeaders).header("cache-control", "no-store");
      const index = (await deps.console())?.get("index.html");
      if (!index) return reply.code(503).type("text/plain; charset=utf-8").send(NOT_BUILT);
      return sendFile(request, reply, index);
    },
  });

  app.route<{ Params: { "*": string } }>({
    method,
    url: "/assets/*",
    config: { access: "page" },
    handler: async (request, reply) => {
      const file = (await deps.console())?.get(`assets/${request.params["*"]}`);
      if (!file) throw new ParleyError("not_found");
      reply.headers(pageHeaders).header("cache-control", FOR_EVER);
      return sendFile(request, reply, file);
    },
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: StaticFile): FastifyReply {
  const gzipped = acceptsGzip(request) ? file.gzipped : undefined;
  // Two encodings of one file are two representations: each has a validator of its own.
  const etag = gzipped ? file.etag.replace(/"$/, '-gzip"') : file.etag;
  reply.header("etag", etag).header("vary", "accept-encoding");
  if (matchesEtag(request, etag)) return sendNotModified(reply);
  if (gzipped) reply.header("content-encoding", "gzip");
  const body = gzipped ?? file.body;
  reply.type(file.contentType).header("content-length", body.length);
  return reply.send(request.method === "HEAD" ? undefined : body);
}

/** `gzip`, unless it is refused by `q=0`. */
function acceptsGzip(request: FastifyRequest): boolean {
  const offers = String(request.headers["accept-encoding"] ?? "").split(",");
  return offers.some((offer) => /^\s*gzip\s*(;\s*q=(0?\.\d*[1-9]\d*|1(\.0*)?)\s*)?$/i.test(offer));
}
