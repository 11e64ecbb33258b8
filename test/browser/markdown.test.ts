import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Block, parseBlocks } from "../../console/src/markdown/blocks.ts";
import type { Inline } from "../../console/src/markdown/inline.ts";

/** A block in one line, for tables of cases. */
function sketch(block: Block): string {
  switch (block.kind) {
    case "paragraph":
      return `p(${inlines(block.content)})`;
    case "heading":
      return `h${block.level}(${inlines(block.content)})`;
    case "code":
      return `code[${block.language}](${block.text})`;
    case "quote":
      return `quote(${block.blocks.map(sketch).join(" ")})`;
    case "list":
      return `${block.start ?? "*"}(${block.items.map((item) => item.map(sketch).join(" ")).join(" | ")})`;
    case "table": {
      const rows = [block.head, ...block.rows].map((row) => row.map(inlines).join(" | ")).join(" / ");
      const sides = block.sides.filter((side) => side !== "start");
      return `table(${rows}${sides.length > 0 ? `; ${block.sides.join(" ")}` : ""})`;
    }
    case "rule":
      return "rule";
  }
}

/** Where the links of a block lead. */
function addresses(block: Block): string[] {
  const json = JSON.stringify(block, (key, value) => (key === "text" ? undefined : value));
  return [...json.matchAll(/"address":"([^"]*)"/g)].map(([, address]) => String(address));
}

function inlines(content: readonly Inline[]): string {
  return content.map(inline).join("");
}

function inline(one: Inline): string {
  switch (one.kind) {
    case "text":
      return one.text;
    case "break":
      return "⏎";
    case "code":
      return `\`${one.text}\``;
    case "link":
      return `<${one.address}>(${inlines(one.content)})`;
    default:
      return `${one.kind}(${inlines(one.content)})`;
  }
}

const cases: { name: string; text: string; reads: string }[] = [
  { name: "a paragraph keeps its line breaks", text: "one\ntwo", reads: "p(one⏎two)" },
  { name: "a heading", text: "## Plan ##", reads: "h2(Plan)" },
  { name: "a hash without a space is text", text: "#42 is done", reads: "p(#42 is done)" },
  { name: "a fence keeps what is in it", text: "```ts\n# no *heading*\n```", reads: "code[ts](# no *heading*)" },
  { name: "an open fence is code: it is still being written", text: "```\nhalf", reads: "code[](half)" },
  { name: "a longer fence holds a shorter one", text: "````\n```\n````", reads: "code[](```)" },
  { name: "a list", text: "- one\n- two", reads: "*(p(one) | p(two))" },
  { name: "a numbered list keeps its first number", text: "3. three\n4. four", reads: "3(p(three) | p(four))" },
  { name: "a list inside a list", text: "- one\n  - inner\n- two", reads: "*(p(one) *(p(inner)) | p(two))" },
  { name: "code inside a list", text: "1. do\n   ```\n   x\n   ```\n2. done", reads: "1(p(do) code[](x) | p(done))" },
  { name: "a quote", text: "> said\n> so", reads: "quote(p(said⏎so))" },
  { name: "a rule", text: "one\n\n---\n\ntwo", reads: "p(one) rule p(two)" },
  { name: "a table", text: "| a | b |\n|---|---|\n| 1 | **2** |", reads: "table(a | b / 1 | strong(2))" },
  {
    name: "a table with sides",
    text: "|a|b|c|\n|-|:-:|--:|\n|1|2|3|",
    reads: "table(a | b | c / 1 | 2 | 3; start center end)",
  },
  { name: "a table's short rows are filled up", text: "|a|b|\n|-|-|\n|1|", reads: "table(a | b / 1 | )" },
  { name: "a pipe alone makes no table", text: "this | that\nand more", reads: "p(this | that⏎and more)" },
  {
    name: "strong, emphasis, struck",
    text: "**a** *b* ~~c~~ _d_",
    reads: "p(strong(a) emphasis(b) struck(c) emphasis(d))",
  },
  { name: "emphasis inside strong", text: "**a *b* c**", reads: "p(strong(a emphasis(b) c))" },
  { name: "snake_case_names stay whole", text: "use snake_case_names here", reads: "p(use snake_case_names here)" },
  { name: "a multiplication is none of it", text: "2 * 3 * 4", reads: "p(2 * 3 * 4)" },
  { name: "marks that close nowhere are text", text: "**open", reads: "p(**open)" },
  { name: "code keeps its marks", text: "`*a*` and ``b`c``", reads: "p(`*a*` and `b`c`)" },
  { name: "escapes", text: "\\*not\\* `\\`", reads: "p(*not* `\\`)" },
  { name: "a link", text: "[here](https://example.org/a_(b))", reads: "p(<https://example.org/a_(b)>(here))" },
  {
    name: "a bare address, without the full stop",
    text: "see https://example.org/x.",
    reads: "p(see <https://example.org/x>(https://example.org/x).)",
  },
  { name: "a script is no link", text: "[x](javascript:alert(1))", reads: "p([x](javascript:alert(1)))" },
  { name: "a data address is no link", text: "[x](data:text/html,hi)", reads: "p([x](data:text/html,hi))" },
  {
    name: "a picture is shown as a link with its words",
    text: "![a cat](https://example.org/c.png)",
    reads: "p(<https://example.org/c.png>(a cat))",
  },
  { name: "HTML is text", text: "<b>bold</b>", reads: "p(<b>bold</b>)" },
];

describe("markdown in messages", () => {
  for (const { name, text, reads } of cases) {
    it(name, () => assert.equal(parseBlocks(text).map(sketch).join(" "), reads));
  }

  it("never fails, and never makes an address that could script, whatever is written", () => {
    const pieces = fc.constantFrom(
      "*",
      "**",
      "_",
      "`",
      "```\n",
      "[",
      "](",
      ")",
      "!",
      "<",
      ">",
      "|",
      "\n",
      "\n\n",
      "- ",
      "1. ",
      "# ",
      "---\n",
      "\\",
      "javascript:",
      "https://a.b",
      "word",
      " ",
      "&lt;",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        for (const address of parseBlocks(parts.join("")).flatMap(addresses)) {
          assert.match(address, /^(https?:\/\/|mailto:)/i);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  for (const [name, text] of [
    ["open marks", "*a ".repeat(10_000)],
    ["open brackets", "[".repeat(30_000)],
    ["open code", "`a``b".repeat(6_000)],
    ["quotes in quotes", `${"> ".repeat(5_000)}deep`],
    ["lists in lists", Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n")],
    ["underscores", "_".repeat(30_000)],
    ["a wide table", `${"|a".repeat(5_000)}|\n${"|-".repeat(5_000)}|`],
  ] as const) {
    it(`is read in time: ${name}`, () => {
      const startMs = performance.now();
      parseBlocks(text);
      assert.ok(performance.now() - startMs < 1_500, `${Math.round(performance.now() - startMs)} ms`);
    });
  }
});
