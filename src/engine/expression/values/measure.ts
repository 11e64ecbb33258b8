// How large a value is when it is written as JSON.

import type { Json } from "#protocol/json.ts";
import { MAX_VALUE_DEPTH } from "./meter.ts";

/**
 * About how many bytes the JSON text of a value has (escapes not counted). Infinity as soon as it is more than
 * `maxBytes`, or nested too deeply to be written; the walk then ends, so its cost is bounded by `maxBytes` also for
 * values that hold the same part many times.
 */
export function jsonBytes(value: Json, maxBytes: number): number {
  return maxBytes - spend(value, maxBytes, 0);
}

/** What is left of `room`; -Infinity when it does not suffice. */
function spend(value: Json, room: number, depth: number): number {
  if (typeof value === "string") return within(room - 2 - Buffer.byteLength(value));
  if (typeof value !== "object" || value === null) return within(room - (value === false ? 5 : 4));
  if (depth >= MAX_VALUE_DEPTH) return Number.NEGATIVE_INFINITY;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      left = spend(item, left - 1, depth + 1);
      if (left < 0) break;
    }
    return within(left);
  }
  for (const key of Object.keys(value)) {
    left = spend(value[key] as Json, left - Buffer.byteLength(key) - 4, depth + 1);
    if (left < 0) break;
  }
  return within(left);
}

function within(left: number): number {
  return left < 0 ? Number.NEGATIVE_INFINITY : left;
}
