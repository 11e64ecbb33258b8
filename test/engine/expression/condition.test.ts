import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Condition, compileCondition } from "#engine/expression/condition.ts";
import type { Json } from "#protocol/json.ts";

const result: Json = {
  status: "completed",
  output: { approved: true, score: 0.9, tags: ["a", { b: 1 }], name: "ann", none: null },
  outputs: { output: [1, 2], count: 3 },
};

const holds = (condition: Condition, over: Json = result): boolean => {
  const compiled = compileCondition(condition);
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.error.message);
  return compiled.test(over);
};

describe("conditions judge the result of the edge's source", () => {
  const rows: readonly [name: string, condition: Condition, expected: boolean][] = [
    ["equals a text", { type: "equals", left: "status", right: "completed" }, true],
    ["equals is deep", { type: "equals", left: "output.tags", right: ["a", { b: 1 }] }, true],
    ["equals knows kinds", { type: "equals", left: "outputs.count", right: "3" }, false],
    ["equals null is not missing", { type: "equals", left: "output.none", right: null }, true],
    ["equals is false of a missing value", { type: "equals", left: "output.missing", right: null }, false],
    ["notEquals", { type: "notEquals", left: "status", right: "failed" }, true],
    ["notEquals is deep", { type: "notEquals", left: "output.tags", right: ["a", { b: 1 }] }, false],
    ["notEquals is true of a missing value", { type: "notEquals", left: "no.where", right: 1 }, true],
    ["a path goes through lists by index", { type: "equals", left: "output.tags.1.b", right: 1 }, true],
    ["an index beyond the list is missing", { type: "equals", left: "output.tags.2", right: null }, false],
    ["an index is written plainly", { type: "equals", left: "outputs.output.01", right: 2 }, false],
    ["a list has no member `length`", { type: "equals", left: "outputs.output.length", right: 2 }, false],
    ["a text has no members", { type: "notEquals", left: "status.length", right: 9 }, true],
    ["inherited names are missing", { type: "notEquals", left: "output.constructor.name", right: "Object" }, true],
    ["__proto__ is missing", { type: "equals", left: "__proto__", right: {} }, false],
    ["contains: a part of a text", { type: "contains", left: "status", right: "plete" }, true],
    ["contains: a member of a list, deeply", { type: "contains", left: "output.tags", right: { b: 1 } }, true],
    ["contains: not part of a member", { type: "contains", left: "output.tags", right: {} }, false],
    ["contains: a text is no part of a number", { type: "contains", left: "outputs.count", right: "3" }, false],
    ["contains: a number is no part of a text", { type: "contains", left: "status", right: 1 }, false],
    ["contains: nothing is part of a missing value", { type: "contains", left: "missing", right: "" }, false],
    ["regex over a text", { type: "regex", left: "output.name", right: "^an+$" }, true],
    ["regex over a number's JSON", { type: "regex", left: "output.score", right: "^0\\.9$" }, true],
    ["regex over a list's JSON", { type: "regex", left: "outputs.output", right: "^\\[1,2\\]$" }, true],
    ["regex over null", { type: "regex", left: "output.none", right: "^null$" }, true],
    ["regex matches nothing where nothing is", { type: "regex", left: "output.missing", right: ".*" }, false],
    ["expression sees the result as its root", { type: "expression", expression: ".output.score > 0.5" }, true],
    ["expression is judged by truthiness", { type: "expression", expression: "0" }, true],
    ["expression without output is false", { type: "expression", expression: "empty" }, false],
    ["expression with several outputs is a list, so true", { type: "expression", expression: "false, false" }, true],
    ["an expression that fails is false", { type: "expression", expression: '.status.a // error("x")' }, false],
    ["an expression that never ends is false", { type: "expression", expression: "[range(1000000000)]" }, false],
    ["without type, an expression is meant", { expression: '.status == "completed"' }, true],
  ];
  for (const [name, condition, expected] of rows) {
    it(name, () => assert.equal(holds(condition), expected));
  }

  it("a text too long to search does not match", () => {
    const condition: Condition = { type: "regex", left: "text", right: "x" };
    assert.equal(holds(condition, { text: "x".repeat(65_536) }), true);
    assert.equal(holds(condition, { text: "x".repeat(65_537) }), false);
    assert.equal(holds(condition, { text: ["x".repeat(65_537)] }), false);
  });

  it("a value nested beyond all use does not match, and nothing is thrown", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) as Json;
    assert.equal(holds({ type: "regex", left: "deep", right: "." }, { deep }), false);
    assert.equal(holds({ type: "equals", left: "deep", right: [] }, { deep }), false);
    assert.equal(holds({ expression: ".deep | tojson" }, { deep }), false);
  });

  it("a result that is no object has nothing under any path", () => {
    for (const over of [null, "text", 5, true]) {
      assert.equal(holds({ type: "equals", left: "status", right: "completed" }, over), false);
    }
  });
});

describe("a condition that could never be judged is refused, naming the field", () => {
  const rows: readonly [condition: Record<string, unknown>, field: string, message: RegExp][] = [
    [{}, "type", /needs a type or an expression/],
    [{ left: "status", right: 1 }, "type", /needs a type/],
    [{ type: "unlike", left: "a", right: 1 }, "type", /unlike/],
    [{ type: "expression" }, "expression", /needs one/],
    [{ type: "expression", expression: " " }, "expression", /empty/],
    [{ expression: "env.HOME" }, "expression", /`env` cannot be used/],
    [{ type: "equals", right: 1 }, "left", /needs the path/],
    [{ type: "equals", left: "", right: 1 }, "left", /no path/],
    [{ type: "contains", left: "a..b", right: 1 }, "left", /no path/],
    [{ type: "equals", left: "a" }, "right", /value to compare/],
    [{ type: "notEquals", left: "a" }, "right", /value to compare/],
    [{ type: "regex", left: "a" }, "right", /is a text/],
    [{ type: "regex", left: "a", right: 5 }, "right", /is a text/],
    [{ type: "regex", left: "a", right: "(?=x)" }, "right", /look-ahead/],
    [{ type: "regex", right: "x" }, "left", /needs the path/],
  ];
  for (const [condition, field, message] of rows) {
    it(JSON.stringify(condition), () => {
      const compiled = compileCondition(condition as Condition);
      assert.ok(!compiled.ok);
      assert.equal(compiled.error.field, field);
      assert.match(compiled.error.message, message);
    });
  }
});
