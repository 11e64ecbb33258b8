// `+ - * / %` and the minus sign by jq's rules for each pair of kinds.

import type { Json, JsonObject } from "#protocol/json.ts";
import { deepEqual } from "../deep-equal.ts";
import { describe } from "./json-text.ts";
import { isObject, setMember } from "./kinds.ts";
import type { Meter } from "./meter.ts";
import { finite, remainder } from "./numbers.ts";
import { splitText } from "./split.ts";
import { type Stop, typeError } from "./stop.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** Applies an operator. Neither operand is changed. */
export function calculate(operator: ArithmeticOperator, left: Json, right: Json, meter: Meter): Json | Stop {
  switch (operator) {
    case "+":
      return add(left, right, meter);
    case "-":
      return subtract(left, right, meter);
    case "*":
      return multiply(left, right, meter);
    case "/":
      return divide(left, right, meter);
    case "%":
      return modulo(left, right, meter);
  }
}

/** null is neutral; numbers add, texts and lists join, objects merge with the right one winning. */
export function add(left: Json, right: Json, meter: Meter): Json | Stop {
  if (left === null) return right;
  if (right === null) return left;
  if (typeof left === "number" && typeof right === "number") return finite(finite(left) + finite(right));
  if (typeof left === "string" && typeof right === "string") {
    meter.build(left.length + right.length);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.copy(left.length + right.length);
    return left.concat(right);
  }
  if (isObject(left) && isObject(right)) return merge(left, right, meter);
  return mismatch(left, right, "cannot be added", meter);
}

export function negate(value: Json, meter: Meter): Json | Stop {
  return typeof value === "number" ? -value : typeError(`${describe(value, meter)} cannot be negated`);
}

function merge(left: JsonObject, right: JsonObject, meter: Meter): JsonObject {
  meter.copyMembers(Object.keys(left).length + Object.keys(right).length);
  return { ...left, ...right };
}

/** Numbers, or lists: the left items that equal no right one. */
function subtract(left: Json, right: Json, meter: Meter): Json | Stop {
  if (typeof left === "number" && typeof right === "number") return finite(finite(left) - finite(right));
  if (!Array.isArray(left) || !Array.isArray(right)) return mismatch(left, right, "cannot be subtracted", meter);
  meter.copy(left.length);
  const charge = (cost: number) => meter.step(cost);
  return left.filter((item) => !right.some((other) => isSame(item, other, charge)));
}

function isSame(a: Json, b: Json, charge: (cost: number) => void): boolean {
  charge(1);
  return deepEqual(a, b, charge);
}

/** Numbers; a text repeated (null below zero times); objects merged member by member, all the way down. */
function multiply(left: Json, right: Json, meter: Meter): Json | Stop {
  if (typeof left === "number" && typeof right === "number") return finite(finite(left) * finite(right));
  if (typeof left === "string" && typeof right === "number") return repeat(left, right, meter);
  if (typeof left === "number" && typeof right === "string") return repeat(right, left, meter);
  if (isObject(left) && isObject(right)) return mergeDeep(left, right, meter, 0);
  return mismatch(left, right, "cannot be multiplied", meter);
}

function repeat(text: string, times: number, meter: Meter): string | null {
  if (times < 0) return null;
  if (text === "") return "";
  meter.build(text.length * Math.trunc(times));
  return text.repeat(Math.trunc(times));
}

function mergeDeep(left: JsonObject, right: JsonObject, meter: Meter, depth: number): JsonObject {
  meter.depth(depth);
  const keys = Object.keys(right);
  meter.copyMembers(Object.keys(left).length + keys.length);
  const merged = { ...left };
  for (const key of keys) {
    const [old, value] = [Object.hasOwn(left, key) ? (left[key] as Json) : null, right[key] as Json];
    setMember(merged, key, isObject(old) && isObject(value) ? mergeDeep(old, value, meter, depth + 1) : value);
  }
  return merged;
}

/** Numbers, or a text split by another. */
function divide(left: Json, right: Json, meter: Meter): Json | Stop {
  if (typeof left === "string" && typeof right === "string") return splitText(left, right, meter);
  if (typeof left !== "number" || typeof right !== "number") return mismatch(left, right, "cannot be divided", meter);
  if (right === 0) return mismatch(left, right, "cannot be divided because the divisor is zero", meter);
  return finite(finite(left) / finite(right));
}

function modulo(left: Json, right: Json, meter: Meter): Json | Stop {
  if (typeof left !== "number" || typeof right !== "number") {
    return mismatch(left, right, "cannot be divided (remainder)", meter);
  }
  if (Math.trunc(right) === 0) {
    return mismatch(left, right, "cannot be divided (remainder) because the divisor is zero", meter);
  }
  return remainder(finite(left), finite(right));
}

function mismatch(left: Json, right: Json, reason: string, meter: Meter): Stop {
  return typeError(`${describe(left, meter)} and ${describe(right, meter)} ${reason}`);
}
