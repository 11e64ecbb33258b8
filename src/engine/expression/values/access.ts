// Reading parts of values. Own members only: a key that a prototype would answer is as absent as any other.

import type { Json } from "#protocol/json.ts";
import { countCodePoints, sliceCodePoints } from "./codepoints.ts";
import { describe } from "./json-text.ts";
import { isObject, kindOf } from "./kinds.ts";
import type { Meter } from "./meter.ts";
import { Stop, typeError } from "./stop.ts";

/** jq's `target[key]`: null where nothing is. Fractions of an index are cut; negative ones count from the end. */
export function index(target: Json, key: Json): Json | Stop {
  if (typeof key === "string") {
    if (isObject(target)) return Object.hasOwn(target, key) ? (target[key] ?? null) : null;
    if (target === null) return null;
    const shown = key.length > 64 ? `${key.slice(0, 61).toWellFormed()}...` : key;
    return typeError(`Cannot index ${kindOf(target)} with string "${shown}"`);
  }
  if (target === null && (typeof key === "number" || isObject(key))) return null;
  if (typeof key === "number" && Array.isArray(target)) {
    const at = Math.trunc(key);
    return target[at < 0 ? at + target.length : at] ?? null;
  }
  return typeError(`Cannot index ${kindOf(target)} with ${kindOf(key)}`);
}

/** jq's `target[from:to]` over lists and texts (by code point); null means open. */
export function slice(target: Json, from: Json, to: Json, meter: Meter): Json | Stop {
  if (target === null) return null;
  if (typeof target !== "string" && !Array.isArray(target)) {
    return typeError(`Cannot index ${kindOf(target)} with object`);
  }
  if (!isBound(from) || !isBound(to)) {
    return typeError(`Start and end indices of an ${kindOf(target)} slice must be numbers`);
  }
  if (typeof target === "string") meter.read(target.length);
  const length = typeof target === "string" ? countCodePoints(target) : target.length;
  const start = Math.floor(place(from ?? 0, length));
  const end = Math.max(start, Math.ceil(place(to ?? length, length)));
  if (typeof target === "string") {
    meter.build(end - start);
    return sliceCodePoints(target, start, end);
  }
  meter.copy(end - start);
  return target.slice(start, end);
}

function isBound(value: Json): value is number | null {
  return value === null || typeof value === "number";
}

function place(bound: number, length: number): number {
  return Math.min(length, Math.max(0, bound < 0 ? bound + length : bound));
}

/** What `.[]` yields: items, or the values of members in their order. */
export function items(value: Json, meter: Meter): readonly Json[] | Stop {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return typeError(`Cannot iterate over ${describe(value, meter)}`);
  const values = Object.values(value);
  meter.list(values.length);
  return values;
}

/** jq's `has`. */
export function has(value: Json, key: Json): boolean | Stop {
  if (value === null) return false;
  if (isObject(value) && typeof key === "string") return Object.hasOwn(value, key);
  if (Array.isArray(value) && typeof key === "number") return key >= 0 && key < value.length;
  const article = kindOf(key) === "array" || kindOf(key) === "object" ? "an" : "a";
  return typeError(`Cannot check whether ${kindOf(value)} has ${article} ${kindOf(key)} key`);
}

/** The keys of an object in their order, or the indices of a list. */
export function keysOf(value: Json, meter: Meter): string[] | number[] | Stop {
  if (Array.isArray(value)) {
    meter.copy(value.length);
    return value.map((_, at) => at);
  }
  if (!isObject(value)) return typeError(`${describe(value, meter)} has no keys`);
  const keys = Object.keys(value);
  meter.list(keys.length);
  return keys;
}

/** jq's `length`. */
export function lengthOf(value: Json, meter: Meter): number | Stop {
  if (value === null) return 0;
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "boolean") return typeError(`${describe(value, meter)} has no length`);
  if (typeof value === "string") {
    meter.read(value.length);
    return countCodePoints(value);
  }
  const keys = Array.isArray(value) ? value : keysOf(value, meter);
  return keys instanceof Stop ? keys : keys.length;
}
