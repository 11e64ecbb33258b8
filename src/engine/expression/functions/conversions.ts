// Kinds, numbers, and values to text and back.

import type { Json } from "#protocol/json.ts";
import { describe, fromJsonText, toJsonText, toText } from "../values/json-text.ts";
import { isTruthy, kindOf } from "../values/kinds.ts";
import type { Meter } from "../values/meter.ts";
import { parseNumber, roundHalfAway } from "../values/numbers.ts";
import { type Stop, typeError } from "../values/stop.ts";
import { type BuiltIn, type BuiltIns, value } from "./built-in.ts";

export const conversions: BuiltIns = {
  "type/0": value((input) => kindOf(input)),
  "not/0": value((input) => !isTruthy(input)),
  "tostring/0": value((input, _, meter) => toText(input, meter)),
  "tojson/0": value((input, _, meter) => toJsonText(input, meter)),
  "fromjson/0": value((input, _, meter) =>
    typeof input === "string"
      ? fromJsonText(input, meter)
      : typeError(`${describe(input, meter)} only strings can be parsed`),
  ),
  "tonumber/0": value(toNumber),
  "floor/0": numeric(Math.floor),
  "ceil/0": numeric(Math.ceil),
  "round/0": numeric(roundHalfAway),
  "abs/0": value((input, _, meter) =>
    typeof input === "number"
      ? input < 0
        ? -input
        : input
      : typeError(`${describe(input, meter)} has no absolute value`),
  ),
};

function toNumber(input: Json, _: Json, meter: Meter): number | Stop {
  if (typeof input === "number") return input;
  if (typeof input === "string") meter.read(input.length);
  const parsed = typeof input === "string" ? parseNumber(input) : undefined;
  return parsed ?? typeError(`${describe(input, meter)} cannot be parsed as a number`);
}

function numeric(apply: (input: number) => number): BuiltIn {
  return value((input, _, meter) =>
    typeof input === "number" ? apply(input) : typeError(`${describe(input, meter)} number required`),
  );
}
