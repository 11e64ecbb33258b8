import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { calculate, MAX_EXPRESSION_CHARACTERS } from "#agent/calculator/calculate.ts";

function resultOf(expression: string): { text: string; exact: boolean } {
  const calculation = calculate(expression);
  assert.equal(calculation.outcome, "done", `${expression}: ${JSON.stringify(calculation)}`);
  return calculation.outcome === "done" ? calculation.result : { text: "", exact: false };
}

describe("the calculator", () => {
  for (const { expression, result } of [
    { expression: "12*7", result: "84" },
    { expression: "0.1 + 0.2", result: "0.3" },
    { expression: "1 - 0.9", result: "0.1" },
    { expression: "2 + 3 * 4", result: "14" },
    { expression: "(2 + 3) * 4", result: "20" },
    { expression: "10 - 4 - 3", result: "3" },
    { expression: "64 / 4 / 2", result: "8" },
    { expression: "7 % 3", result: "1" },
    { expression: "-7 % 3", result: "-1" },
    { expression: "7.5 % 2", result: "1.5" },
    { expression: "-2^2", result: "-4" },
    { expression: "(-2)^2", result: "4" },
    { expression: "2^3^2", result: "512" },
    { expression: "2^-2", result: "0.25" },
    { expression: "--5", result: "5" },
    { expression: "3 - -2", result: "5" },
    { expression: "+.5", result: "0.5" },
    { expression: "007", result: "7" },
    { expression: "1/3 * 3", result: "1" },
    { expression: "9007199254740993 + 1", result: "9007199254740994" },
    { expression: "sqrt(144)", result: "12" },
    { expression: "sqrt(2.25)", result: "1.5" },
    { expression: "abs(3 - 5)", result: "2" },
    { expression: "round(2.5)", result: "3" },
    { expression: "round(-2.5)", result: "-3" },
    { expression: "round(3.14159, 2)", result: "3.14" },
    { expression: "round(1250, -2)", result: "1300" },
    { expression: "min(3, 1, 2)", result: "1" },
    { expression: "MAX(3, 1, 2)", result: "3" },
    { expression: "percent(15, 80)", result: "12" },
    { expression: "3 × 4 − 10 ÷ 5", result: "10" },
    { expression: "(-1)^(10^300 + 1)", result: "-1" },
    { expression: "0^0", result: "1" },
  ]) {
    it(`works out ${expression} = ${result}, exactly`, () => {
      assert.deepEqual(resultOf(expression), { text: result, exact: true });
    });
  }

  for (const { expression, result } of [
    { expression: "1/3", result: "0.33333333333333333333" },
    { expression: "2/3", result: "0.66666666666666666667" },
    { expression: "sqrt(2)", result: "1.4142135623730950488" },
    { expression: "sqrt(2)^2", result: "2" },
    { expression: "sqrt(2)^100", result: "1125899906842624" },
    { expression: `sqrt(3)${"*sqrt(3)".repeat(49)}`, result: "847288609443" },
    { expression: "sqrt(2/10^60)", result: "0.0000000000000000000000000000014142135623730950488" },
    { expression: "-1/7/10^30", result: "-0.00000000000000000000000000000014285714285714285714" },
  ]) {
    it(`says that the digits of ${expression} are rounded`, () => {
      assert.deepEqual(resultOf(expression), { text: result, exact: false });
    });
  }

  for (const { expression, message } of [
    { expression: "1/0", message: /^division by zero$/ },
    { expression: "5 % (2 - 2)", message: /^division by zero$/ },
    { expression: "0^-1", message: /^division by zero$/ },
    { expression: "sqrt(-1)", message: /negative number has no square root/ },
    { expression: "2^0.5", message: /exponent must be a whole number/ },
    { expression: "9^9^9", message: /too large/ },
    { expression: "sqrt(2)^9^9^9", message: /too large/ },
    { expression: "1.0000001^10^9", message: /too large/ },
    { expression: "10^600 * 10^600", message: /too large/ },
    { expression: "", message: /nothing to calculate/ },
    { expression: "   ", message: /nothing to calculate/ },
    { expression: "2 +", message: /the end stands where a number belongs/ },
    { expression: "2 3", message: /"3" stands where a sign belongs/ },
    { expression: "(2", message: /\) is missing before the end/ },
    { expression: "2)", message: /"\)" stands where a sign belongs/ },
    { expression: "1,000", message: /"," stands where a sign belongs/ },
    { expression: "5.", message: /"\." has no meaning/ },
    { expression: "process.exit(1)", message: /there is no process|"\." has no meaning/ },
    { expression: "constructor(1)", message: /there is no constructor; there are sqrt/ },
    { expression: "min()", message: /"\)" stands where a number belongs/ },
    { expression: "sqrt(1, 2)", message: /sqrt is written sqrt\(x\)/ },
    { expression: "percent(5)", message: /percent is written percent\(p, x\)/ },
    { expression: "round(1, 0.5)", message: /whole number of decimals/ },
    { expression: "15% * 80", message: /percentage is written percent\(15, 80\)/ },
    { expression: "10%", message: /percentage is written/ },
    { expression: "💥", message: /"💥" has no meaning/ },
    { expression: "(".repeat(60), message: /nested more than 50 deep/ },
    { expression: "-".repeat(60), message: /nested more than 50 deep/ },
    { expression: "1".repeat(MAX_EXPRESSION_CHARACTERS + 1), message: /at most 500 characters/ },
  ]) {
    it(`refuses ${JSON.stringify(expression.slice(0, 30))} with ${message}`, () => {
      const calculation = calculate(expression);
      assert.ok(calculation.outcome === "failed", JSON.stringify(calculation));
      assert.match(calculation.message, message);
    });
  }
});

