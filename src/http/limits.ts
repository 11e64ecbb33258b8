// Backpressure: what this host takes on at the same time. Whoever comes on top is told when to come again, before memory
// suffers (operations.md §1, runs.md §16.3, §16.4).
//
//   B1. Requests under way, the bytes of their bodies and open streams are counted from the first header to the last
//       byte; nothing that ends in any way stays counted.
//   B2. Discovery, health and the console's pages answer also at capacity.
//   B3. What is refused here has changed nothing.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { ParleyError } from "#protocol/errors.ts";

export interface CapacityLimits {
  /** Requests under way at the same time; open streams count on their own. */
  maxInFlightRequests: number;
  /** Bytes of request bodies under way at the same time. */
  maxInFlightBodyBytes: number;
  maxStreams: number;
  maxRequestBodyBytes: number;
}

/** What is under way. */
export interface Load {
  requests: number;
  bodyBytes: number;
  streams: number;
}

/** Waits are short: what is under way ends within milliseconds, or the host is really full. */
const RETRY_AFTER_SECONDS = 1;
const MEMORY_RETRY_AFTER_SECONDS = 2;
const STREAM_RETRY_AFTER_MS = 5_000;
const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** Counts and refuses. The returned load is live. `isMemoryHigh` is asked at each request that would change something. */
export function useCapacity(app: FastifyInstance, limits: CapacityLimits, isMemoryHigh: () => boolean): Readonly<Load> {
  const load: Load = { requests: 0, bodyBytes: 0, streams: 0 };
  app.addHook("onRequest", (request, reply, done) => {
    const { access, stream } = request.routeOptions.config;
    if (access === "public" || access === "page") return done();
    const bytes = announcedBytes(request, limits.maxRequestBodyBytes);
    const refusal = refusalOf(load, limits, { stream: stream === true, bytes });
    if (refusal) return done(refusal);
    if (!READING.has(request.method) && isMemoryHigh()) return done(atCapacity("memory", MEMORY_RETRY_AFTER_SECONDS));
    const kind = stream === true ? "streams" : "requests";
    load[kind] += 1;
    load.bodyBytes += bytes;
    reply.raw.once("close", () => {
      load[kind] -= 1;
      load.bodyBytes -= bytes;
    });
    done();
  });
  return load;
}

function refusalOf(
  load: Load,
  limits: CapacityLimits,
  { stream, bytes }: { stream: boolean; bytes: number },
): ParleyError | undefined {
  if (stream) {
    if (load.streams < limits.maxStreams) return undefined;
    return new ParleyError("rate_limited", {
      retryAfterMs: STREAM_RETRY_AFTER_MS,
      scope: "global",
      limit: limits.maxStreams,
    });
  }
  if (load.requests >= limits.maxInFlightRequests) return atCapacity("requests", RETRY_AFTER_SECONDS);
  // One body fits always, however large it is.
  if (load.bodyBytes > 0 && load.bodyBytes + bytes > limits.maxInFlightBodyBytes) {
    return atCapacity("bodies", RETRY_AFTER_SECONDS);
  }
  return undefined;
}

function atCapacity(bound: "requests" | "bodies" | "memory", retryAfter: number): ParleyError {
  return new ParleyError("service_unavailable", { retryAfter, bound });
}

/** Bytes that the body will have; without a length it may be as long as any. */
function announcedBytes({ headers }: FastifyRequest, longest: number): number {
  const length = headers["content-length"];
  // A longer one is refused as soon as its header is read.
  if (length !== undefined) return Math.min(Number(length) || 0, longest);
  return headers["transfer-encoding"] === undefined ? 0 : longest;
}
