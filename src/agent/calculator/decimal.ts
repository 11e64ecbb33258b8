// How a number is written: as an exact decimal where it has one of bearable length, else cut and said to be cut.

import { absolute, type Rational } from "./rational.ts";

export interface DecimalText {
  /** Plain digits, `-12.5`. */
  text: string;
  /** False: the digits are rounded. */
  exact: boolean;
}

const MAX_EXACT_PLACES = 60;
/** Digits shown of a number that has no end, counted from its first one behind the point that is not 0. */
const SHOWN_DIGITS = 20;

export function toDecimal(value: Rational): DecimalText {
  const places = exactPlaces(value.bottom);
  if (value.exact && places !== undefined && places <= MAX_EXACT_PLACES) {
    return { text: write(value, places), exact: true };
  }
  return { text: trimmed(write(value, SHOWN_DIGITS + leadingZeros(value))), exact: false };
}

/** How many decimals the fraction needs; undefined: it never ends. */
function exactPlaces(bottom: bigint): number | undefined {
  const [twos, withoutTwos] = strip(bottom, 2n);
  const [fives, rest] = strip(withoutTwos, 5n);
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

function strip(value: bigint, divisor: bigint): [times: number, rest: bigint] {
  let [times, rest] = [0, value];
  while (rest % divisor === 0n) [times, rest] = [times + 1, rest / divisor];
  return [times, rest];
}

/** Zeros between the point and the first digit of a number below 1, within one. */
function leadingZeros({ top, bottom }: Rational): number {
  return Math.max(0, bottom.toString().length - absolute(top).toString().length);
}

/** Rounds half away from zero. */
function write({ top, bottom }: Rational, places: number): string {
  const scaled = (2n * absolute(top) * 10n ** BigInt(places) + bottom) / (2n * bottom);
  const digits = scaled.toString().padStart(places + 1, "0");
  const sign = top < 0n && scaled !== 0n ? "-" : "";
  const cut = digits.length - places;
  return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}
