import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { rowsTyped, widthOf, wrapHanging, wrapProse, wrapRows } from "#cli/chat/rows.ts";

describe("the width of a text", () => {
  for (const { text, width } of [
    { text: "plain", width: 5 },
    { text: "naïve", width: 5 },
    { text: "nai\u0308ve", width: 5 },
    { text: "日本", width: 4 },
    { text: "🎉!", width: 3 },
    { text: "✅ ❌ ⭐ 🟢", width: 11 },
    { text: "❤️", width: 2 },
    { text: "🇩🇪", width: 2 },
    { text: "", width: 0 },
  ]) {
    it(`of ${JSON.stringify(text)} is ${width}`, () => assert.equal(widthOf(text), width));
  }
});

describe("rows of a text", () => {
  for (const { name, text, rows } of [
    { name: "break at spaces", text: "one two three four", rows: ["one two", "three four"] },
    { name: "break inside a word that no row can hold", text: "abcdefghijklmno", rows: ["abcdefghij", "klmno"] },
    { name: "keep line breaks and empty lines", text: "a\n\nb", rows: ["a", "", "b"] },
    { name: "keep what a line begins with", text: "  - item", rows: ["  - item"] },
    { name: "count wide characters twice", text: "日本語日本語", rows: ["日本語日本", "語"] },
    { name: "of nothing are one empty row", text: "", rows: [""] },
  ]) {
    it(name, () => assert.deepEqual(wrapRows(text, 10), rows));
  }

  const texts = fc.string({ unit: fc.constantFrom("a", "bc", " ", "\n", "日", "word "), maxLength: 80 });

  it("never are wider than asked for", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 20 }), (text, columns) => {
        for (const row of wrapRows(text, columns)) assert.ok(widthOf(row) <= columns, row);
      }),
    );
  });

  it("stay as they are when more text follows, except the last", () => {
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 2, max: 20 }), (text, more, columns) => {
        const before = wrapRows(text, columns).slice(0, -1);
        assert.deepEqual(wrapRows(text + more, columns).slice(0, before.length), before);
      }),
    );
  });
});

describe("a line with an indentation or columns", () => {
  for (const { name, line, rows } of [
    {
      name: "goes on below its last column",
      line: "/stop  stop the running turn",
      rows: ["/stop  stop the", "       running", "       turn"],
    },
    { name: "goes on below its indentation", line: "  a list of many words", rows: ["  a list of many", "  words"] },
    { name: "stays one row when it fits", line: "a  b  c", rows: ["a  b  c"] },
    {
      name: "leaves room for what it says",
      line: "a very long name  and more",
      rows: ["a very long name", "and more"],
    },
  ]) {
    it(name, () => assert.deepEqual(wrapHanging(line, 17), rows));
  }
});

describe("a message for reading", () => {
  it("is broken at spaces, but not between code fences", () => {
    const text = "one two three\n```sh\none two three\n```\none two three";
    assert.equal(wrapProse(text, 10), "one two\nthree\n```sh\none two three\n```\none two\nthree");
  });
});

describe("the rows of a typed line", () => {
  it("count the cursor behind a full row", () => {
    assert.deepEqual(
      ["", "123456789", "1234567890", "12345678901"].map((line) => rowsTyped(line, 10)),
      [1, 1, 2, 2],
    );
  });
});
