// diff: how two logs, and what they add up to, differ (runs.md §14.5). Pure: equal logs give equal answers.

import { canonicalJson } from "#protocol/canonical.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Json, JsonObject } from "#protocol/json.ts";

/** Members of a payload that differ between any two runs and say nothing: whose it is, when it was, how it travelled. */
const excluded: ReadonlySet<string> = new Set([
  "eventId",
  "runId",
  "causationId",
  "correlationId",
  "traceparent",
  "tracestate",
  "timestamp",
  "startedAt",
  "completedAt",
  "decidedAt",
  "requestedAt",
  "resolvedAt",
  "durationMs",
]);

/** Whether two events of one sequence say the same. */
export function saysTheSame(a: RunEvent, b: RunEvent): boolean {
  return a.type === b.type && comparable(a.payload) === comparable(b.payload);
}

function comparable(payload: JsonObject): string {
  return canonicalJson(Object.fromEntries(Object.entries(payload).filter(([name]) => !excluded.has(name))));
}

export interface EventDiff {
  seq: number;
  op: "added" | "removed" | "changed";
  aEvent?: RunEvent;
  bEvent?: RunEvent;
}

/** What stands at one sequence; undefined: both say the same. `added`: only in b. */
export function diffAt(seq: number, aEvent: RunEvent | undefined, bEvent: RunEvent | undefined): EventDiff | undefined {
  if (aEvent && bEvent) return saysTheSame(aEvent, bEvent) ? undefined : { seq, op: "changed", aEvent, bEvent };
  if (aEvent) return { seq, op: "removed", aEvent };
  return bEvent && { seq, op: "added", bEvent };
}

/**
 * Status, and each variable and channel that differs, as `{a, b}`; a side that has no value leaves its member out.
 * Takes snapshots, where sensitive values are masked already.
 */
export function diffStates(a: JsonObject, b: JsonObject): JsonObject {
  const difference: JsonObject = {};
  if (a.status !== b.status) difference.status = { a: a.status ?? null, b: b.status ?? null };
  for (const member of ["variables", "channels"]) {
    const changed = diffMembers((a[member] ?? {}) as JsonObject, (b[member] ?? {}) as JsonObject);
    if (Object.keys(changed).length > 0) difference[member] = changed;
  }
  return difference;
}

function diffMembers(a: JsonObject, b: JsonObject): JsonObject {
  const entries: [string, Json][] = [];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (isSame(a, b, name)) continue;
    entries.push([name, { ...sideOf("a", a, name), ...sideOf("b", b, name) }]);
  }
  return Object.fromEntries(entries);
}

/** Nothing is not null. */
function isSame(a: JsonObject, b: JsonObject, name: string): boolean {
  return Object.hasOwn(a, name) === Object.hasOwn(b, name) && canonicalJson(a[name]) === canonicalJson(b[name]);
}

function sideOf(side: "a" | "b", values: JsonObject, name: string): JsonObject {
  return Object.hasOwn(values, name) ? { [side]: values[name] as Json } : {};
}
