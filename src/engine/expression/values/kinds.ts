// The six kinds of JSON values, under jq's names.

import type { Json, JsonObject } from "#protocol/json.ts";

export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

/** jq's `type`. */
export function kindOf(value: Json): Kind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as Kind;
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Everything but `false` and `null`: `""` and `0` are truthy. */
export function isTruthy(value: Json): boolean {
  return value !== false && value !== null;
}

/** Sets an own member, also under names like `__proto__` that assignment would send elsewhere. */
export function setMember(target: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
