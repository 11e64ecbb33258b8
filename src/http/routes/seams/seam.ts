// What test seams share (operations.md §10.1): present with the master switch only, each behind its own, never without
// a credential. They go the ways that ordinary routes go.

import type { CapabilityOverlay } from "#app/capability-overlay.ts";
import type { JsonObject } from "#protocol/json.ts";

export const SEAMS = "/v1/host/sample";

/** A span as the seam shows it. */
export interface ShownSpan {
  name: string;
  attributes: JsonObject;
  events: { name: string; attributes: JsonObject }[];
}

export interface SeamDeps {
  overlay: CapabilityOverlay;
  /** Whether the switch `OPENWOP_TEST_<name>` leaves the seam on. */
  isOn(name: SeamSwitch): boolean;
  /** The spans of a run so far. */
  spansOf(runId: string): Promise<ShownSpan[]>;
}

const seamSwitches = ["SEAM_ENABLED", "OTEL_SCRAPE", "DEBUG_BUNDLE_EXPORT"] as const;
export type SeamSwitch = (typeof seamSwitches)[number];

/** The switches of an environment: all are on, `OPENWOP_TEST_<name>=false` switches one off. */
export function seamSwitchesOf(env: Readonly<Record<string, string | undefined>>): SeamDeps["isOn"] {
  return (name) => env[`OPENWOP_TEST_${name}`] !== "false";
}
