// The debug bundle: everything that is known of one run, as one JSON text to hand to somebody (operations.md §6).
//
//   G1. What is in it is what event reads show: masked before it was stored. No token of an open question is in it.
//   G2. At most 8 MB: of events, spans and annotations the first ones that fit; the bundle says when some did not.

import { snapshotOf } from "#engine/projection.ts";
import { linePages } from "#platform/run-log.ts";
import { readRunSpans } from "#platform/telemetry/load-spans.ts";
import type { Span } from "#platform/telemetry/span.ts";
import type { JsonObject } from "#protocol/json.ts";
import { annotationsOf } from "./annotations.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { visibleHotRun } from "./visibility.ts";

const MEGABYTE = 1024 * 1024;
const MAX_EVENT_BYTES = 6 * MEGABYTE;
const MAX_SPAN_BYTES = MEGABYTE;
const MAX_ANNOTATION_BYTES = MEGABYTE / 2;
/** Events read at a time. */
const PAGE = 1_000;

export interface DebugBundleRequest {
  runId: string;
  /** The host as discovery names it. */
  host: { name: string; version: string; vendor: string };
  /** Lowers the cap. */
  maxEvents: number;
}

/** The bundle as JSON text. Throws `not_found`. */
export async function debugBundle(deps: AppDeps, call: Call, request: DebugBundleRequest): Promise<string> {
  const { runId, host, maxEvents } = request;
  const { graph, state } = await visibleHotRun(deps, call, runId);
  const run = snapshotOf(graph, state);
  const through = state.lastSequence;
  const { events, nodeIds } = await readEvents(deps, runId, Math.min(through, maxEvents - 1));
  const spans = fitting((await readRunSpans(deps.store, runId))?.spans.map(shownSpan) ?? [], MAX_SPAN_BYTES);
  const annotations = fitting(await annotationsOf(deps, runId), MAX_ANNOTATION_BYTES);
  const truncated = events.length < through + 1 || spans.cut || annotations.cut;
  const cost = (run.metrics as { openwopCost?: JsonObject } | undefined)?.openwopCost ?? null;
  const head = {
    bundleVersion: "1.0",
    generatedAt: new Date(deps.clock.nowMs()).toISOString(),
    host,
    run,
    spans: spans.items,
    metrics: { openwopCost: cost, nodeCount: nodeIds.size, eventCount: events.length },
    annotations: annotations.items,
    redactionApplied: true,
    redactionMode: "mask",
    ...(truncated && { truncated, truncatedReason: "events_truncated_to_size_cap" }),
  };
  return `${JSON.stringify(head).slice(0, -1)},"events":[${events.join(",")}]}`;
}

/** The first items that fit into so many bytes of JSON. */
function fitting<T>(items: readonly T[], maxBytes: number): { items: T[]; cut: boolean } {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > maxBytes;
  });
  return end < 0 ? { items: [...items], cut: false } : { items: items.slice(0, end), cut: true };
}

function shownSpan(span: Span): JsonObject {
  const { name, traceId, spanId, parentSpanId, kind, startMs, endMs, attributes, error } = span;
  return {
    name,
    traceId,
    spanId,
    parentSpanId: parentSpanId ?? null,
    kind,
    startedAt: new Date(startMs).toISOString(),
    ...(endMs !== undefined && { endedAt: new Date(endMs).toISOString() }),
    attributes: attributes as JsonObject,
    status: error === undefined ? { code: endMs === undefined ? "unset" : "ok" } : { code: "error", message: error },
  };
}

/** The first events up to `through`, as long as there is room. */
async function readEvents(
  deps: AppDeps,
  runId: string,
  through: number,
): Promise<{ events: string[]; nodeIds: Set<string> }> {
  const events: string[] = [];
  const nodeIds = new Set<string>();
  let bytes = 0;
  for await (const lines of linePages(deps.store, runId, { from: 0, through }, PAGE)) {
    for (const line of lines) {
      const event = JSON.parse(line) as { payload: JsonObject; nodeId?: string };
      // Readers of bundles look for `data`, readers of events for `payload`.
      const shown = JSON.stringify({ ...event, data: event.payload });
      bytes += Buffer.byteLength(shown);
      if (bytes > MAX_EVENT_BYTES) return { events, nodeIds };
      events.push(shown);
      if (event.nodeId !== undefined) nodeIds.add(event.nodeId);
    }
  }
  return { events, nodeIds };
}
