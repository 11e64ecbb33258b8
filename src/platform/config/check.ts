// Checks a value against the generated configuration schema, fills in defaults and collects everything that is wrong.
//
// This is no JSON Schema validator: it reads the few keywords that schema.ts uses. In return its messages name the
// place, the given value and the allowed ones, and unknown keys only warn.
//
//   C1. Every problem is reported, not only the first.
//   C2. At and below a key marked `x-secret` no value is shown, and no unknown key either: a credential written in
//       the wrong place can stand as a key. Elsewhere a value is shown only where both it and what is wanted are
//       plain: a list or section can hold a secret somewhere inside.

import { nearest } from "./nearest.ts";
import {
  type ConfigProblem,
  type ConfigWarning,
  type Path,
  type Place,
  pathText,
  placeOf,
  placeText,
  problem,
  shown,
} from "./problems.ts";

/** The part of JSON Schema that the configuration schema consists of. */
export interface SchemaNode {
  type?: "object" | "array" | "string" | "integer" | "boolean";
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  maxItems?: number;
  anyOf?: SchemaNode[];
  enum?: (string | number)[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  "x-secret"?: boolean;
  "x-allowed"?: string;
}

export interface Checked {
  /** With defaults; meaningful only when there are no problems. */
  value: unknown;
  problems: ConfigProblem[];
  warnings: ConfigWarning[];
}

/** `placeOfPath` says where a key path stands. */
export function check(root: SchemaNode, value: unknown, placeOfPath: (path: Path) => Place): Checked {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = [];
  const context: Context = { root, placeOfPath, problems, warnings };
  return { value: checkNode(context, root, value, [], false), problems, warnings };
}

/** The allowed values of a node in words. */
export function allowedText(node: SchemaNode): string {
  if (node["x-allowed"] !== undefined) return node["x-allowed"];
  if (node.enum !== undefined) return node.enum.length === 1 ? String(node.enum[0]) : `one of ${node.enum.join(", ")}`;
  switch (node.type) {
    case "integer":
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case "string":
      return node.maxLength === undefined ? "a text that is not empty" : `a text of 1 to ${node.maxLength} characters`;
    case "array":
      return `a list of at most ${node.maxItems} entries`;
    case "boolean":
      return "true or false";
    default:
      return `a section with the keys ${Object.keys(node.properties ?? {}).join(", ")}`;
  }
}

interface Context {
  root: SchemaNode;
  placeOfPath: (path: Path) => Place;
  problems: ConfigProblem[];
  warnings: ConfigWarning[];
}

function checkNode(context: Context, node: SchemaNode, given: unknown, path: Path, inSecret: boolean): unknown {
  const value = given === undefined ? structuredClone(node.default) : given;
  const secret = inSecret || node["x-secret"] === true;
  if (node.anyOf !== undefined) return checkAnyOf(context, node, value, path, secret);
  // A section whose keys are all commented out reads as null.
  if (node.type === "object" && (isObject(value) || value === null)) {
    return checkObject(context, node, value ?? {}, path, secret);
  }
  if (node.type === "array" && Array.isArray(value) && value.length <= (node.maxItems ?? Number.POSITIVE_INFINITY)) {
    const items = node.items ?? {};
    return value.map((item, at) => checkNode(context, items, item, [...path, at], secret));
  }
  if (!isAllowedScalar(node, value)) refuse(context, node, value, path, secret);
  return value;
}

function refuse(context: Context, node: SchemaNode, value: unknown, path: Path, secret: boolean): void {
  const facts = { allowed: allowedText(node) };
  const place = context.placeOfPath(path);
  if (value === undefined) {
    context.problems.push(problem(place, pathText(path), { ...facts, says: "is missing" }));
  } else if (secret) {
    const says = "the value is not allowed, and not shown because it may be a secret";
    context.problems.push(problem(place, pathText(path), { ...facts, says }));
  } else if (isPlain(value) && node.type !== "object" && node.type !== "array") {
    context.problems.push(problem(place, pathText(path), { ...facts, value: shown(value), says: "is not allowed" }));
  } else {
    context.problems.push(problem(place, pathText(path), { ...facts, says: `${kindOf(value)} is not allowed` }));
  }
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "a section" : `a ${typeof value === "string" ? "text" : typeof value}`;
}

function isAllowedScalar(node: SchemaNode, value: unknown): boolean {
  if (node.enum !== undefined) return node.enum.some((one) => one === value);
  switch (node.type) {
    case "integer":
      return Number.isSafeInteger(value) && isBetween(value as number, node.minimum, node.maximum);
    case "string":
      return typeof value === "string" && isAllowedText(node, value);
    case "boolean":
      return typeof value === "boolean";
    default:
      return false;
  }
}

function isAllowedText(node: SchemaNode, text: string): boolean {
  if (!isBetween(text.length, node.minLength, node.maxLength)) return false;
  return node.pattern === undefined || new RegExp(node.pattern, "u").test(text);
}

function isBetween(value: number, lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY): boolean {
  return value >= lowest && value <= highest;
}

function checkObject(context: Context, node: SchemaNode, value: object, path: Path, secret: boolean): unknown {
  const properties = node.properties ?? {};
  const checked: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(properties)) {
    const given: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
    const optional = child.default === undefined && node.required?.includes(key) !== true;
    if (given === undefined && optional) continue;
    checked[key] = checkNode(context, child, given, [...path, key], secret);
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(properties, key)) context.warnings.push(unknownKey(context, node, [...path, key], secret));
  }
  return checked;
}