/** A calculation of whole numbers: its text with no parenthesis too many, and what it comes to. */
interface Sum {
  text: string;
  value: bigint;
  /** How strongly its outermost sign binds: 1 sum, 2 product, 3 sign, 4 number. */
  binding: number;
}

const inner = ({ text, binding }: Sum, least: number) => (binding < least ? `(${text})` : text);

const { sum: sums } = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.nat(999).map((n): Sum => ({ text: `${n}`, value: BigInt(n), binding: 4 })),
    fc.tuple(tie("sum"), tie("sum")).map(([a, b]) => {
      return { text: `${inner(a, 1)}+${inner(b, 2)}`, value: a.value + b.value, binding: 1 };
    }),
    fc.tuple(tie("sum"), tie("sum")).map(([a, b]) => {
      return { text: `${inner(a, 1)} - ${inner(b, 2)}`, value: a.value - b.value, binding: 1 };
    }),
    fc.tuple(tie("sum"), tie("sum")).map(([a, b]) => {
      return { text: `${inner(a, 2)}*${inner(b, 3)}`, value: a.value * b.value, binding: 2 };
    }),
    tie("sum").map((a) => ({ text: `-${inner(a, 3)}`, value: -a.value, binding: 3 })),
  ),
}));

const decimals = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, places]) => `(${digits} / 10^${places})`);

describe("any calculation", () => {
  it("of whole numbers comes to what their arithmetic says", () => {
    fc.assert(
      fc.property(
        sums.filter(({ text }) => text.length <= MAX_EXPRESSION_CHARACTERS),
        ({ text, value }) => assert.deepEqual(resultOf(text), { text: value.toString(), exact: true }, text),
      ),
      { numRuns: 500 },
    );
  });

  it("of decimals is undone exactly", () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        assert.equal(resultOf(`${a} + ${b} - ${b} - ${a}`).text, "0");
        if (resultOf(b).text !== "0") assert.equal(resultOf(`${a} / ${b} * ${b} - ${a}`).text, "0");
      }),
    );
  });

  it("of a remainder keeps a = b * whole + rest, with a rest smaller than b", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (a, b) => {
        assert.equal(resultOf(`(${a}) % ${b}`).text, (BigInt(a) % BigInt(b)).toString());
      }),
    );
  });

  it("of a rounding moves a number by half a step at most", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: -3, max: 5 }), (a, places) => {
        const moved = `abs(round(${a}, ${places}) - ${a}) * 2 * 10^${places}`;
        assert.equal(resultOf(`max(${moved}, 1)`).text, "1");
      }),
    );
  });

  it("of a square's root is exact", () => {
    fc.assert(
      fc.property(decimals, (a) => assert.deepEqual(resultOf(`sqrt(${a}^2) - abs(${a})`), { text: "0", exact: true })),
    );
  });

  it("ends with an answer or a reason, whatever the text (A1)", () => {
    const pieces = fc.constantFrom(
      ..."0123456789.+-*/%^(), ",
      "9999",
      "sqrt(",
      "min(",
      "round(",
      "percent(",
      "^9",
      "é",
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 200 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const calculation = calculate(text);
        const words = calculation.outcome === "done" ? calculation.result.text : calculation.message;
        assert.match(words, calculation.outcome === "done" ? /^-?\d+(\.\d+)?$/ : /\w/);
      }),
      { numRuns: 1000 },
    );
  });
});
