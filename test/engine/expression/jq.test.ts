import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, isTruthy, parseExpression } from "#engine/expression/expression.ts";
import type { Json } from "#protocol/json.ts";
import { jqRows } from "./jq-rows.ts";

function run(source: string, root: Json): Json {
  const parsed = parseExpression(source);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  const result = evaluate(parsed.program, root);
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

for (const [theme, rows] of Object.entries(jqRows)) {
  describe(`expressions answer as jq does: ${theme}`, () => {
    for (const [program, input, expected] of rows) {
      it(`${program}  on  ${JSON.stringify(input)}`, () => assert.deepEqual(run(program, input), expected));
    }
  });
}

describe("truthiness", () => {
  const rows: [Json, boolean][] = [
    [null, false],
    [false, false],
    [true, true],
    [0, true],
    ["", true],
    [[], true],
    [{}, true],
  ];
  for (const [value, expected] of rows) {
    it(`${JSON.stringify(value)} is ${expected ? "truthy" : "falsy"}`, () => assert.equal(isTruthy(value), expected));
  }
});

describe("where parley differs from jq", () => {
  it("members named by whole numbers come first, as in every JavaScript object", () => {
    assert.deepEqual(run("{b: 1} + {(.): 2} | [.[]]", "0"), [2, 1]);
  });
  it("a list cannot be searched with `.[[1]]`", () => {
    const parsed = parseExpression(".[[1]]");
    assert.ok(parsed.ok);
    const result = evaluate(parsed.program, [1]);
    assert.ok(!result.ok && result.error.message === "Cannot index array with array");
  });
  it("numbers stay finite: infinity is the largest double, NaN cannot arise", () => {
    assert.equal(run("1e999 - 1e999", null), 0);
    assert.equal(run(". - .", Number.POSITIVE_INFINITY), 0);
  });
});
