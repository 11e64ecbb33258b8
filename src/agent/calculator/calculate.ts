// Calculations as people write them: + - * / % ^, parentheses, decimals and a few functions, worked out exactly.
//
// Read and worked out in one pass by recursive descent:
//
//   sum      = product (("+" | "-") product)*
//   product  = signed (("*" | "/" | "%") signed)*
//   signed   = ("-" | "+") signed | power
//   power    = atom ("^" signed)?             so -2^2 is -4 and 2^3^2 is 2^9, as in school
//   atom     = number | name "(" sum ("," sum)* ")" | "(" sum ")"
//
//   A1. No text makes it throw, hang or recurse without bound: length, depth and size of numbers are limited.
//   A2. Nothing is evaluated as code.

import { type DecimalText, toDecimal } from "./decimal.ts";
import { applyFunction, functionNames, isFunction } from "./functions.ts";
import {
  add,
  CalculationError,
  divide,
  fromDecimal,
  multiply,
  negate,
  power,
  type Rational,
  remainder,
} from "./rational.ts";
import { type Token, tokensOf } from "./tokens.ts";

export type Calculation = { outcome: "done"; result: DecimalText } | { outcome: "failed"; message: string };

export const MAX_EXPRESSION_CHARACTERS = 500;
const MAX_DEPTH = 50;

/** Works out one expression. */
export function calculate(expression: string): Calculation {
  try {
    if (expression.length > MAX_EXPRESSION_CHARACTERS) {
      throw new CalculationError(`a calculation has at most ${MAX_EXPRESSION_CHARACTERS} characters`);
    }
    const reader = new Reader(tokensOf(expression));
    return { outcome: "done", result: toDecimal(reader.whole()) };
  } catch (error) {
    if (error instanceof CalculationError) return { outcome: "failed", message: error.message };
    throw error;
  }
}

const END: Token = { kind: "end", text: "the end" };

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Rational {
    const value = this.#sum();
    if (this.#next.kind !== "end") throw this.#unexpected();
    return value;
  }

  #sum(): Rational {
    let value = this.#product();
    for (;;) {
      if (this.#take("+")) value = add(value, this.#product());
      else if (this.#take("-")) value = add(value, negate(this.#product()));
      else return value;
    }
  }

  #product(): Rational {
    let value = this.#signed();
    for (;;) {
      if (this.#take("*")) value = multiply(value, this.#signed());
      else if (this.#take("/")) value = divide(value, this.#signed());
      else if (this.#take("%")) value = remainder(value, this.#divisor());
      else return value;
    }
  }

  /** `15% * 80` is how people write a percentage; here the sign means the remainder. */
  #divisor(): Rational {
    const { kind, text } = this.#next;
    if (kind === "end" || (kind === "sign" && !"(-+".includes(text))) {
      throw new CalculationError("% is the remainder of a division; a percentage is written percent(15, 80)");
    }
    return this.#signed();
  }

  #signed(): Rational {
    if (this.#take("-")) return negate(this.#deeper(() => this.#signed()));
    if (this.#take("+")) return this.#deeper(() => this.#signed());
    return this.#power();
  }

  #power(): Rational {
    const base = this.#atom();
    return this.#take("^")
      ? power(
          base,
          this.#deeper(() => this.#signed()),
        )
      : base;
  }

  #atom(): Rational {
    const { kind, text } = this.#next;
    if (kind === "number") {
      this.#at += 1;
      return fromDecimal(text);
    }
    if (kind === "name") return this.#call(text);
    if (!this.#take("(")) throw this.#unexpected();
    const value = this.#deeper(() => this.#sum());
    this.#expect(")");
    return value;
  }

  #call(name: string): Rational {
    if (!isFunction(name)) throw new CalculationError(`there is no ${name}; there are ${functionNames.join(", ")}`);
    this.#at += 1;
    this.#expect("(");
    const values: Rational[] = [];
    do values.push(this.#deeper(() => this.#sum()));
    while (this.#take(","));
    this.#expect(")");
    return applyFunction(name, values);
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #take(sign: string): boolean {
    const { kind, text } = this.#next;
    if (kind !== "sign" || text !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new CalculationError(`${sign} is missing before ${quoted(this.#next)}`);
  }

  #deeper(read: () => Rational): Rational {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new CalculationError(`it is nested more than ${MAX_DEPTH} deep`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #unexpected(): CalculationError {
    if (this.#tokens.length === 0) return new CalculationError("there is nothing to calculate");
    return new CalculationError(`${quoted(this.#next)} stands where a ${this.#wanted()} belongs`);
  }

  /** What could stand here: behind a value only a sign can follow. */
  #wanted(): string {
    const before = this.#tokens[this.#at - 1];
    const behindValue = before?.kind === "number" || before?.text === ")";
    return behindValue ? "sign" : "number";
  }
}

function quoted({ kind, text }: Token): string {
  return kind === "end" ? text : JSON.stringify(text);
}
