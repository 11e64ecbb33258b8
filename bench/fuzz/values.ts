// Values for requests: such as a schema asks for, and such as nobody asked for.

import type { Random } from "../chaos/random.ts";

export type Value = null | boolean | number | string | Value[] | { [name: string]: Value };
type Schema = Record<string, unknown>;

const MAX_DEPTH = 6;
const LONG = 20_000;

/** A value that fits the schema, mostly. `ids` are names that exist, or once did. */
export function fitting(schema: Schema, random: Random, ids: readonly string[], depth = 0): Value {
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fitting(random.pick(choices), random, ids, depth);
  if (schema.const !== undefined) return schema.const as Value;
  if (schema.enum) return random.pick(schema.enum as Value[]);
  switch (schema.type) {
    case "object":
      return depth > MAX_DEPTH ? {} : object(schema, random, ids, depth);
    case "array": {
      const items = (schema.items ?? {}) as Schema;
      const count = depth > MAX_DEPTH ? 0 : random.int(Number(schema.minItems ?? 0), 3);
      return Array.from({ length: count }, () => fitting(items, random, ids, depth + 1));
    }
    case "integer":
    case "number":
      return random.int(Number(schema.minimum ?? -2), Number(schema.maximum ?? 1_000));
    case "boolean":
      return random.chance(0.5);
    case "string":
      return random.chance(0.6) && ids.length > 0 ? random.pick(ids) : random.pick(words);
    default:
      return random.pick<Value>([null, true, 7, "text", [], { a: 1 }]);
  }
}

function object(schema: Schema, random: Random, ids: readonly string[], depth: number): Value {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = new Set((schema.required ?? []) as string[]);
  const value: { [name: string]: Value } = {};
  for (const [name, member] of Object.entries(properties)) {
    if (required.has(name) || random.chance(0.3)) value[name] = fitting(member, random, ids, depth + 1);
  }
  return value;
}

const words = [
  "a",
  "conformance-noop",
  "accept",
  "0",
  "../../etc/passwd",
  "https://example.com/hook",
  "host:assistant",
  "",
];

/** Strings that have broken somebody before. */
export const hostileStrings: readonly string[] = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "a\r\nx: y",
  "'; DROP TABLE runs; --",
  "%00",
  "..%2f..%2f",
  "\u202e\u2066",
  "[REDACTED:secret]",
  "constructor",
  "__proto__",
  "$HOME",
  "{{variables.a}}",
  "^(a+)+$",
  "9".repeat(400),
  "é".repeat(300),
  "x".repeat(LONG),
];

const oddValues: readonly Value[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  -(2 ** 60),
  2 ** 53,
  [],
  {},
  [[[[]]]],
  { __proto__x: 1, constructor: { prototype: {} } },
];

/** The same value with one place changed to something odd. */
export function mutated(value: Value, random: Random): Value {
  if (typeof value !== "object" || value === null || random.chance(0.2)) return odd(random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return [...value, odd(random)];
    const at = random.int(0, value.length - 1);
    return value.map((item, index) => (index === at ? mutated(item, random) : item));
  }
  const names = Object.keys(value);
  const name = names.length > 0 ? random.pick(names) : "";
  const change = random.int(0, 3);
  if (change === 0 || names.length === 0)
    return withMember(value, random.pick([...hostileStrings, "extra"]), odd(random));
  if (change === 1) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
  return withMember(value, name, mutated(value[name] as Value, random));
}

/** Also under names that plain assignment would not set. */
function withMember(value: { [name: string]: Value }, name: string, member: Value): Value {
  const copy = { ...value };
  Object.defineProperty(copy, name, { value: member, enumerable: true, configurable: true, writable: true });
  return copy;
}

function odd(random: Random): Value {
  return random.chance(0.5) ? random.pick(hostileStrings) : random.pick(oddValues);
}
