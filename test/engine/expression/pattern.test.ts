import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compilePattern, MAX_PATTERN_LENGTH, MAX_SUBJECT_LENGTH, type Pattern } from "#engine/expression/pattern.ts";

function pattern(source: string): Pattern {
  const compiled = compilePattern(source);
  assert.ok(compiled.ok, compiled.ok ? "" : compiled.error);
  return compiled.pattern;
}

describe("a pattern is searched for anywhere in the text", () => {
  const rows: readonly [source: string, text: string, matched: boolean][] = [
    ["b+", "abbc", true],
    ["^b", "ab", false],
    ["^ab$", "ab", true],
    ["", "anything", true],
    ["a.c", "xabcx", true],
    ["^(failed|cancelled)$", "failed", true],
    ["(?:a|b){3}", "xaba", true],
    ["(?<year>\\d{4})-(?<month>\\d\\d)", "on 2024-05", true],
    ["[\\w.-]+@[a-z]+\\.(com|org)", "mail ann@x.org now", true],
    ["\\bword\\b", "a word.", true],
    ["\\bword\\b", "swords", false],
    ["[^a-c]", "abc", false],
    ["a{2,3}?b", "aab", true],
    ["\\x41\\t", "A\t", true],
    ["\\/\\-\\.\\$", "/-.$", true],
    ["\\p{Lu}", "aÄ", true],
    ["\\P{L}", "abc", false],
    ["ABC", "abc", false],
    ["a{,2}", "a{,2}", true],
    ["[[]", "[", true],
    ["[\\]\\\\]", "]", true],
    ["é|😀", "x😀", true],
  ];
  for (const [source, text, matched] of rows) {
    it(`/${source}/ ${matched ? "is" : "is not"} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(pattern(source).test(text), { matched });
    });
  }
});

describe("syntax that JavaScript and RE2 do not share is refused with a reason", () => {
  const rows: readonly [source: string, reason: RegExp][] = [
    ["(?=a)", /look-ahead/],
    ["a(?!b)", /look-ahead/],
    ["(?<=a)b", /look-behind/],
    ["(?<!a)b", /look-behind/],
    ["(a)\\1", /back-references/],
    ["(?<n>a)\\k<n>", /back-references/],
    ["(?P<n>a)", /write `\(\?<name>/],
    ["(?i)a", /flags/],
    ["(?i:a)", /flags/],
    ["(?s-m:a)", /flags/],
    ["\\Aa", /write \^ and \$/],
    ["a\\z", /write \^ and \$/],
    ["a\\Z", /write \^ and \$/],
    ["\\Qa.b\\E", /escape each character/],
    ["\\pN", /braces/],
    ["\\PL", /braces/],
    ["[\\pL]", /braces/],
    ["\\p{Greek}", /general category/],
    ["\\p{^L}", /general category/],
    ["[[:alpha:]]", /POSIX/],
    ["[^[:space:]x]", /POSIX/],
    ["[]a]", /begin with `\]`/],
    ["[^]", /begin with `\]`/],
    ["[\\b]", /no meaning in a class/],
    ["\\x{41}", /two digits/],
    ["\\0", /\\x00/],
    ["\\u0041", /not shared/],
    ["\\cA", /not shared/],
    ["\\C", /not shared/],
    ["\\a", /not shared/],
    ["(", /Unterminated group/],
    [")", /Unmatched/],
    ["[a", /Unterminated character class/],
    ["*a", /Nothing to repeat/],
    ["a**", /Nothing to repeat/],
    ["a++", /Nothing to repeat/],
    ["a{2,1}", /out of order/],
    ["\\", /at end of pattern/],
    ["a{1001}", /repeat/],
    ["(a{100}){100}", /repeats too much/],
    [".{1000}.{1000}.{1000}", /repeats too much/],
    ["((((((a{9}){9}){9}){9}){9}){9})", /repeats too much/],
    ["x".repeat(MAX_PATTERN_LENGTH + 1), /longer than 512/],
  ];
  for (const [source, reason] of rows) {
    it(`/${source.slice(0, 40)}/`, () => {
      const compiled = compilePattern(source);
      assert.ok(!compiled.ok);
      assert.match(compiled.error, reason);
    });
  }
});

describe("matching takes linear time", () => {
  const rows: readonly [source: string, text: string][] = [
    ["^(a+)+$", `${"a".repeat(30)}!`],
    ["^(a+)+$", `${"a".repeat(MAX_SUBJECT_LENGTH - 1)}!`],
    ["^(a|aa)+$", `${"a".repeat(10_000)}!`],
    ["^(.*?,){11}P", "1,2,3,4,5,6,7,8,9,10,11,12,13,14".repeat(50)],
    ["(x+x+)+y", "x".repeat(10_000)],
    ["(((((a*)*)*)*)*)*$", `${"a".repeat(10_000)}!`],
    ["[ab]*a[ab]{20}[cd]$", "abba".repeat(1_000)],
  ];
  for (const [source, text] of rows) {
    it(`/${source}/ over ${text.length} characters`, () => {
      const compiled = pattern(source);
      let quickest = Number.POSITIVE_INFINITY;
      for (let tries = 0; tries < 5 && quickest >= 50; tries += 1) {
        const start = process.threadCpuUsage();
        compiled.test(text);
        const { user, system } = process.threadCpuUsage(start);
        quickest = Math.min(quickest, (user + system) / 1_000);
      }
      assert.ok(quickest < 50, `took ${quickest} ms`);
    });
  }
});

describe("a search that would cost too much is not attempted, and says so", () => {
  it("when the text is longer than the cap", () => {
    const compiled = pattern("a");
    assert.deepEqual(compiled.test("a".repeat(MAX_SUBJECT_LENGTH)), { matched: true });
    assert.deepEqual(compiled.test("a".repeat(MAX_SUBJECT_LENGTH + 1)), { matched: false, tooLong: true });
  });
  it("when pattern and text together are", () => {
    assert.deepEqual(pattern("[ab]*a[ab]{500}c").test("ab".repeat(10_000)), { matched: false, tooLong: true });
  });
});

describe("for all patterns of a small alphabet", () => {
  const bits = fc.constantFrom(
    ..."( ) [ ] { } \\ ? * + | a b ^ $ . : < > = ! P 1 0 p x - , k Q i 100 (?: [^ {2}".split(" "),
  );
  it("nothing is thrown, and what is accepted answers as JavaScript does", () => {
    fc.assert(
      fc.property(
        fc.array(bits, { maxLength: 10 }),
        fc.string({ unit: fc.constantFrom(..."aPb1x0k-!".split("")), maxLength: 8 }),
        (parts, text) => {
          const source = parts.join("");
          const compiled = compilePattern(source);
          if (compiled.ok) assert.equal(compiled.pattern.test(text).matched, new RegExp(source).test(text));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
