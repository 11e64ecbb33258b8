// Trace context in and out: every answer and every event stream names the trace that its request belongs to
// (operations.md §4.1). A request without one begins a trace; a run created by it goes on in the same.

import { randomFillSync } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { parseTrace, type TraceContext, traceHeaders } from "#protocol/trace.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Null on pages of the console. */
    trace: TraceContext | null;
  }
}

/** Digits of random ids, as many as asked for. */
export type RandomHex = (digits: number) => string;

export function useTracing(app: FastifyInstance, randomHex: RandomHex = createRandomHex()): void {
  app.decorateRequest("trace", null);
  app.addHook("onRequest", (request, reply, done) => {
    if (request.routeOptions.config.access === "page") return done();
    const { traceparent, tracestate } = request.headers;
    const trace = parseTrace(traceparent, tracestate) ?? { traceId: randomHex(32) };
    request.trace = trace;
    const headers = traceHeaders(trace, randomHex(16));
    reply.header("traceparent", headers.traceparent);
    if (headers.tracestate !== undefined) reply.header("tracestate", headers.tracestate);
    done();
  });
}

/** A pool, because asking the system for each id would cost more than the rest of the header. */
const POOL_BYTES = 4096;

function createRandomHex(): RandomHex {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  return (digits) => {
    const bytes = digits / 2;
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return pool.toString("hex", used - bytes, used);
  };
}
