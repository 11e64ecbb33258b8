import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deepEqual } from "#engine/expression/deep-equal.ts";
import type { Json } from "#protocol/json.ts";

const rows: readonly [name: string, a: Json, b: Json, equal: boolean][] = [
  ["numbers by value", 1, 1.0, true],
  ["0 and -0", 0, -0, true],
  ["a number and its text", 1, "1", false],
  ["null and false", null, false, false],
  ["null and an empty object", null, {}, false],
  ["an empty list and an empty object", [], {}, false],
  ["members in any order", { a: 1, b: [2] }, { b: [2], a: 1 }, true],
  ["items in order only", [1, 2], [2, 1], false],
  ["a missing member and null", { a: null }, {}, false],
  ["as many members under other names", { a: 1 }, { b: 1 }, false],
  ["a member that the other only inherits", { toString: null }, { a: null }, false],
  ["lists of different length", [1], [1, 1], false],
  ["differences deep inside", { a: [{ b: [1, { c: 2 }] }] }, { a: [{ b: [1, { c: 3 }] }] }, false],
  ["an own __proto__", JSON.parse('{"__proto__":1}') as Json, {}, false],
];

describe("deepEqual", () => {
  for (const [name, a, b, equal] of rows) {
    it(`${name}: ${equal ? "equal" : "different"}, both ways`, () => {
      assert.equal(deepEqual(a, b), equal);
      assert.equal(deepEqual(b, a), equal);
    });
  }

  it("needs no stack for depth", () => {
    const deep = () => JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`) as Json;
    assert.ok(deepEqual(deep(), deep()));
  });

  it("lets the caller end a walk that costs too much", () => {
    let spent = 0;
    const charge = (cost: number) => {
      spent += cost;
      if (spent > 10) throw new RangeError("enough");
    };
    const list = Array.from({ length: 100 }, (_, at) => at);
    assert.throws(() => deepEqual(list, [...list], charge), RangeError);
  });
});
