// A small document that fits a schema, for a question that no rule of a script knows.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";

/** Schemas can refer to themselves through `items` of `items`; nobody nests deeper on purpose. */
const MAX_DEPTH = 12;

/** `text` stands wherever the schema wants a text of no given kind. */
export function exampleOf(schema: Json | undefined, text: string, depth = 0): Json {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return null;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  const variants = schema.oneOf ?? schema.anyOf;
  if (Array.isArray(variants)) return exampleOf(variants[0], text, depth + 1);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return typeof schema.maxLength === "number" ? text.slice(0, schema.maxLength) : text;
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 0;
    case "boolean":
      return false;
    case "array":
      return Array.from({ length: Math.min(Number(schema.minItems ?? 0), 100) }, () =>
        exampleOf(schema.items, text, depth + 1),
      );
    case "object":
      return exampleObject(schema, text, depth);
    default:
      return null;
  }
}

/** The required members only. */
function exampleObject({ properties, required }: JsonObject, text: string, depth: number): JsonObject {
  const members = isJsonObject(properties) ? properties : {};
  const names = Array.isArray(required) ? required.map(String) : [];
  return Object.fromEntries(names.map((name) => [name, exampleOf(members[name], text, depth + 1)]));
}
