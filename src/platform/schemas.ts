// JSON Schema validation: our own schemas (trusted), and foreign ones out of workflow documents (not trusted).
//
//   J1. A foreign schema cannot hang the process: its patterns run in linear time, its size and depth are bounded.
//   J2. Nothing is coerced, no default is filled in, nothing is removed.

import { createRequire } from "node:module";
import type { Ajv2020 as Ajv, ErrorObject, Options, ValidateFunction } from "ajv/dist/2020.js";

/** Where in the value (`.a.b[0]`, empty for the whole), and what is wrong with it. */
export interface SchemaProblem {
  path: string;
  message: string;
}

export type Validate = (schema: object, value: unknown) => SchemaProblem[];

const MAX_FOREIGN_SCHEMA_CHARACTERS = 64 * 1024;
const MAX_FOREIGN_SCHEMA_DEPTH = 32;

const require = createRequire(import.meta.url);

/** Checks values against our own schemas. Compiled once per schema object; the library is loaded with the first. */
export function createValidator(): Validate {
  let ajv: Ajv | undefined;
  const compiled = new WeakMap<object, ValidateFunction>();
  return (schema, value) => {
    let check = compiled.get(schema);
    if (!check) {
      // Our own schemas are made by typed code: holding them against the meta-schema would cost a start 50 ms.
      ajv ??= createAjv({ meta: false, validateSchema: false });
      check = ajv.compile(schema);
      compiled.set(schema, check);
    }
    return check(value) ? [] : (check.errors ?? []).map(toProblem);
  };
}

/**
 * Checks values against schemas from outside. A schema that cannot be used gives one problem that says so.
 * Loaded at first use: most homes never need it.
 */
export function createForeignValidator(): Validate {
  let ajv: Ajv | undefined;
  const compiled = new WeakMap<object, ValidateFunction | string>();
  return (schema, value) => {
    let check = compiled.get(schema);
    if (check === undefined) {
      ajv ??= createAjv({ code: { regExp: linearRegExp() } });
      check = compileForeign(ajv, schema);
      compiled.set(schema, check);
    }
    if (typeof check === "string") return [{ path: "", message: `the schema cannot be used: ${check}` }];
    return check(value) ? [] : (check.errors ?? []).map(toProblem);
  };
}

function compileForeign(ajv: Ajv, schema: object): ValidateFunction | string {
  const text = JSON.stringify(schema);
  if (text.length > MAX_FOREIGN_SCHEMA_CHARACTERS) return "it is too long";
  if (depthOf(schema) > MAX_FOREIGN_SCHEMA_DEPTH) return "it is nested too deeply";
  try {
    const check = ajv.compile(schema);
    // Ajv would hold every schema it ever saw; the WeakMap holds it as long as its workflow.
    ajv.removeSchema(schema);
    return check;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, depthOf(item));
  return deepest + 1;
}

interface RegExpEngine {
  (pattern: string, flags: string): { test(text: string): boolean };
  code: string;
}

function createAjv(more: Options): Ajv {
  const { Ajv2020 } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    validateFormats: true,
    addUsedSchema: false,
    ...more,
  });
  ajv.addFormat("date-time", (text: string) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)));
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  ajv.addFormat("email", /^[^\s@]{1,64}@[^\s@]{1,255}$/);
  ajv.addFormat("date", (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)));
  return ajv;
}

/** `pattern` of foreign schemas runs on a linear-time engine; what that refuses makes the schema unusable. */
function linearRegExp(): RegExpEngine {
  const { RE2JS } = require("re2js") as typeof import("re2js");
  const engine = (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keeps patterns apart by this text.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => `/${pattern}/` };
  };
  return Object.assign(engine, { code: "linearRegExp" });
}

function toProblem(error: ErrorObject): SchemaProblem {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join("");
  const extra = error.params as { additionalProperty?: string; allowedValues?: unknown[]; allowedValue?: unknown };
  if (extra.additionalProperty !== undefined) {
    return { path: `${path}.${extra.additionalProperty}`, message: "is not a known member" };
  }
  if (extra.allowedValues) return { path, message: `must be one of ${extra.allowedValues.join(", ")}` };
  if (error.keyword === "const") return { path, message: `must be ${JSON.stringify(extra.allowedValue)}` };
  return { path, message: error.message ?? "is not valid" };
}
