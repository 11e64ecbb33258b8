// Type: TypeBox's builders, as far as this project uses them.
//
// TypeBox gives the types (it is the one source of type, validation and OpenAPI). Its library is not loaded at run
// time: 22 MB and a tenth of a second at every start, for what these few functions write as well. A test holds every
// builder here against TypeBox's own.

import type LibraryType from "typebox";

export type { Static, TSchema } from "typebox";

type Schema = Record<string, unknown>;
type Options = Record<string, unknown>;

const optional = Symbol("optional");

function object(properties: Record<string, Schema>, options: Options = {}): Schema {
  const required = Object.keys(properties).filter((name) => !Object.hasOwn(properties[name] ?? {}, optional));
  return { type: "object", ...(required.length > 0 && { required }), properties, ...options };
}

const builders = {
  Object: object,
  String: (options: Options = {}): Schema => ({ type: "string", ...options }),
  Number: (options: Options = {}): Schema => ({ type: "number", ...options }),
  Integer: (options: Options = {}): Schema => ({ type: "integer", ...options }),
  Boolean: (options: Options = {}): Schema => ({ type: "boolean", ...options }),
  Unknown: (options: Options = {}): Schema => ({ ...options }),
  Literal: (value: string | number | boolean, options: Options = {}): Schema => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Array: (items: Schema, options: Options = {}): Schema => ({ type: "array", items, ...options }),
  Union: (anyOf: Schema[], options: Options = {}): Schema => ({ anyOf, ...options }),
  Record: (_key: Schema, value: Schema, options: Options = {}): Schema => ({
    type: "object",
    patternProperties: { "^.*$": value },
    ...options,
  }),
  /** Marks a member that may be missing; the mark is invisible to JSON and to validators. */
  Optional: (schema: Schema): Schema =>
    Object.defineProperty({ ...schema }, optional, { value: true, enumerable: false }),
  Unsafe: (schema: Schema): Schema => ({ ...schema }),
};

type Library = typeof LibraryType;

/** A text that is one of these. Written as an enum, so that a refusal can name them all. */
export function OneOf<const Values extends readonly string[]>(values: Values, options: Options = {}) {
  return Type.Unsafe<Values[number]>({ type: "string", enum: [...values], ...options });
}

const Type = builders as unknown as Pick<Library, keyof typeof builders & keyof Library>;

/** Any object. Not a record of anything: a validator would look at each of its keys. */
export const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: "object" });
export default Type;
