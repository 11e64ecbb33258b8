// The comparison operators.

import type { Json } from "#protocol/json.ts";
import { deepEqual } from "../deep-equal.ts";
import type { Meter } from "./meter.ts";
import { compare } from "./order.ts";

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export function holds(operator: Comparison, left: Json, right: Json, meter: Meter): boolean {
  switch (operator) {
    case "==":
      return deepEqual(left, right, (cost) => meter.step(cost));
    case "!=":
      return !deepEqual(left, right, (cost) => meter.step(cost));
    case "<":
      return compare(left, right, meter) < 0;
    case "<=":
      return compare(left, right, meter) <= 0;
    case ">":
      return compare(left, right, meter) > 0;
    case ">=":
      return compare(left, right, meter) >= 0;
  }
}
