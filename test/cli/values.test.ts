import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "#cli/failures.ts";
import { parsePairs } from "#cli/values.ts";

describe("NAME=VALUE on the command line", () => {
  for (const { name, pair, value } of [
    { name: "is text", pair: "k=hello world", value: "hello world" },
    { name: "may be empty", pair: "k=", value: "" },
    { name: "keeps what stands after the first =", pair: "k=a=b", value: "a=b" },
    { name: "is a number when it reads as one", pair: "k=42", value: 42 },
    { name: "may be negative or broken", pair: "k=-1.5", value: -1.5 },
    {
      name: "is text when a number would come out changed",
      pair: "k=12345678901234567890",
      value: "12345678901234567890",
    },
    { name: "is text when JSON does not know the number", pair: "k=007", value: "007" },
    { name: "knows true", pair: "k=true", value: true },
    { name: "knows null", pair: "k=null", value: null },
    { name: "is text when it only begins like a word of JSON", pair: "k=trueish", value: "trueish" },
    { name: "takes objects", pair: 'k={"a":[1]}', value: { a: [1] } },
    { name: "takes arrays", pair: "k=[1,2]", value: [1, 2] },
    { name: "is text when it only looks like an object", pair: "k={not json", value: "{not json" },
    { name: "keeps quotes", pair: 'k="quoted"', value: '"quoted"' },
    { name: "is JSON after :=", pair: 'k:="42"', value: "42" },
    { name: "may have a name with a colon inside", pair: "a:b=c", value: "c" },
  ]) {
    it(`${name}: ${pair}`, () => {
      const key = pair.startsWith("a:b") ? "a:b" : "k";
      assert.deepEqual(parsePairs([pair], "input"), { [key]: value });
    });
  }

  for (const { name, pairs } of [
    { name: "a pair without =", pairs: ["k"] },
    { name: "a pair without a name", pairs: ["=v"] },
    { name: "broken JSON after :=", pairs: ["k:={"] },
    { name: "a name that comes twice", pairs: ["k=1", "k=2"] },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parsePairs(pairs, "input"), UsageError);
    });
  }

  it("takes __proto__ as a name like any other", () => {
    const inputs = parsePairs(["__proto__=1"], "input");
    assert.deepEqual(Object.keys(inputs), ["__proto__"]);
  });
});
