// Which traces are exported (OpenTelemetry SDK specification, "Sampling"). By trace id alone, so that all hosts that
// share a ratio choose the same traces.

import type { TraceContext } from "#protocol/trace.ts";

export const samplers = [
  "parentbased_traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "traceidratio",
  "always_on",
  "always_off",
] as const;
export type SamplerName = (typeof samplers)[number];

/** `ratio`: 0 to 1. */
export function isSampled(name: SamplerName, ratio: number, trace: TraceContext): boolean {
  if (name.startsWith("parentbased_") && trace.sampled !== undefined) return trace.sampled;
  switch (name) {
    case "always_on":
    case "parentbased_always_on":
      return true;
    case "always_off":
    case "parentbased_always_off":
      return false;
    case "traceidratio":
    case "parentbased_traceidratio":
      return shareOf(trace.traceId) < ratio;
  }
}

/** Where the trace stands in [0, 1): its last 52 bits, the random ones of every kind of trace id. */
function shareOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52;
}
