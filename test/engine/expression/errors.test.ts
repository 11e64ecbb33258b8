import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, parseExpression } from "#engine/expression/expression.ts";
import type { Json } from "#protocol/json.ts";

type Row = readonly [program: string, input: Json, message: string];

/** Messages as jq words them. */
const typeErrors: readonly Row[] = [
  [".a", 5, 'Cannot index number with string "a"'],
  [".a.b", { a: "text" }, 'Cannot index string with string "b"'],
  [".a", [1], 'Cannot index array with string "a"'],
  [".[0]", {}, "Cannot index object with number"],
  [".[0]", "abc", "Cannot index string with number"],
  [".[true]", [3], "Cannot index array with boolean"],
  [".[null]", { a: 1 }, "Cannot index object with null"],
  [".a.b?", "x", 'Cannot index string with string "a"'],
  [".[1:2]", 5, "Cannot index number with object"],
  ['.[1:"a"]', [1], "Start and end indices of an array slice must be numbers"],
  [".[]", 5, "Cannot iterate over number (5)"],
  [".[]", null, "Cannot iterate over null (null)"],
  ["map(.)", "s", 'Cannot iterate over string ("s")'],
  ["{} + 1", null, "object ({}) and number (1) cannot be added"],
  ["{} - 1", null, "object ({}) and number (1) cannot be subtracted"],
  ["null - 1", null, "null (null) and number (1) cannot be subtracted"],
  ["{} * []", null, "object ({}) and array ([]) cannot be multiplied"],
  ['1 / "a"', null, 'number (1) and string ("a") cannot be divided'],
  ["1 / .", 0, "number (1) and number (0) cannot be divided because the divisor is zero"],
  ["1 % 0.5", null, "number (1) and number (0.5) cannot be divided (remainder) because the divisor is zero"],
  ["[] % 1", null, "array ([]) and number (1) cannot be divided (remainder)"],
  ["-.", "a", 'string ("a") cannot be negated'],
  ["{(1): 2}", null, "Cannot use number (1) as object key"],
  ["keys", 1, "number (1) has no keys"],
  ["length", true, "boolean (true) has no length"],
  ["has(0)", {}, "Cannot check whether object has a number key"],
  ['has("a")', [1], "Cannot check whether array has a string key"],
  ['contains("a")', 1, 'number (1) and string ("a") cannot have their containment checked'],
  ["contains(false)", true, "boolean (true) and boolean (false) cannot have their containment checked"],
  ["sort", {}, "object ({}) cannot be sorted, as it is not an array"],
  ["sort_by(.)", 1, "Cannot iterate over number (1)"],
  ["min", {}, "object ({}) and object ({}) cannot be iterated over"],
  ["add", 1, "Cannot iterate over number (1)"],
  ["add", [1, "a"], 'number (1) and string ("a") cannot be added'],
  ['join(",")', ["a", [1]], 'string ("a,") and array ([1]) cannot be added'],
  ["join(1)", [1, 2], 'string ("1") and number (1) cannot be added'],
  ['split(",")', 1, "split input and separator must be strings"],
  ['startswith("a")', 1, "startswith() requires string inputs"],
  ["endswith(1)", "a", "endswith() requires string inputs"],
  ['ltrimstr("a")', 1, "startswith() requires string inputs"],
  ["trim", 1, "trim input must be a string"],
  ["ascii_downcase", 1, "ascii_downcase input must be a string"],
  ["floor", "a", 'string ("a") number required'],
  ["abs", "a", 'string ("a") has no absolute value'],
  ["tonumber", "abc", 'string ("abc") cannot be parsed as a number'],
  ["tonumber", " 1", 'string (" 1") cannot be parsed as a number'],
  ["tonumber", "", 'string ("") cannot be parsed as a number'],
  ["tonumber", "0x10", 'string ("0x10") cannot be parsed as a number'],
  ["tonumber", [1], "array ([1]) cannot be parsed as a number"],
  ["fromjson", 1, "number (1) only strings can be parsed"],
  ["fromjson", "{a", "Invalid JSON text (while parsing '{a')"],
  ["fromjson", "", "Invalid JSON text (while parsing '')"],
  ["flatten(-1)", [], "flatten depth must not be negative"],
  ['range("a")', null, "Range bounds must be numeric"],
  ["from_entries", ["a"], 'Cannot index string with string "key"'],
  ["to_entries", 5, "number (5) has no keys"],
  ["1, .a, 2", 5, 'Cannot index number with string "a"'],
  [".a // 1", 5, 'Cannot index number with string "a"'],
  [". + 1", "x".repeat(100), `string ("${"x".repeat(25)}...) and number (1) cannot be added`],
];

const userErrors: readonly Row[] = [
  ['error("no good")', null, "no good"],
  ["error", "from the input", "from the input"],
  ["error({code: 7})", null, '(not a string): {"code":7}'],
  ["error(null)", null, "(not a string): null"],
  ["try error(1) catch error(. + 1)", null, "(not a string): 2"],
  ["try .a catch error", 5, 'Cannot index number with string "a"'],
];

function failureOf(source: string, root: Json) {
  const parsed = parseExpression(source);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  const result = evaluate(parsed.program, root);
  assert.ok(!result.ok, "expected an error");
  return result.error;
}

for (const [code, rows] of [
  ["type_error", typeErrors],
  ["user_error", userErrors],
] as const) {
  describe(`an expression that fails is a ${code} in jq's words`, () => {
    for (const [program, input, message] of rows) {
      it(`${program}  on  ${JSON.stringify(input).slice(0, 40)}`, () => {
        assert.deepEqual(failureOf(program, input), { code, message });
      });
    }
  });
}

describe("error messages", () => {
  it("never grow with the value they speak of", () => {
    assert.ok(failureOf("error", "x".repeat(100_000)).message.length <= 500);
    assert.ok(failureOf(".[0]", { k: "x".repeat(100_000) }).message.length < 100);
    assert.ok(failureOf(`.${"k".repeat(10_000)}`, 1).message.length < 120);
  });
});
