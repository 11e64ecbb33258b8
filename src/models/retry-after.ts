// When a provider says it may be asked again: `retry-after-ms`, or `retry-after` in seconds or as a date.

/** A provider that says "next week" means "not now": who waits decides again after an hour. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Milliseconds from now, at most an hour; undefined when the headers do not say or make no sense. */
export function retryAfterOf(headers: Headers | undefined, nowMs: number): number | undefined {
  const exact = millisecondsOf(headers?.get("retry-after-ms"), 1);
  if (exact !== undefined) return exact;
  const value = headers?.get("retry-after");
  const seconds = millisecondsOf(value, 1000);
  if (seconds !== undefined) return seconds;
  const date = Date.parse(value ?? "");
  return Number.isNaN(date) ? undefined : bounded(date - nowMs);
}

function millisecondsOf(value: string | null | undefined, unitMs: number): number | undefined {
  return /^\s*\d{1,12}(\.\d+)?\s*$/.test(value ?? "") ? bounded(Number(value) * unitMs) : undefined;
}

function bounded(milliseconds: number): number {
  return Math.min(Math.max(Math.ceil(milliseconds), 0), MAX_RETRY_AFTER_MS);
}
