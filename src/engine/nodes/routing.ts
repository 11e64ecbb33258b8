// Nodes that choose or join ways: core.conditional and core.merge.

import type { Json, JsonObject } from "#protocol/json.ts";
import Type, { OneOf } from "#protocol/type.ts";
import { deepEqual } from "../expression/deep-equal.ts";
import { compilePattern } from "../expression/pattern.ts";
import { failure, type NodeType } from "../node-type.ts";

const operators = [
  "eq",
  "neq",
  "lt",
  "lte",
  "gt",
  "gte",
  "in",
  "contains",
  "starts-with",
  "ends-with",
  "regex",
  "exists",
  "not-exists",
  "truthy",
  "falsy",
] as const;
type Operator = (typeof operators)[number];

/** Routes its input to `then` or `else` by a predicate on its input ports: `{path, op, value}`. */
export const conditional: NodeType = {
  typeId: "core.conditional",
  routes: true,
  config: Type.Object({
    path: Type.String({ description: "Dotted path into the input ports, e.g. input.amount." }),
    op: OneOf(operators),
    value: Type.Optional(Type.Unknown()),
  }),
  check: ({ config }) => {
    if (config.op !== "regex") return [];
    const pattern = compilePattern(String(config.value ?? ""));
    return pattern.ok ? [] : [{ path: "config.value", message: pattern.error }];
  },
  start: ({ config, inputs }) => {
    const found = valueAt(inputs, config.path as string);
    const holds = test(config.op as Operator, found, config.value ?? null);
    const passed = Object.hasOwn(inputs, "input") ? (inputs.input as Json) : inputs;
    return { kind: "complete", outputs: { [holds ? "then" : "else"]: passed } };
  },
};

/** The value under a dotted path of own members and array indices; undefined when the path ends early. */
function valueAt(root: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path === "" ? [] : path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as JsonObject)[part];
  }
  return value;
}

function test(operator: Operator, found: Json | undefined, value: Json): boolean {
  switch (operator) {
    case "exists":
      return found !== undefined;
    case "not-exists":
      return found === undefined;
    case "truthy":
      return Boolean(found);
    case "falsy":
      return !found;
    case "eq":
      return found !== undefined && deepEqual(found, value);
    case "neq":
      return found === undefined || !deepEqual(found, value);
    case "in":
      return found !== undefined && Array.isArray(value) && value.some((item) => deepEqual(item, found));
    case "contains":
      return contains(found, value);
    case "regex":
      return matches(found, value);
    default:
      return compare(operator, found, value);
  }
}

function contains(found: Json | undefined, value: Json): boolean {
  if (Array.isArray(found)) return found.some((item) => deepEqual(item, value));
  return typeof found === "string" && typeof value === "string" && found.includes(value);
}

function matches(found: Json | undefined, value: Json): boolean {
  const compiled = compilePattern(String(value));
  return compiled.ok && typeof found === "string" && compiled.pattern.test(found).matched;
}

/** Order of two numbers or two texts; anything else compares false. */
function compare(operator: Operator, found: Json | undefined, value: Json): boolean {
  if (typeof found === "string" && typeof value === "string") {
    if (operator === "starts-with") return found.startsWith(value);
    if (operator === "ends-with") return found.endsWith(value);
    return inOrder(operator, found < value ? -1 : found > value ? 1 : 0);
  }
  return typeof found === "number" && typeof value === "number" && inOrder(operator, found - value);
}

function inOrder(operator: Operator, difference: number): boolean {
  if (operator === "lt") return difference < 0;
  if (operator === "lte") return difference <= 0;
  if (operator === "gt") return difference > 0;
  return operator === "gte" && difference >= 0;
}

const mergeModes = ["append", "combine-by-key", "combine-by-position", "choose-branch"] as const;

/** Joins what its incoming edges bring, in edge-id order, into the port `output`. */
export const merge: NodeType = {
  typeId: "core.merge",
  config: Type.Object({
    mode: Type.Optional(OneOf(mergeModes)),
    key: Type.Optional(Type.String({ minLength: 1, description: "combine-by-key: the member that names an item." })),
  }),
  check: ({ config }) =>
    config.mode === "combine-by-key" && typeof config.key !== "string"
      ? [{ path: "config.key", message: "combine-by-key needs the name of the key." }]
      : [],
  start: ({ config, deliveries }) => {
    switch ((config.mode ?? "append") as (typeof mergeModes)[number]) {
      case "append":
        return { kind: "complete", outputs: { output: itemsOf(deliveries) } };
      case "choose-branch":
        return { kind: "complete", outputs: deliveries[0] === undefined ? {} : { output: deliveries[0] } };
      case "combine-by-position":
        return { kind: "complete", outputs: { output: zip(deliveries) } };
      case "combine-by-key":
        return combineByKey(deliveries, config.key as string);
    }
  },
};

function itemsOf(deliveries: readonly Json[]): Json[] {
  return deliveries.flatMap((delivery) => (Array.isArray(delivery) ? delivery : [delivery]));
}

function zip(deliveries: readonly Json[]): Json[] {
  const lists = deliveries.map((delivery) => (Array.isArray(delivery) ? delivery : [delivery]));
  const length = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length }, (_, at) => Object.assign({}, ...lists.map((list) => list[at] ?? {})) as JsonObject);
}

function combineByKey(deliveries: readonly Json[], key: string): ReturnType<NodeType["start"]> {
  const combined = new Map<string, JsonObject>();
  for (const item of itemsOf(deliveries)) {
    const name = typeof item === "object" && item !== null && !Array.isArray(item) ? item[key] : undefined;
    if (typeof name !== "string" && typeof name !== "number") {
      return failure("validation_error", `An item to merge has no ${key}.`, { port: "input" });
    }
    combined.set(String(name), { ...combined.get(String(name)), ...(item as JsonObject) });
  }
  return { kind: "complete", outputs: { output: [...combined.values()] } };
}
