// Retry policy of a node (runs.md §12.1): `node.settings.retry`, else the workflow's `settings.maxRetries`.

import type { RunError } from "#protocol/errors.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";

export interface RetryPolicy {
  /** Tries in all; 1 = no retry. */
  maxAttempts: number;
  backoffMs: number;
  multiplier: number;
  maxBackoffMs: number;
}

const DEFAULT_BACKOFF_MS = 200;
const DEFAULT_MAX_BACKOFF_MS = 30_000;
/** A document cannot ask for more; each attempt also counts against the run's node executions. */
const MAX_ATTEMPTS = 100;

export function retryPolicyOf(node: WorkflowNode, workflow: WorkflowDefinition): RetryPolicy {
  const own = (node.settings?.retry ?? {}) as Record<string, unknown>;
  const fallback = 1 + (workflow.settings.maxRetries ?? 0);
  return {
    maxAttempts: Math.min(positive(own.maxAttempts, fallback), MAX_ATTEMPTS),
    backoffMs: nonNegative(own.backoffMs, DEFAULT_BACKOFF_MS),
    multiplier: Math.max(1, nonNegative(own.multiplier, 2)),
    maxBackoffMs: nonNegative(own.maxBackoffMs, DEFAULT_MAX_BACKOFF_MS),
  };
}

/** Milliseconds to wait before attempt `attempt` (1 = the first retry); undefined: no attempt is left, or none would help. */
export function retryDelayMs(policy: RetryPolicy, attempt: number, error: RunError): number | undefined {
  if (error.retryable !== true || attempt >= policy.maxAttempts) return undefined;
  return Math.min(policy.maxBackoffMs, policy.backoffMs * policy.multiplier ** (attempt - 1));
}

function positive(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 ? value : fallback;
}

function nonNegative(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : fallback;
}
