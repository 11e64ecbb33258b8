// Conditions of edges: judged over the result of the edge's source once that has ended (runs.md §5.3).
//
//   C1. What can be wrong with a condition is found when it is compiled; a compiled one never throws.
//   C2. What cannot be judged is false: an expression that fails, a text too long to search. Only `notEquals` is true
//       where the left value is missing.

import type { Json } from "#protocol/json.ts";
import { deepEqual } from "./deep-equal.ts";
import { evaluate, isTruthy, parseExpression } from "./expression.ts";
import { compilePattern, MAX_SUBJECT_LENGTH } from "./pattern.ts";
import { jsonBytes } from "./values/measure.ts";

/** A condition as the document has it. Without `type` it is an expression. */
export interface Condition {
  type?: "expression" | "equals" | "notEquals" | "contains" | "regex";
  /** Dotted path of member names and list indices into the result, such as `output.approved`. */
  left?: string;
  right?: Json;
  expression?: string;
}

export type CompiledCondition =
  | { ok: true; test(result: Json): boolean }
  /** `field`: the member of the condition that is at fault. */
  | { ok: false; error: { field: string; message: string } };

/** Makes a condition ready to judge results. */
export function compileCondition(condition: Condition): CompiledCondition {
  const type = condition.type ?? (condition.expression === undefined ? undefined : "expression");
  switch (type) {
    case undefined:
      return refuse("type", "a condition needs a type or an expression");
    case "expression":
      return compileExpression(condition.expression);
    case "equals":
      return overLeft(condition, (right) => (left) => left !== undefined && deepEqual(left, right));
    case "notEquals":
      return overLeft(condition, (right) => (left) => left === undefined || !deepEqual(left, right));
    case "contains":
      return overLeft(condition, (right) => (left) => contains(left, right));
    case "regex":
      return compileRegex(condition);
    default:
      return refuse("type", `${String(type satisfies never)} is no type of condition`);
  }
}

function compileExpression(source: string | undefined): CompiledCondition {
  if (source === undefined) return refuse("expression", "a condition of type expression needs one");
  const parsed = parseExpression(source);
  if (!parsed.ok) return refuse("expression", parsed.error.message);
  const test = (result: Json) => {
    const verdict = evaluate(parsed.program, result);
    return verdict.ok && isTruthy(verdict.value);
  };
  return { ok: true, test };
}

function compileRegex(condition: Condition): CompiledCondition {
  if (typeof condition.right !== "string") return refuse("right", "a regular expression is a text");
  const compiled = compilePattern(condition.right);
  if (!compiled.ok) return refuse("right", compiled.error);
  return overLeft(condition, () => (left) => {
    const text = textOf(left);
    return text !== undefined && compiled.pattern.test(text).matched;
  });
}

/** A condition that judges the value under `left`; undefined when there is none. */
function overLeft(
  condition: Condition,
  judge: (right: Json) => (left: Json | undefined) => boolean,
): CompiledCondition {
  const { left, right } = condition;
  if (left === undefined) return refuse("left", `a condition of type ${condition.type} needs the path of a value`);
  const path = left.split(".");
  if (path.includes("")) return refuse("left", `\`${left}\` is no path: names or indices joined by dots`);
  if (right === undefined)
    return refuse("right", `a condition of type ${condition.type} needs a value to compare with`);
  const holds = judge(right);
  return { ok: true, test: (result) => holds(valueAt(result, path)) };
}

/** Own members and list items only. */
function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) value = /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
    else value = Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

function contains(left: Json | undefined, right: Json): boolean {
  if (Array.isArray(left)) return left.some((item) => deepEqual(item, right));
  return typeof left === "string" && typeof right === "string" && left.includes(right);
}

/** Texts as they are, other values as JSON; undefined when there is nothing, or more than a pattern may search. */
function textOf(value: Json | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return jsonBytes(value, MAX_SUBJECT_LENGTH) > MAX_SUBJECT_LENGTH ? undefined : JSON.stringify(value);
}

function refuse(field: string, message: string): CompiledCondition {
  return { ok: false, error: { field, message } };
}
