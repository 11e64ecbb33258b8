// Errors on the way out: always the closed envelope, never what failed inside.

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { envelopeOf } from "#app/receipts.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import { ParleyError } from "#protocol/errors.ts";

export function createErrorHandler(logger: Logger, ids: Ids) {
  return (error: FastifyError | ParleyError | Error, request: FastifyRequest, reply: FastifyReply): void => {
    const known = error instanceof ParleyError ? error : translate(error as FastifyError);
    if (known) return sendError(reply, known);
    const correlationId = ids.next("evt");
    logger.error({ error, correlationId, method: request.method, route: request.routeOptions.url }, "request failed");
    sendError(reply, new ParleyError("internal_error", { correlationId }));
  };
}

/** Writes an error as the envelope, with `Retry-After` where the contract wants it. */
export function sendError(reply: FastifyReply, error: ParleyError): void {
  const seconds = retryAfterOf(error);
  if (seconds !== undefined) reply.header("retry-after", String(seconds));
  reply
    .code(error.status)
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(envelopeOf(error)));
}

/** Whole seconds, and at least as long as the details say. A 429 must have them (runs.md §16.3). */
function retryAfterOf({ status, details }: ParleyError): number | undefined {
  const { retryAfter, retryAfterMs } = details;
  if (![409, 429, 503].includes(status)) return undefined;
  if (typeof retryAfter === "number") return retryAfter;
  if (typeof retryAfterMs === "number") return Math.ceil(retryAfterMs / 1000);
  return status === 429 ? 1 : undefined;
}

/** What Fastify itself refuses, in our words; undefined: not the caller's fault. */
function translate(error: FastifyError): ParleyError | undefined {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new ParleyError("payload_too_large");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new ParleyError("validation_error", { field: "content-type" }, { message: "Send application/json." });
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new ParleyError("validation_error", { field: "body" }, { message: "The body is not valid JSON." });
  }
  if (error.statusCode === undefined || error.statusCode < 400 || error.statusCode >= 500) return undefined;
  return new ParleyError("validation_error", { field: "request" }, { message: "The request could not be read." });
}
