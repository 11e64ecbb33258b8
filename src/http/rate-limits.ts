// Rate limits per key: a token bucket each (runs.md §16.3). Off unless configured.
//
//   R1. A refused request takes nothing from the bucket: whoever waits as long as he was told is served.
//   R2. Buckets are bounded; a key that was not seen for long begins with a full one.

import type { FastifyInstance } from "fastify";
import { ParleyError } from "#protocol/errors.ts";
import { SEAMS } from "./routes/seams/seam.ts";

export interface RateLimit {
  requestsPerMinute: number;
  /** Requests that may come at once after a pause. */
  burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const MAX_BUCKETS = 10_000;

class RateLimiter {
  readonly #limit: RateLimit;
  readonly #startsWith: number;
  readonly #buckets = new Map<string, Bucket>();

  /** `startsWith`: tokens of a key that is new; absent = a full bucket. */
  constructor(limit: RateLimit, startsWith = limit.burst) {
    this.#limit = limit;
    this.#startsWith = startsWith;
  }

  /** Takes one request of this key; 0: served, else milliseconds until one will be. */
  take(key: string, nowMs: number): number {
    const { requestsPerMinute, burst } = this.#limit;
    const before = this.#buckets.get(key) ?? { tokens: this.#startsWith, atMs: nowMs };
    const gained = (Math.max(0, nowMs - before.atMs) * requestsPerMinute) / 60_000;
    const tokens = Math.min(burst, before.tokens + gained);
    const served = tokens >= 1;
    this.#keep(key, { tokens: served ? tokens - 1 : tokens, atMs: nowMs });
    return served ? 0 : Math.ceil(((1 - tokens) * 60_000) / requestsPerMinute);
  }

  /** The key used last stands last. */
  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= MAX_BUCKETS) return;
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** Which requests are limited, and how. */
export interface RateLimiting {
  limit: RateLimit;
  nowMs: () => number;
  /** Test keys are refused as if they had used up everything, but for the request after each wait. */
  forced: boolean;
}

/** Comes after authentication: the limit is the key's. */
export function useRateLimit(app: FastifyInstance, { limit, nowMs, forced }: RateLimiting): void {
  const limiter = new RateLimiter(limit, forced ? 0 : limit.burst);
  app.addHook("onRequest", (request, _reply, done) => {
    const { principal } = request;
    if (!principal || (forced && (!principal.testKey || isSeam(request.url)))) return done();
    const retryAfterMs = limiter.take(principal.id, nowMs());
    if (retryAfterMs === 0) return done();
    done(new ParleyError("rate_limited", { retryAfterMs, scope: "key", limit: limit.requestsPerMinute }));
  });
}

/** Test seams steer the host, so they answer while everything else is refused. */
function isSeam(url: string): boolean {
  return url.startsWith(`${SEAMS}/`);
}
