// What a node cost: the sum of its calls, in the seven attributes that may leave the host.

import type { CostAttributes } from "#protocol/cost.ts";
import type { AttributeValue } from "./span.ts";

const SUMMED = new Set([
  "openwop.cost.tokens.input",
  "openwop.cost.tokens.output",
  "openwop.cost.tokens.total",
  "openwop.cost.usd",
]);

/** Adds a call to what is there: amounts are summed, of the rest the last one counts. */
export function addCost(attributes: Record<string, AttributeValue>, cost: CostAttributes): void {
  for (const [name, value] of Object.entries(cost)) {
    const before = attributes[name];
    attributes[name] = SUMMED.has(name) && typeof before === "number" ? before + Number(value) : value;
  }
}
