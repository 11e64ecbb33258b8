// A run and events of its log, as the tests of telemetry and metrics need them.

import type { RunStart } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";

/** Created at second 1. */
export const aStart: RunStart = {
  runId: "run_1",
  tenantId: "default",
  workflowId: "demo",
  definitionHash: "h",
  inputs: {},
  configurable: {},
  tags: [],
  metadata: {},
  owner: { tenant: "default" },
  transport: "rest",
  createdMs: 1_000,
};

/** An event of that run; a payload's nodeId is the event's. */
export function eventOf(
  sequence: number,
  type: string,
  payload: { [name: string]: Json } = {},
  atMs = 2_000,
): RunEvent {
  return {
    eventId: `evt_${sequence}`,
    runId: "run_1",
    sequence,
    type,
    timestamp: new Date(atMs).toISOString(),
    schemaVersion: 1,
    engineVersion: "1",
    payload,
    ...(typeof payload.nodeId === "string" && { nodeId: payload.nodeId }),
  };
}

export type Told = [type: string, payload?: { [name: string]: Json }, atMs?: number];

/** A log of these events. */
export function logOf(...told: Told[]): RunEvent[] {
  return told.map(([type, payload, atMs], sequence) => eventOf(sequence, type, payload, atMs));
}
