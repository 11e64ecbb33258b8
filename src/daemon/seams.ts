// Test seams of a daemon, and what surrounds its routes. Seams exist where the environment opened them, and only there;
// elsewhere their code is not even loaded.

import { CapabilityOverlay } from "#app/capability-overlay.ts";
import type { ObservabilitySource } from "#http/observability.ts";
import type { HttpOperations } from "#http/operations.ts";
import { type SeamDeps, seamSwitchesOf } from "#http/routes/seams/seam.ts";
import type { Config } from "#platform/config/schema.ts";
import { createMemoryGauge } from "#platform/memory.ts";
import type { Clock } from "#ports/clock.ts";
import type { Store } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Operations } from "./operations.ts";

export interface WiredSeams {
  overlay: CapabilityOverlay;
  deps: SeamDeps;
  parts: typeof import("./test-parts.ts");
  /** What discovery says of them. */
  claims: { otelScrape: boolean; debugBundleExport: boolean };
}

/** Undefined on a host without test seams. */
export async function openSeams(
  config: Config,
  store: Store,
  env: Readonly<Record<string, string | undefined>>,
): Promise<WiredSeams | undefined> {
  if (!config.testing.seams) return undefined;
  const overlay = new CapabilityOverlay();
  const isOn = seamSwitchesOf(env);
  return {
    overlay,
    parts: await import("./test-parts.ts"),
    deps: { overlay, isOn, spansOf: (runId) => shownSpans(store, runId) },
    claims: { otelScrape: isOn("OTEL_SCRAPE"), debugBundleExport: isOn("DEBUG_BUNDLE_EXPORT") },
  };
}

/** Made of the log when they are asked for, by what the exporter uses: there is no second truth to go stale. */
async function shownSpans(store: Store, runId: string) {
  const { readRunSpans } = await import("#platform/telemetry/load-spans.ts");
  const { spans } = (await readRunSpans(store, runId)) ?? { spans: [] };
  return spans.map(({ name, attributes, events }) => ({
    name,
    attributes: attributes as JsonObject,
    events: events.map((event) => ({ name: event.name, attributes: event.attributes as JsonObject })),
  }));
}

/** What discovery may say of telemetry. */
export function observabilityOf({ exportProtocols }: Operations, seams: WiredSeams | undefined): ObservabilitySource {
  return { ...(exportProtocols && { exportProtocols }), ...(seams && { testSeams: seams.claims }) };
}

/** A limit that refuses all but one request per second. */
const FORCED_LIMIT = { requestsPerMinute: 60, burst: 1 };

export function httpOperationsOf(
  { limits, testing }: Config,
  clock: Clock,
  { metrics }: Operations,
  seams: WiredSeams | undefined,
  env: Readonly<Record<string, string | undefined>>,
): HttpOperations {
  const forced = testing.seams && env.OPENWOP_FORCE_RATE_LIMIT === "true";
  const limit = forced ? FORCED_LIMIT : limits.rateLimit;
  return {
    capacity: limits,
    isMemoryHigh: createMemoryGauge(() => performance.now()),
    ...(limit && { rate: { limit, nowMs: () => clock.nowMs(), forced } }),
    ...(metrics && { metrics }),
    ...(seams && { overlay: seams.overlay }),
  };
}
