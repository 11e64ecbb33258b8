// Rational numbers: exact arithmetic on fractions of whole numbers.
//
//   R1. `bottom` is positive, and top and bottom share no divisor.
//   R2. `exact` is false as soon as an irrational number was cut on the way; it never becomes true again. Such a
//       number keeps its leading digits only.
//   R3. No number has more than MAX_BITS bits, so no calculation can take long.

/** `top / bottom`. */
export interface Rational {
  readonly top: bigint;
  readonly bottom: bigint;
  readonly exact: boolean;
}

/** The calculation has no answer; the message says why, for the model and the person. */
export class CalculationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CalculationError";
  }
}

/** About 600 decimal digits. */
const MAX_BITS = 2048;

/** Of a number that is not exact: about 75 decimal digits. */
const KEPT_BITS = 256;

/** Digits that are kept of an irrational root. */
const ROOT_DIGITS = 40;

export function rational(top: bigint, bottom = 1n, exact = true): Rational {
  if (bottom === 0n) throw new CalculationError("division by zero");
  const cut = exact ? 0n : surplusBits(top, bottom);
  const [over, under] = bottom < 0n ? [-top >> cut, -bottom >> cut] : [top >> cut, bottom >> cut];
  const divisor = greatestCommonDivisor(absolute(over), under);
  const reduced = { top: over / divisor, bottom: under / divisor, exact };
  if (bitsOf(reduced.top) > MAX_BITS || bitsOf(reduced.bottom) > MAX_BITS) throw tooLarge();
  return reduced;
}

/** What a number that is not exact need not keep: without it, roots would grow too large by multiplying. */
function surplusBits(top: bigint, bottom: bigint): bigint {
  return BigInt(Math.max(0, Math.min(bitsOf(top), bitsOf(bottom)) - KEPT_BITS));
}

/** Digits with at most one point, as the lexer passes them: `12`, `0.5`, `.5`. */
export function fromDecimal(text: string): Rational {
  const [whole = "", fraction = ""] = text.split(".");
  return rational(BigInt(`${whole}${fraction}`), 10n ** BigInt(fraction.length));
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom, a.exact && b.exact);
}

export function negate(a: Rational): Rational {
  return { ...a, top: -a.top };
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.top * b.top, a.bottom * b.bottom, a.exact && b.exact);
}

export function divide(a: Rational, b: Rational): Rational {
  return rational(a.top * b.bottom, a.bottom * b.top, a.exact && b.exact);
}

/** What is left after whole divisions; it has the sign of `a`, as in most programming languages. */
export function remainder(a: Rational, b: Rational): Rational {
  const quotient = divide(a, b);
  const whole = rational(quotient.top / quotient.bottom);
  return add(a, negate(multiply(whole, b)));
}

export function power(base: Rational, exponent: Rational): Rational {
  if (exponent.bottom !== 1n) throw new CalculationError("an exponent must be a whole number; there is sqrt for roots");
  // By squaring: each step is bounded by R3, and there are no more steps than the exponent has bits.
  let result = rational(1n, 1n, base.exact && exponent.exact);
  let square = base;
  for (let left = absolute(exponent.top); left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square);
    if (left > 1n) square = multiply(square, square);
  }
  return exponent.top < 0n ? divide(rational(1n), result) : result;
}

export function squareRoot(a: Rational): Rational {
  if (a.top < 0n) throw new CalculationError("a negative number has no square root");
  const [top, bottom] = [wholeRoot(a.top), wholeRoot(a.bottom)];
  if (top * top === a.top && bottom * bottom === a.bottom) return rational(top, bottom, a.exact);
  // The root of 1/10^n begins n/2 places behind the point.
  const scale = 10n ** BigInt(ROOT_DIGITS + Math.ceil(a.bottom.toString().length / 2));
  return rational(wholeRoot((a.top * scale * scale) / a.bottom), scale, false);
}

export function magnitude(a: Rational): Rational {
  return { ...a, top: absolute(a.top) };
}

/** To this many decimals (negative: to tens, hundreds …), halves away from zero. */
export function round(a: Rational, places: Rational): Rational {
  if (places.bottom !== 1n || absolute(places.top) > 100n) {
    throw new CalculationError("round takes a whole number of decimals from -100 to 100");
  }
  const scale = power(rational(10n), places);
  const scaled = multiply(a, scale);
  const twice = 2n * absolute(scaled.top) + scaled.bottom;
  const whole = twice / (2n * scaled.bottom);
  return divide(rational(scaled.top < 0n ? -whole : whole, 1n, scaled.exact), scale);
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bitsOf(value: bigint): number {
  return absolute(value).toString(2).length;
}

function tooLarge(): CalculationError {
  return new CalculationError("the numbers get too large");
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** The largest whole number whose square is not above `value`: Newton's method from above. */
function wholeRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(bitsOf(value) / 2));
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