/** The first alternative that fits. A key of another alternative does not fit, any other unknown key warns. */
function checkAnyOf(context: Context, node: SchemaNode, value: unknown, path: Path, secret: boolean): unknown {
  const alternatives = node.anyOf ?? [];
  const keys = new Set(alternatives.flatMap((one) => Object.keys(one.properties ?? {})));
  for (const alternative of alternatives) {
    const own = Object.keys(alternative.properties ?? {});
    if (isObject(value) && Object.keys(value).some((key) => keys.has(key) && !own.includes(key))) continue;
    const trial: Context = { ...context, problems: [], warnings: [] };
    const checked = checkNode(trial, alternative, value ?? undefined, path, secret);
    if (trial.problems.length > 0) continue;
    context.warnings.push(...trial.warnings);
    return checked;
  }
  refuse(context, node, value, path, secret);
  return value;
}

function unknownKey(context: Context, parent: SchemaNode, path: Path, secret: boolean): ConfigWarning {
  const parentPath = path.slice(0, -1);
  const key = String(path.at(-1));
  const siblings = Object.keys(parent.properties ?? {});
  const sibling = nearest(key, siblings);
  const place = context.placeOfPath(path);
  if (secret) {
    const message = `unknown key below \`${pathText(parentPath)}\` in ${placeText(place)}; known: ${siblings.join(", ")}`;
    return { ...placeOf(place), path: pathText(parentPath), message };
  }
  const suggestion = sibling === undefined ? elsewhere(context.root, key) : pathText([...parentPath, sibling]);
  const hint = suggestion === undefined ? `known keys here: ${siblings.join(", ")}` : `did you mean \`${suggestion}\`?`;
  const message = `unknown key \`${pathText(path)}\` in ${placeText(place)}: ${hint}`;
  return { ...placeOf(place), path: pathText(path), ...(suggestion === undefined ? {} : { suggestion }), message };
}

/** A key that is right in another section: `port` at the top is meant to be `server.port`. */
function elsewhere(root: SchemaNode, key: string): string | undefined {
  const paths = keyPaths(root, []);
  const meant = nearest(
    key,
    paths.map((path) => String(path.at(-1))),
  );
  const path = paths.find((candidate) => candidate.at(-1) === meant);
  return meant === undefined || path === undefined ? undefined : pathText(path);
}

function keyPaths(node: SchemaNode, path: Path): Path[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    [...path, key],
    ...keyPaths(child, [...path, key]),
  ]);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
