// Equality of JSON values: order of members does not matter, order of items does.

import type { Json, JsonObject } from "#protocol/json.ts";

/**
 * Whether two JSON values are the same. Own members only; `0` equals `-0`. Walks without recursion, so no depth of
 * nesting can overflow the stack. `charge` is told the cost of each pair and may throw to end the walk.
 */
export function deepEqual(a: Json, b: Json, charge?: (cost: number) => void): boolean {
  const open: Json[] = [a, b];
  while (open.length > 0) {
    const right = open.pop() as Json;
    const left = open.pop() as Json;
    charge?.(costOf(left, right));
    if (left === right) continue;
    if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
    if (!openMembers(left, right, open)) return false;
  }
  return true;
}

/** Puts the pairs still to be compared on the list; false when the containers differ at sight. */
function openMembers(left: Json[] | JsonObject, right: Json[] | JsonObject, open: Json[]): boolean {
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    for (let at = left.length - 1; at >= 0; at -= 1) open.push(left[at] as Json, right[at] as Json);
    return true;
  }
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    if (!Object.hasOwn(right, key)) return false;
    open.push(left[key] as Json, right[key] as Json);
  }
  return true;
}

function costOf(left: Json, right: Json): number {
  const texts = typeof left === "string" && typeof right === "string" && left.length === right.length;
  return texts ? 1 + left.length / 128 : 1;
}
