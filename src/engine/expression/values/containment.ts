// jq's `contains`: b is somewhere in a.

import type { Json, JsonObject } from "#protocol/json.ts";
import { deepEqual } from "../deep-equal.ts";
import { describe } from "./json-text.ts";
import { kindOf } from "./kinds.ts";
import type { Meter } from "./meter.ts";
import { type Stop, typeError } from "./stop.ts";

/** Texts: substring. Lists: each item of b is contained in some item of a. Objects: likewise per key of b. */
export function contains(a: Json, b: Json, meter: Meter): boolean | Stop {
  // To jq, true and false are two kinds.
  if (kindOf(a) === kindOf(b) && (typeof a !== "boolean" || a === b)) return holds(a, b, meter, 0);
  return typeError(`${describe(a, meter)} and ${describe(b, meter)} cannot have their containment checked`);
}

function holds(a: Json, b: Json, meter: Meter, depth: number): boolean {
  meter.step();
  meter.depth(depth);
  if (typeof a === "string" && typeof b === "string") {
    meter.read(a.length);
    return a.includes(b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return b.every((wanted) => a.some((item) => holds(item, wanted, meter, depth + 1)));
  }
  if (kindOf(a) === "object" && kindOf(b) === "object")
    return objectHolds(a as JsonObject, b as JsonObject, meter, depth);
  return deepEqual(a, b, (cost) => meter.step(cost));
}

function objectHolds(a: JsonObject, b: JsonObject, meter: Meter, depth: number): boolean {
  const keys = Object.keys(b);
  meter.list(keys.length);
  return keys.every((key) => Object.hasOwn(a, key) && holds(a[key] as Json, b[key] as Json, meter, depth + 1));
}
