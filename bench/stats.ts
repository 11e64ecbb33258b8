// The few statistics the bench reports.

/** The value at `p` (0 to 1) of the sorted values; NaN of none. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export interface Distribution {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function distribution(values: readonly number[]): Distribution {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((p) => quantile(values, p)) as [number, number, number, number];
  return { count: values.length, mean, p50, p95, p99, max };
}
