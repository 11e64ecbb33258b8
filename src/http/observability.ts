// What discovery says of telemetry (discovery-auth.md §2): nothing while spans go nowhere.

import type { JsonObject } from "#protocol/json.ts";

/** The live facts. */
export interface ObservabilitySource {
  /** Encodings of the exporter; absent: none is configured. */
  exportProtocols?: readonly string[];
  /** Seams that answer. */
  testSeams?: { otelScrape: boolean; debugBundleExport: boolean };
}

const SPAN_NAMES = [
  "openwop.run",
  "openwop.node.<typeId>",
  "openwop.node.<typeId>.attempt",
  "openwop.event.append",
  "openwop.interrupt",
  "openwop.activity.<provider>",
];

export function observabilityClaims({ exportProtocols, testSeams }: ObservabilitySource): JsonObject {
  const seams = Object.fromEntries(Object.entries(testSeams ?? {}).filter(([, answers]) => answers));
  const hasSeams = Object.keys(seams).length > 0;
  if (!exportProtocols && !hasSeams) return {};
  return {
    observability: {
      namespace: "openwop",
      spanNames: SPAN_NAMES,
      ...(exportProtocols && { otel: { exportProtocols: [...exportProtocols] } }),
      ...(hasSeams && { testSeams: seams }),
    },
  };
}
