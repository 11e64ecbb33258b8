import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_SOURCE_BYTES, parseExpression } from "#engine/expression/expression.ts";

function refusalOf(source: string) {
  const parsed = parseExpression(source);
  assert.ok(!parsed.ok, `${source} was accepted`);
  assert.match(parsed.error.message, new RegExp(`position ${parsed.error.position}\\)|longer than`));
  return parsed.error;
}

describe("words outside the portable subset are refused by name and place, before anything runs", () => {
  const rows: [source: string, word: string, position: number][] = [
    ["env", "env", 0],
    ["env.HOME", "env", 0],
    ["$ENV.PATH", "$ENV", 0],
    ["$__loc__", "$__loc__", 0],
    ["{$__loc__}", "$__loc__", 1],
    ["[., input]", "input", 4],
    ["[inputs]", "inputs", 1],
    ["input_filename", "input_filename", 0],
    ["input_line_number", "input_line_number", 0],
    [". | debug", "debug", 4],
    ['debug("x")', "debug", 0],
    ["stderr", "stderr", 0],
    ["now", "now", 0],
    ["now | todate", "now", 0],
    ["halt", "halt", 0],
    ["1 | halt_error", "halt_error", 4],
    ['import "a" as b; .', "import", 0],
    ['include "a"; .', "include", 0],
    ["def f: .; f", "def", 0],
    ["reduce .[] as $x (0; . + $x)", "reduce", 0],
    ["foreach .[] as $x (0; . + $x)", "foreach", 0],
    ["label $out | 1", "label", 0],
    ["1, break $out", "break", 3],
    ["[limit(1; .[])]", "limit", 1],
    ["until(. > 3; . + 1)", "until", 0],
    ["while(. < 3; . + 1)", "while", 0],
    ["repeat(.)", "repeat", 0],
    ["[recurse]", "recurse", 1],
    ["walk(.)", "walk", 0],
    ['test("a")', "test", 0],
    ['map(match("a"))', "match", 4],
    ['capture("(?<a>.)")', "capture", 0],
    ['scan("a")', "scan", 0],
    ['[splits("a")]', "splits", 1],
    ['sub("a"; "b")', "sub", 0],
    ['gsub("a"; "b")', "gsub", 0],
    ["path(.a)", "path", 0],
    ["[paths]", "paths", 1],
    ['getpath(["a"])', "getpath", 0],
    ['setpath(["a"]; 1)', "setpath", 0],
    ["del(.a)", "del", 0],
    ["to_stream", "to_stream", 0],
    [".a = 1", "=", 3],
    [".a |= 1", "|=", 3],
    [".a += 1", "+=", 3],
    [".a //= 1", "//=", 3],
    ["strftime(1)", "strftime", 0],
    ["infinite", "infinite", 0],
    ["nan", "nan", 0],
    ["sqrt", "sqrt", 0],
    ["input_frobnicate", "input_frobnicate", 0],
    ["@base64", "@base64", 0],
    ['@sh "x"', "@sh", 0],
    ["constructor", "constructor", 0],
    ["__proto__", "__proto__", 0],
    ["toString", "toString", 0],
  ];
  for (const [source, word, position] of rows) {
    it(source, () => {
      const error = refusalOf(source);
      assert.ok(error.message.includes(`\`${word}\``), error.message);
      assert.equal(error.position, position);
    });
  }
  it("says why", () => {
    assert.equal(
      refusalOf("env").message,
      "`env` cannot be used: an expression sees its root and nothing else (position 0)",
    );
  });
  it("says how many arguments a known function takes", () => {
    assert.match(refusalOf("map").message, /`map` cannot be used with no argument, only with one argument/);
    assert.match(refusalOf('split("a"; "g")').message, /with 2 arguments, only with one argument/);
    assert.match(refusalOf("flatten(1; 2)").message, /only with no argument or one argument/);
  });
});

describe("what is not grammar is refused where it goes wrong", () => {
  const rows: [source: string, position: number][] = [
    ["", 0],
    ["  \n ", 4],
    ["# only a comment", 16],
    [".a.", 3],
    [". a", 2],
    ["..a", 2],
    [".[", 2],
    [".[1", 3],
    [".[:]", 3],
    ["(1", 2],
    ["1)", 1],
    ["[1, ]", 4],
    ["{a:}", 3],
    ["{a b}", 3],
    ["{1: 2}", 1],
    ["{(1)}", 4],
    ["1 +", 3],
    ["1 2", 2],
    ["| 1", 0],
    ["1 ||", 3],
    ["if . then 1", 11],
    ["if . else 1 end", 5],
    ["then", 0],
    ["try", 3],
    ["1 < 2 < 3", 6],
    ["1 == 1 != 1", 7],
    ["$x", 0],
    ["1 as $x | $y", 10],
    ["(1 as $x | $x) | $x", 17],
    [". as [$a] | $a", 5],
    [". as {a: $a} | $a", 5],
    ["1 as $x", 7],
    ["-1 as $x | $x", 3],
    ["map()", 4],
    ['"open', 5],
    ['"a\\qb"', 2],
    ['"\\u12g4"', 1],
    ['"\\(1"', 5],
    ['"\\(1; 2)"', 4],
    ["1 & 2", 2],
    ["`", 0],
    ["a::b", 0],
    ["😀", 0],
  ];
  for (const [source, position] of rows) {
    it(JSON.stringify(source), () => assert.equal(refusalOf(source).position, position));
  }
});

describe("the size of a program is bounded", () => {
  it(`at ${MAX_SOURCE_BYTES} bytes, counted as UTF-8`, () => {
    assert.ok(parseExpression(`"${"x".repeat(MAX_SOURCE_BYTES - 2)}"`).ok);
    assert.match(refusalOf(`"${"x".repeat(MAX_SOURCE_BYTES - 1)}"`).message, /longer than/);
    assert.match(refusalOf(`"${"é".repeat(MAX_SOURCE_BYTES / 2)}"`).message, /longer than/);
  });
  it("at 64 levels of nesting", () => {
    assert.ok(parseExpression(`${"[".repeat(60)}1${"]".repeat(60)}`).ok);
    assert.match(refusalOf(`${"[".repeat(70)}1${"]".repeat(70)}`).message, /nested deeper than 64/);
  });
});
