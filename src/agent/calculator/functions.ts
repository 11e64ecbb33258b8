// The functions of a calculation.

import {
  CalculationError,
  compare,
  magnitude,
  multiply,
  type Rational,
  rational,
  round,
  squareRoot,
} from "./rational.ts";

interface CalculatorFunction {
  /** How it is called, for messages and the tool's description. */
  usage: string;
  least: number;
  most: number;
  apply(first: Rational, ...others: Rational[]): Rational;
}

const functions: Readonly<Record<string, CalculatorFunction>> = {
  sqrt: { usage: "sqrt(x)", least: 1, most: 1, apply: squareRoot },
  abs: { usage: "abs(x)", least: 1, most: 1, apply: magnitude },
  round: { usage: "round(x) or round(x, decimals)", least: 1, most: 2, apply: (x, places) => round(x, places ?? ZERO) },
  min: {
    usage: "min(x, y, …)",
    least: 1,
    most: 100,
    apply: (...all) => all.reduce((a, b) => (compare(b, a) < 0 ? b : a)),
  },
  max: {
    usage: "max(x, y, …)",
    least: 1,
    most: 100,
    apply: (...all) => all.reduce((a, b) => (compare(b, a) > 0 ? b : a)),
  },
  percent: {
    usage: "percent(p, x), which is p % of x",
    least: 2,
    most: 2,
    apply: (p, x) => multiply(multiply(p, rational(1n, 100n)), x ?? ZERO),
  },
};
const ZERO = rational(0n);

/** Names of all functions. */
export const functionNames: readonly string[] = Object.keys(functions);

export function isFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** Throws {@link CalculationError} when there is no such function, or not with so many arguments. */
export function applyFunction(name: string, values: readonly Rational[]): Rational {
  const found = isFunction(name) ? functions[name] : undefined;
  if (!found) throw new CalculationError(`there is no ${name}; there are ${functionNames.join(", ")}`);
  const [first, ...others] = values;
  if (!first || values.length < found.least || values.length > found.most) {
    throw new CalculationError(`${name} is written ${found.usage}`);
  }
  return found.apply(first, ...others);
}
