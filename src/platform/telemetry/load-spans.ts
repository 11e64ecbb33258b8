// Reads what the spans of a run are made of: its log, and what it belongs to.

import type { RunRow, RunStart } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { PROTOCOL_VERSION, type RunEvent } from "#protocol/events.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { eventPages } from "../run-log.ts";
import type { RunFacts } from "./run-attributes.ts";
import { spansOf } from "./run-spans.ts";
import type { Span } from "./span.ts";

/** A run with more events is told by its first ones; the rest is counted as dropped. */
export const MAX_EVENTS_PER_RUN = 20_000;
const PAGE = 1_000;

export interface RunTelemetry {
  spans: Span[];
  /** Events that were left out. */
  dropped: number;
}

/** Undefined: there is no such run. */
export async function readRunSpans(store: Store, runId: string): Promise<RunTelemetry | undefined> {
  const row = await store.readRun(runId);
  return row && spansOfRun(store, row);
}

export async function spansOfRun(store: Store, row: RunRow): Promise<RunTelemetry> {
  const { runId } = row.start;
  const events = await readEvents(store, runId);
  const facts = await factsOf(store, row.start);
  const last = events.at(-1);
  const dropped = row.lastSequence - (last?.sequence ?? -1);
  // The end of a run is always told.
  if (dropped > 0) events.push(...(await readEvents(store, runId, row.lastSequence)));
  return { spans: spansOf(facts, events), dropped: Math.max(0, dropped - 1) };
}

async function readEvents(store: Store, runId: string, from = 0): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const range = { from, through: from + MAX_EVENTS_PER_RUN - 1 };
  for await (const page of eventPages(store, runId, range, PAGE)) events.push(...page);
  return events;
}

async function factsOf(store: Store, start: RunStart): Promise<RunFacts> {
  const [definition, parent, source] = await Promise.all([
    store.readDefinition(start.definitionHash),
    start.parent && store.readRun(start.parent.runId),
    start.fork && store.readRun(start.fork.sourceRunId),
  ]);
  const { complianceClass, isSensitive } = privacyOf(definition);
  return {
    start,
    protocolVersion: PROTOCOL_VERSION,
    complianceClass,
    piiPresent: isSensitive || complianceClass !== "public",
    ...(parent && { parentWorkflowId: parent.start.workflowId }),
    ...(source && { source: source.start }),
  };
}

function privacyOf(json: string | undefined): { complianceClass: string; isSensitive: boolean } {
  if (json === undefined) return { complianceClass: "public", isSensitive: false };
  const { metadata, variables, channels, nodes } = JSON.parse(json) as WorkflowDefinition;
  const marked = [...variables, ...Object.values(channels ?? {})] as { sensitive?: boolean }[];
  const isSensitive =
    marked.some(({ sensitive }) => sensitive === true) ||
    nodes.some(({ outputSensitivity = {} }) => Object.values(outputSensitivity).includes(true));
  return { complianceClass: metadata.complianceClass ?? "public", isSensitive };
}
