// Expressions: the portable jq subset of awp.md §5, read by a small pure evaluator.
//
//   root     the one value a program sees, as `.`; nothing of the world, no clock, no environment
//   folding  no output is null, one output is that value, several are a list of them
//
//   X1. Neither function throws, whatever it is given, and both end soon: source, nesting, steps and sizes are bounded.
//   X2. The root is never changed. The result may share parts with it.
//   X3. Same program, same root: same result.
//   X4. Keys like `__proto__` and `constructor` are keys like all others.
//
// Where versions of jq differ, 1.8 is followed. Known differences from jq: keys that are whole numbers come first in
// an object's order (JavaScript), `.[[1]]` (search) is an error, and object values take operators without brackets.

import type { Json } from "#protocol/json.ts";
import { Interpreter } from "./evaluation/interpreter.ts";
import type { Program } from "./program/nodes.ts";
import { tokenize } from "./syntax/lexer.ts";
import { parseProgram } from "./syntax/parser.ts";
import { SyntaxFailure } from "./syntax/tokens.ts";
import { toJsonText } from "./values/json-text.ts";
import { jsonBytes } from "./values/measure.ts";
import { type LimitCode, LimitReached, Meter } from "./values/meter.ts";
import type { Stop } from "./values/stop.ts";

export type { Program } from "./program/nodes.ts";
export { isTruthy } from "./values/kinds.ts";

/** Longest program in bytes (awp.md §5). */
export const MAX_SOURCE_BYTES = 16 * 1024;

const DEFAULT_MAX_STEPS = 100_000; // some 20 ms of work
const DEFAULT_MAX_OUTPUT_BYTES = 2 * 1024 * 1024; // awp.md §5
const MAX_MESSAGE_LENGTH = 500;

export type ParsedExpression =
  | { ok: true; program: Program }
  /** `position` counts characters from 0; the message names it too. */
  | { ok: false; error: { message: string; position: number } };

export type EvaluationErrorCode = "type_error" | "user_error" | LimitCode;

export type Evaluation =
  | { ok: true; value: Json }
  | { ok: false; error: { code: EvaluationErrorCode; message: string } };

export interface EvaluationLimits {
  /** Units of work, roughly one per evaluated part and one per item that a built-in handles. */
  maxSteps?: number;
  /** Size of the result, and of any text or list on the way to it. */
  maxOutputBytes?: number;
}

/** Reads a program. Words outside the subset are refused here, by name and position. */
export function parseExpression(source: string): ParsedExpression {
  if (Buffer.byteLength(source) > MAX_SOURCE_BYTES) {
    return { ok: false, error: { message: `the expression is longer than ${MAX_SOURCE_BYTES} bytes`, position: 0 } };
  }
  try {
    return { ok: true, program: parseProgram(tokenize(source)) };
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    return { ok: false, error: { message: error.message, position: error.position } };
  }
}

/**
 * Runs a program and folds its outputs. Errors: `type_error` (jq's own), `user_error` (`error`), `step_limit` and
 * `output_limit`, which no `try` of the program catches.
 */
export function evaluate(program: Program, root: Json, limits: EvaluationLimits = {}): Evaluation {
  const meter = new Meter(limits.maxSteps ?? DEFAULT_MAX_STEPS, limits.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES);
  try {
    const outputs = new Interpreter(meter).collect(program.root, root, undefined);
    return Array.isArray(outputs) ? fold(outputs, meter) : { ok: false, error: failure(outputs, meter) };
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    return { ok: false, error: { code: error.code, message: error.message } };
  }
}

function fold(outputs: Json[], meter: Meter): Evaluation {
  const value = outputs.length > 1 ? outputs : (outputs[0] ?? null);
  meter.hold(jsonBytes(value, meter.maxBytes));
  return { ok: true, value };
}

function failure({ kind, value }: Stop, meter: Meter): { code: EvaluationErrorCode; message: string } {
  const message = typeof value === "string" ? value : `(not a string): ${toJsonText(value, meter)}`;
  return { code: kind === "user_error" ? kind : "type_error", message: message.slice(0, MAX_MESSAGE_LENGTH) };
}
