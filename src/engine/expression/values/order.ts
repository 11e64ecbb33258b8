// jq's total order: null < false < true < numbers < texts < arrays < objects.

import type { Json, JsonObject } from "#protocol/json.ts";
import { compareText } from "./codepoints.ts";
import { kindOf } from "./kinds.ts";
import type { Meter } from "./meter.ts";

const ranks = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 } as const;

/**
 * Negative when `a` comes before `b`, 0 when they are equal. Arrays item by item; objects by their sorted key sets
 * first, then by the values in that order of keys.
 */
export function compare(a: Json, b: Json, meter: Meter, depth = 0): number {
  if (typeof a === "string" && typeof b === "string") {
    meter.read(Math.min(a.length, b.length));
    return compareText(a, b);
  }
  if (a === b) return 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  const difference = rank(a) - rank(b);
  if (difference !== 0 || typeof a !== "object" || a === null) return difference;
  meter.depth(depth);
  if (Array.isArray(a)) return compareArrays(a, b as Json[], meter, depth);
  return compareObjects(a, b as JsonObject, meter, depth);
}

/** Keys of an object by code point, as `keys` lists them. */
export function sortedKeys(value: JsonObject, meter: Meter): string[] {
  const keys = Object.keys(value);
  meter.list(keys.length);
  meter.sort(keys.length);
  return keys.sort(compareText);
}

/** The places of `keys` in ascending order; equal ones keep their order. */
export function sortedPlaces(keys: readonly Json[], meter: Meter): number[] {
  meter.copy(keys.length);
  meter.sort(keys.length);
  return keys.map((_, at) => at).sort((a, b) => compare(keys[a] as Json, keys[b] as Json, meter));
}

function rank(value: Json): number {
  return ranks[kindOf(value)] + (value === true ? 1 : 0);
}

function compareArrays(a: Json[], b: Json[], meter: Meter, depth: number): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    meter.step();
    const order = compare(a[at] as Json, b[at] as Json, meter, depth + 1);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareObjects(a: JsonObject, b: JsonObject, meter: Meter, depth: number): number {
  const keys = sortedKeys(a, meter);
  const order = compareArrays(keys, sortedKeys(b, meter), meter, depth);
  if (order !== 0) return order;
  for (const key of keys) {
    meter.step();
    const difference = compare(a[key] as Json, b[key] as Json, meter, depth + 1);
    if (difference !== 0) return difference;
  }
  return 0;
}
