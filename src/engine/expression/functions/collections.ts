// Functions on lists and objects that need no program as argument.

import type { Json } from "#protocol/json.ts";
import { has, index, items, keysOf, lengthOf } from "../values/access.ts";
import { contains } from "../values/containment.ts";
import { describe } from "../values/json-text.ts";
import { isObject, isTruthy } from "../values/kinds.ts";
import type { Meter } from "../values/meter.ts";
import { sortedKeys } from "../values/order.ts";
import { Stop, typeError } from "../values/stop.ts";
import { Sum } from "../values/sum.ts";
import { type BuiltIns, value } from "./built-in.ts";

export const collections: BuiltIns = {
  "length/0": value((input, _, meter) => lengthOf(input, meter)),
  "keys/0": value((input, _, meter) => (isObject(input) ? sortedKeys(input, meter) : keysOf(input, meter))),
  "has/1": value((input, key) => has(input, key)),
  "contains/1": value((input, part, meter) => contains(input, part, meter)),
  "inside/1": value((input, whole, meter) => contains(whole, input, meter)),
  "first/0": value((input) => index(input, 0)),
  "last/0": value((input) => index(input, -1)),
  "add/0": value(sum),
  "any/0": value((input, _, meter) => quantify(input, true, meter)),
  "all/0": value((input, _, meter) => quantify(input, false, meter)),
  "reverse/0": value(reverse),
  "flatten/0": value((input, _, meter) => flatten(input, Number.POSITIVE_INFINITY, meter)),
  "flatten/1": value(flattenTo),
};

function sum(input: Json, _: Json, meter: Meter): Json | Stop {
  const list = items(input, meter);
  if (list instanceof Stop) return list;
  const total = new Sum(meter);
  for (const item of list) {
    meter.step();
    const stop = total.add(item);
    if (stop) return stop;
  }
  return total.total;
}

/** Whether some item is as truthy as `wanted`; that answers both `any` and, turned round, `all`. */
function quantify(input: Json, wanted: boolean, meter: Meter): boolean | Stop {
  const list = items(input, meter);
  if (list instanceof Stop) return list;
  meter.copy(list.length);
  return list.some((item) => isTruthy(item) === wanted) ? wanted : !wanted;
}

/** Lists and texts; what has the length 0 gives the empty list, as jq's definition has it. */
function reverse(input: Json, _: Json, meter: Meter): Json | Stop {
  if (Array.isArray(input)) {
    meter.copy(input.length);
    return input.toReversed();
  }
  if (typeof input === "string") {
    meter.build(input.length * 4);
    return Array.from(input).reverse().join("");
  }
  const length = lengthOf(input, meter);
  if (length instanceof Stop) return length;
  return length > 0 ? index(input, 0) : [];
}

function flattenTo(input: Json, levels: Json, meter: Meter): Json | Stop {
  if (typeof levels !== "number") return typeError(`${describe(levels, meter)} is no depth to flatten to`);
  return levels < 0 ? typeError("flatten depth must not be negative") : flatten(input, levels, meter);
}

function flatten(input: Json, levels: number, meter: Meter): Json[] | Stop {
  const list = items(input, meter);
  if (list instanceof Stop) return list;
  const flat: Json[] = [];
  pour(list, levels, flat, meter, 0);
  return flat;
}

function pour(list: readonly Json[], levels: number, flat: Json[], meter: Meter, depth: number): void {
  meter.depth(depth);
  meter.copy(list.length, flat.length + list.length);
  for (const item of list) {
    if (!Array.isArray(item) || levels <= 0) flat.push(item);
    else {
      meter.step();
      pour(item, levels - 1, flat, meter, depth + 1);
    }
  }
}
