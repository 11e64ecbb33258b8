// Values to JSON text and back, as `tojson` and `fromjson` do it.

import type { Json, JsonObject } from "#protocol/json.ts";
import { kindOf } from "./kinds.ts";
import { MAX_VALUE_DEPTH, type Meter } from "./meter.ts";
import { finite, formatNumber } from "./numbers.ts";
import { type Stop, typeError } from "./stop.ts";

/** Longest excerpt of a value in an error message, in characters; jq 1.8 cuts there too. */
const EXCERPT_LENGTH = 29;

/** Compact JSON text. */
export function toJsonText(value: Json, meter: Meter): string {
  const writer = new Writer(meter, meter.maxBytes);
  writer.write(value, 0);
  meter.hold(writer.length);
  return writer.parts.join("");
}

/** jq's `tostring`: texts as they are, everything else as JSON. */
export function toText(value: Json, meter: Meter): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? formatNumber(value) : toJsonText(value, meter);
}

/** Kind and beginning of a value for an error message: `object ({"a":1})`. */
export function describe(value: Json, meter: Meter): string {
  const writer = new Writer(meter, EXCERPT_LENGTH);
  writer.write(value, 0);
  const text = writer.parts.join("");
  const excerpt = text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH - 3).toWellFormed()}...` : text;
  return `${kindOf(value)} (${excerpt})`;
}

/** jq's `fromjson`: one JSON value, white space around it allowed. */
export function fromJsonText(text: string, meter: Meter): Json | Stop {
  meter.build(text.length);
  const { depth, largeNumbers } = survey(text);
  if (depth > MAX_VALUE_DEPTH) return typeError("Exceeds depth limit for parsing");
  if (largeNumbers) meter.step(text.length / 8); // a reviver is called for every value
  try {
    if (!largeNumbers) return JSON.parse(text) as Json;
    return JSON.parse(text, (_, value) => (typeof value === "number" ? finite(value) : value)) as Json;
  } catch {
    const excerpt = text.length > 64 ? `${text.slice(0, 61).toWellFormed()}...` : text;
    return typeError(`Invalid JSON text (while parsing '${excerpt}')`);
  }
}

/** Collects text until there is more than asked for, then writes no further. */
class Writer {
  readonly parts: string[] = [];
  length = 0;
  readonly #meter: Meter;
  readonly #wanted: number;

  constructor(meter: Meter, wanted: number) {
    this.#meter = meter;
    this.#wanted = wanted;
  }

  write(value: Json, depth: number): void {
    if (this.length > this.#wanted) return;
    this.#meter.step();
    this.#meter.depth(depth);
    if (typeof value === "number") this.#add(formatNumber(value));
    else if (typeof value === "string") this.#quote(value);
    else if (typeof value !== "object" || value === null) this.#add(String(value ?? null));
    else if (Array.isArray(value)) this.#array(value, depth);
    else this.#object(value, depth);
  }

  #array(value: Json[], depth: number): void {
    this.#add("[");
    for (let at = 0; at < value.length && this.length <= this.#wanted; at += 1) {
      if (at > 0) this.#add(",");
      this.write(value[at] as Json, depth + 1);
    }
    this.#add("]");
  }

  #object(value: JsonObject, depth: number): void {
    const keys = Object.keys(value);
    this.#meter.list(keys.length);
    this.#add("{");
    for (let at = 0; at < keys.length && this.length <= this.#wanted; at += 1) {
      if (at > 0) this.#add(",");
      this.#quote(keys[at] as string);
      this.#add(":");
      this.write(value[keys[at] as string] as Json, depth + 1);
    }
    this.#add("}");
  }

  #quote(text: string): void {
    const room = this.#wanted - this.length + 1;
    const shown = text.length > room ? text.slice(0, room) : text;
    // JSON.stringify leaves DEL as it is, jq escapes it.
    this.#add(JSON.stringify(shown).replaceAll("\u007f", "\\u007f"));
  }

  #add(text: string): void {
    if (text.length > 32) this.#meter.step(text.length / 32);
    this.parts.push(text);
    this.length += text.length;
  }
}

/** What is known of a JSON text before a parser recurses into it; a plain loop, because texts may be hostile. */
function survey(text: string): { depth: number; largeNumbers: boolean } {
  let [level, depth, digits, largeNumbers, quoted] = [0, 0, 0, false, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[" || character === "{") depth = Math.max(depth, ++level);
    else if (character === "]" || character === "}") level -= 1;
    else {
      if (digits > 0 && (character === "e" || character === "E")) largeNumbers = true;
      digits = isDigit(character) || character === "." ? digits + 1 : 0;
      if (digits > 300) largeNumbers = true;
    }
  }
  return { depth, largeNumbers };
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
