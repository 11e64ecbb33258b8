// A figure of the report: what was measured, beside its baseline from the same run, and the bar it must hold.

export interface Figure {
  leg: string;
  name: string;
  unit: string;
  parley: number;
  /** The same thing measured on the baseline in the same run. */
  baseline: { name: string; value: number };
  /** What is compared with the bar, when it is neither of both (a ratio). */
  compared?: { name: string; value: number };
  bar: { text: string; holds: boolean };
  /** Single measurements, for those who doubt the medians. */
  details: Record<string, unknown>;
}

/** 1 MB = 1 000 000 bytes: the stricter reading of a bar in MB. */
export const MB = 1_000_000;

export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
