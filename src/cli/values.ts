// `name=value` on the command line.

import type { Json, JsonObject } from "#protocol/json.ts";
import { UsageError } from "./failures.ts";

/**
 * Pairs as an object. `k=v` is text, unless the value reads as JSON: a number, `true`, `false`, `null`, an object or an
 * array. `k:=json` takes JSON only, so that `k:="42"` is the text 42. A name that comes twice is refused.
 */
export function parsePairs(pairs: readonly string[], option: string): JsonObject {
  const entries = new Map<string, Json>();
  for (const pair of pairs) {
    const { name, value } = parsePair(pair, option);
    if (entries.has(name)) throw new UsageError(`--${option} ${name} was given twice.`);
    entries.set(name, value);
  }
  return Object.fromEntries(entries);
}

function parsePair(pair: string, option: string): { name: string; value: Json } {
  const equals = pair.indexOf("=");
  const forced = equals > 0 && pair[equals - 1] === ":";
  const name = pair.slice(0, forced ? equals - 1 : equals);
  if (equals < 0 || name === "") {
    throw new UsageError(`--${option} needs NAME=VALUE or NAME:=JSON, not "${pair}".`);
  }
  const text = pair.slice(equals + 1);
  return { name, value: forced ? parseJson(text, `--${option} ${name}`) : guessValue(text) };
}

/** JSON when it reads as one and is not a quoted text; else the text itself. */
export function guessValue(text: string): Json {
  if (!/^\s*[-\d[{tfn]/.test(text)) return text;
  const value = tryJson(text);
  // An order number of 20 digits would come out changed: it stays text.
  if (typeof value === "number" && significantDigits(text) > MAX_EXACT_DIGITS) return text;
  return value === undefined ? text : value;
}

/** Every decimal of that many digits survives a double. */
const MAX_EXACT_DIGITS = 15;

function significantDigits(text: string): number {
  const [mantissa = ""] = text.toLowerCase().split("e");
  return mantissa.replace(/[^\d]/g, "").replace(/^0+/, "").length;
}

function tryJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** JSON or a usage error that says where it came from. */
export function parseJson(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(`${what} is not valid JSON: ${(error as Error).message}`);
  }
}

/** As {@link parseJson}, for an object. */
export function parseJsonObject(text: string, what: string): JsonObject {
  const value = parseJson(text, what);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${what} must be a JSON object.`);
}
