import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { deepEqual } from "#engine/expression/deep-equal.ts";
import { evaluate, parseExpression } from "#engine/expression/expression.ts";
import type { Json } from "#protocol/json.ts";

const LIMITS = { maxSteps: 5_000, maxOutputBytes: 10_000 };

const leaves = [
  ".",
  ".a",
  ".b?",
  ".[]?",
  ".[0]?",
  ".[1:]?",
  "..",
  "null",
  "true",
  "1",
  "-2.5",
  '"x"',
  "[]",
  "{}",
  "empty",
];
const functions = (
  "length keys values type not tostring tonumber tojson fromjson add any all first last sort unique min max reverse " +
  "flatten to_entries from_entries floor ascii_upcase trim error"
).split(" ");
const programs1 = "map select first last any all sort_by group_by unique_by min_by max_by with_entries add".split(" ");
const values1 = "has contains inside join split startswith endswith ltrimstr rtrimstr range flatten error".split(" ");
const operators = ["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "and", "or", "//", "|", ","];

const { program } = fc.letrec<{ program: string }>((tie) => ({
  program: fc.oneof(
    { maxDepth: 5, depthIdentifier: "program" },
    fc.constantFrom(...leaves),
    fc.constantFrom(...functions),
    fc.tuple(tie("program"), fc.constantFrom(...operators), tie("program")).map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc.tuple(fc.constantFrom(...programs1, ...values1), tie("program")).map(([name, a]) => `${name}(${a})`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `any(${a}; ${b})`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `[range(${a}; ${b})]`),
    tie("program").map((a) => `[${a}]`),
    tie("program").map((a) => `-(${a})`),
    tie("program").map((a) => `(${a})?`),
    tie("program").map((a) => `"s\\(${a})t"`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `(try ${`(${a})`} catch (${b}))`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `(${a})[${b}]`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `{a: (${a}), (tostring): (${b})}`),
    fc.tuple(tie("program"), tie("program")).map(([a, b]) => `((${a}) as $v | ${b} | [., $v])`),
    fc.tuple(tie("program"), tie("program"), tie("program")).map(([a, b, c]) => `(if ${a} then ${b} else ${c} end)`),
  ),
}));

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);

function freeze(value: Json): Json {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freeze(member);
    Object.freeze(value);
  }
  return value;
}

function parsed(source: string) {
  const result = parseExpression(source);
  assert.ok(result.ok, `${source}: ${result.ok ? "" : result.error.message}`);
  return result.program;
}

describe("for all programs of a small grammar and all values", () => {
  it("evaluation ends, throws nothing, keeps to its limits and changes no input", () => {
    fc.assert(
      fc.property(program, json, (source, root) => {
        const compiled = parsed(source);
        const before = JSON.stringify(root);
        const result = evaluate(compiled, freeze(root), LIMITS);
        assert.equal(JSON.stringify(root), before);
        if (result.ok) {
          const text = JSON.stringify(result.value); // plain JSON, or this differs from itself read back
          assert.equal(JSON.stringify(JSON.parse(text)), text);
          assert.ok(!text.includes("undefined"));
          assert.ok(Buffer.byteLength(text) <= LIMITS.maxOutputBytes * 6); // escapes are not counted
        } else {
          assert.match(result.error.code, /^(type_error|user_error|step_limit|output_limit)$/);
          assert.ok(result.error.message.length <= 500);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("the same program over the same root gives the same result", () => {
    fc.assert(
      fc.property(program, json, (source, root) => {
        const first = evaluate(parsed(source), root, LIMITS);
        const second = evaluate(parsed(source), structuredClone(root), LIMITS);
        assert.deepEqual(first, second);
      }),
      { numRuns: 500 },
    );
  });

  it("a result does not change when more steps are allowed", () => {
    fc.assert(
      fc.property(program, json, (source, root) => {
        const result = evaluate(parsed(source), root, LIMITS);
        if (result.ok) assert.deepEqual(evaluate(parsed(source), root), result);
      }),
      { numRuns: 500 },
    );
  });

  it("sorting is a total order: sorting twice changes nothing, and neighbours are in order", () => {
    const program = parsed("sort as $s | ($s == ($s | sort)) and ([range(1; length)] | all($s[. - 1] <= $s[.]))");
    fc.assert(
      fc.property(fc.array(json, { maxLength: 20 }), (list) => {
        assert.deepEqual(evaluate(program, list), { ok: true, value: true });
      }),
    );
  });

  it("what is written as JSON reads back the same", () => {
    const program = parsed("(tojson | fromjson) == .");
    fc.assert(fc.property(json, (root) => assert.deepEqual(evaluate(program, root), { ok: true, value: true })));
  });

  it("numbers are written so that they read back the same", () => {
    const program = parsed("tostring | tonumber");
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const result = evaluate(program, number);
        assert.ok(result.ok && Object.is(result.value, number));
      }),
    );
  });
});

describe("for all texts", () => {
  it("parsing throws nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 60 }), (source) => void parseExpression(source)),
    );
  });

  it("parsing and running a soup of words throws nothing", () => {
    const words =
      '. .. .a $x [ ] { } ( ) | , : ; ? // + - * / % == < "x" " \\( if then else end try catch as and map( 1 @json #'.split(
        " ",
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), json, (soup, root) => {
        const result = parseExpression(soup.join(" "));
        if (result.ok) evaluate(result.program, root, LIMITS);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("deepEqual", () => {
  it("agrees with comparing texts that are written in order of keys", () => {
    const inOrder = (value: Json): unknown => {
      if (Array.isArray(value)) return { list: value.map(inOrder) };
      if (typeof value !== "object" || value === null) return value;
      return Object.keys(value)
        .sort()
        .map((key) => [key, inOrder(value[key] as Json)]);
    };
    const small = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(
      fc.property(small, small, (a, b) => {
        assert.ok(deepEqual(a, structuredClone(a)));
        assert.equal(deepEqual(a, b), JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b)));
      }),
      { numRuns: 1_000 },
    );
  });
});
