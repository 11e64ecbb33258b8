import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, parseExpression } from "#engine/expression/expression.ts";
import type { Json } from "#protocol/json.ts";

const own = (json: string): Json => JSON.parse(json) as Json;

/** Results are compared as JSON text: there an own `__proto__` shows and an inherited one does not. */
const rows: readonly [program: string, input: Json, json: string][] = [
  [".__proto__", {}, "null"],
  [".constructor", {}, "null"],
  ['.["constructor"]', {}, "null"],
  [".toString, .hasOwnProperty, .valueOf", {}, "[null,null,null]"],
  [".__proto__.polluted", {}, "null"],
  [".a.constructor.prototype", { a: {} }, "null"],
  [".__proto__", own('{"__proto__": {"x": 1}}'), '{"x":1}'],
  ["{__proto__: 1}", null, '{"__proto__":1}'],
  ['{"__proto__": {polluted: true}}', null, '{"__proto__":{"polluted":true}}'],
  ['{("__proto__"): {polluted: true}}.polluted', null, "null"],
  ["{__proto__}", {}, '{"__proto__":null}'],
  ["{constructor: 1} | keys", null, '["constructor"]'],
  ['has("__proto__"), has("constructor"), has("toString")', {}, "[false,false,false]"],
  ['has("__proto__")', own('{"__proto__": 1}'), "true"],
  ["keys", own('{"__proto__": 1, "a": 2}'), '["__proto__","a"]'],
  ["{a: 1} + .", own('{"__proto__": {"polluted": true}}'), '{"a":1,"__proto__":{"polluted":true}}'],
  [". * {b: 1}", own('{"__proto__": {"c": 1}}'), '{"__proto__":{"c":1},"b":1}'],
  ["{} * .", own('{"__proto__": {"c": {"d": 1}}}'), '{"__proto__":{"c":{"d":1}}}'],
  ["[{a: 1}, ., {b: 2}] | add", own('{"__proto__": {"c": 1}}'), '{"a":1,"__proto__":{"c":1},"b":2}'],
  ["from_entries", [{ key: "__proto__", value: { polluted: true } }], '{"__proto__":{"polluted":true}}'],
  ['with_entries({key: "__proto__", value})', { a: { b: 1 } }, '{"__proto__":{"b":1}}'],
  ["to_entries | from_entries", own('{"__proto__": 1}'), '{"__proto__":1}'],
  ["fromjson", '{"__proto__": {"polluted": true}}', '{"__proto__":{"polluted":true}}'],
  ["fromjson", '{"__proto__": 1e999}', '{"__proto__":1.7976931348623157e+308}'],
  ["tojson", own('{"__proto__": 1}'), '"{\\"__proto__\\":1}"'],
  ["{a: (1, 2), __proto__: 3}", null, '[{"a":1,"__proto__":3},{"a":2,"__proto__":3}]'],
  ["contains({__proto__: {}})", {}, "false"],
  ["contains({constructor: null})", {}, "false"],
  [". == {}", own('{"__proto__": 1}'), "false"],
  ["{} == .", own('{"__proto__": null}'), "false"],
  ["{__proto__: 1} == .", own('{"__proto__": 1}'), "true"],
  ["{} < .", own('{"__proto__": 1}'), "true"],
  ["unique", own('[{"__proto__": 1}, {}, {"__proto__": 1}]'), '[{},{"__proto__":1}]'],
  ['.["length"]?', [1], "null"],
  ["1 as $__proto__ | {$__proto__}", null, '{"__proto__":1}'],
];

describe("names of JavaScript's object model are ordinary keys", () => {
  for (const [program, input, json] of rows) {
    it(`${program}  on  ${JSON.stringify(input)}`, () => {
      const parsed = parseExpression(program);
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
      const result = evaluate(parsed.program, input);
      assert.ok(result.ok, result.ok ? "" : result.error.message);
      assert.equal(JSON.stringify(result.value), json);
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
    });
  }
});
