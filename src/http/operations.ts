// What stands around all routes: the trace of a request, what is taken on at the same time, rate limits, and counts of
// refusals. In the order in which a request meets them.

import type { FastifyInstance } from "fastify";
import type { CapabilityOverlay } from "#app/capability-overlay.ts";
import { type CapacityLimits, type Load, useCapacity } from "./limits.ts";
import { type MetricsSource, metricsRoutes, useRefusalCount } from "./metrics.ts";
import { type RateLimiting, useRateLimit } from "./rate-limits.ts";
import { useTracing } from "./tracing.ts";

export interface HttpOperations {
  capacity: CapacityLimits;
  /** The heap is so full that nothing new may begin. */
  isMemoryHigh: () => boolean;
  /** Absent: requests are not limited per key. */
  rate?: RateLimiting;
  /** Absent: there is no `/metrics`. */
  metrics?: MetricsSource;
  /** Present with test seams. */
  overlay?: CapabilityOverlay;
}

/** Comes before authentication: who is refused here costs no more than his headers. */
export function useIntake(app: FastifyInstance, operations: HttpOperations): Readonly<Load> {
  useTracing(app);
  if (operations.metrics) useRefusalCount(app, operations.metrics);
  return useCapacity(app, operations.capacity, operations.isMemoryHigh);
}

/** Comes after authentication. */
export function useLimitsPerKey(app: FastifyInstance, { rate }: HttpOperations): void {
  if (rate) useRateLimit(app, rate);
}

export function operationsRoutes(app: FastifyInstance, { metrics }: HttpOperations): void {
  if (metrics) metricsRoutes(app, metrics);
}
