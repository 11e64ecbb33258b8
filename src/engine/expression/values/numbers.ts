// Numbers as jq has them: doubles that stay finite. Infinity becomes the largest double, as jq prints it, and no
// operation of the subset yields NaN; so every number here is a number in JSON.

/** The result of arithmetic, kept within the finite doubles. */
export function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

const INT64_MAX = 2n ** 63n - 1n;

/** jq's `%` over the integer parts, sign of the dividend. `divisor` must not truncate to 0. */
export function remainder(dividend: number, divisor: number): number {
  const [a, b] = [Math.trunc(dividend), Math.trunc(divisor)];
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return (a % b) + 0; // + 0 turns -0 into 0
  return Number(clamped(a) % clamped(b));
}

/** As C casts a double to a 64-bit integer in jq: what does not fit is cut to the nearest that does. */
function clamped(value: number): bigint {
  const integer = BigInt(value);
  if (integer > INT64_MAX) return INT64_MAX;
  return integer < -INT64_MAX - 1n ? -INT64_MAX - 1n : integer;
}

/** Halves go away from zero, as in C. */
export function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/**
 * The text jq prints for a number: shortest digits that read back the same; an exponent of at least two digits below
 * 1e-4 and where more than 15 zeros would follow the digits (jq's jv_dtoa.c).
 */
export function formatNumber(number: number): string {
  const value = finite(number);
  if (Number.isSafeInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? "-0" : String(value);
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const point = Number(exponent) + 1; // where the decimal point stands, counted from the first digit
  return (value < 0 ? "-" : "") + layOut(digits, point);
}

function layOut(digits: string, point: number): string {
  if (point <= -4 || point > digits.length + 15) return withExponent(digits, point - 1);
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + "0".repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function withExponent(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** Reads a number as `tonumber` does; undefined when the text is none. No white space around it (jq 1.8). */
export function parseNumber(text: string): number | undefined {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? finite(Number(text)) : undefined;
}
