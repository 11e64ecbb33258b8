import assert from "node:assert/strict";
import { describe, it } from "node:test";
import TypeBox from "typebox";
import Type from "#protocol/type.ts";

type Builders = typeof TypeBox;

/** One line per builder and way of calling it; built once with each of the two. */
const cases: Record<string, (t: Builders) => unknown> = {
  "a string with options": (t) => t.String({ minLength: 1, pattern: "^x" }),
  "a number": (t) => t.Number({ minimum: 0 }),
  "an integer": (t) => t.Integer(),
  "a boolean": (t) => t.Boolean({ default: false }),
  anything: (t) => t.Unknown({ description: "?" }),
  literals: (t) => [t.Literal("a"), t.Literal(1), t.Literal(true)],
  "an array": (t) => t.Array(t.String(), { minItems: 1, uniqueItems: true }),
  "a union": (t) => t.Union([t.Literal("a"), t.Integer()]),
  "a record": (t) => t.Record(t.String(), t.Boolean()),
  "a schema as it is": (t) => t.Unsafe<string>({ type: "string", enum: ["a"] }),
  "an object with optional members": (t) =>
    t.Object({ a: t.String(), b: t.Optional(t.Integer({ minimum: 1 })) }, { additionalProperties: false, $id: "X" }),
  "an object with optional members only": (t) => t.Object({ b: t.Optional(t.Array(t.String())) }),
  "an empty object": (t) => t.Object({}),
  "an optional object inside an object": (t) =>
    t.Object({ a: t.Optional(t.Object({ b: t.Optional(t.Unknown()) }, { additionalProperties: true })) }),
};

describe("our builders write what TypeBox writes", () => {
  for (const [name, build] of Object.entries(cases)) {
    it(name, () => {
      assert.equal(JSON.stringify(build(Type as Builders)), JSON.stringify(build(TypeBox)));
    });
  }
});
