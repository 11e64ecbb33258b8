// Functions on texts.

import type { Json } from "#protocol/json.ts";
import { items } from "../values/access.ts";
import { add } from "../values/arithmetic.ts";
import type { Meter } from "../values/meter.ts";
import { formatNumber } from "../values/numbers.ts";
import { splitText } from "../values/split.ts";
import { Stop, typeError } from "../values/stop.ts";
import { type BuiltIn, type BuiltIns, value } from "./built-in.ts";

const ASCII = /[\0-\x7f]+/g;
const PURE_ASCII = /^[\0-\x7f]*$/;

export const texts: BuiltIns = {
  "startswith/1": value((input, prefix, meter) => onTexts("startswith", startsWith, input, prefix, meter)),
  "endswith/1": value((input, suffix, meter) => onTexts("endswith", endsWith, input, suffix, meter)),
  // Errors for what is no text: jq 1.8. Older versions passed it through.
  "ltrimstr/1": value((input, prefix, meter) => onTexts("startswith", withoutPrefix, input, prefix, meter)),
  "rtrimstr/1": value((input, suffix, meter) => onTexts("endswith", withoutSuffix, input, suffix, meter)),
  "trim/0": onText("trim", (text) => text.slice(spaceBefore(text), spaceBehind(text))),
  "ascii_downcase/0": onText("ascii_downcase", (text) => text.replace(ASCII, (run) => run.toLowerCase())),
  "ascii_upcase/0": onText("ascii_upcase", (text) => text.replace(ASCII, (run) => run.toUpperCase())),
  "split/1": value((input, separator, meter) =>
    typeof input === "string" && typeof separator === "string"
      ? splitText(input, separator, meter)
      : typeError("split input and separator must be strings"),
  ),
  "join/1": value(join),
};

function startsWith(text: string, prefix: string): boolean {
  return text.startsWith(prefix);
}

function endsWith(text: string, suffix: string): boolean {
  return text.endsWith(suffix);
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function withoutSuffix(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
}

function onTexts<T extends Json>(
  name: string,
  apply: (text: string, argument: string) => T,
  input: Json,
  argument: Json,
  meter: Meter,
): T | Stop {
  if (typeof input !== "string" || typeof argument !== "string") {
    return typeError(`${name}() requires string inputs`);
  }
  meter.read(argument.length);
  return apply(input, argument);
}

function onText(name: string, apply: (text: string) => string): BuiltIn {
  return value((input, _, meter) => {
    if (typeof input !== "string") return typeError(`${name} input must be a string`);
    meter.build(input.length);
    if (!PURE_ASCII.test(input)) meter.step(input.length / 4); // ASCII runs may then be short and many
    return apply(input);
  });
}

/** A loop, because a pattern like `\s+$` takes quadratic time over long runs of spaces. */
function spaceBefore(text: string): number {
  let at = 0;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function spaceBehind(text: string): number {
  let at = text.length;
  while (at > 0 && isSpace(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** Unicode's White_Space, as jq's `trim` has it. */
function isSpace(unit: number): boolean {
  return unit <= 0x20
    ? unit === 0x20 || (unit >= 9 && unit <= 13)
    : unit >= 0x85 && /[\u0085\p{Z}]/u.test(String.fromCharCode(unit));
}

/** jq's definition: null counts as "", numbers and booleans as their JSON, anything else must add to a text. */
function join(input: Json, separator: Json, meter: Meter): Json | Stop {
  const list = items(input, meter);
  if (list instanceof Stop) return list;
  const parts: string[] = [];
  let length = 0;
  const between = separator === null ? "" : separator;
  for (const [at, item] of list.entries()) {
    const part = partOf(item);
    if (at > 0 && typeof between !== "string") return add(parts.join(""), between, meter);
    if (at > 0) parts.push(between as string);
    if (typeof part !== "string") return add(parts.join(""), part, meter);
    parts.push(part);
    length += part.length + (at > 0 ? (between as string).length : 0);
    meter.hold(length);
    meter.step(1 + part.length / 32);
  }
  return parts.join("");
}

function partOf(item: Json): Json {
  if (item === null) return "";
  if (typeof item === "boolean") return String(item);
  return typeof item === "number" ? formatNumber(item) : item;
}
