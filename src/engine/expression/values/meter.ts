// The meter: what one evaluation may still spend.
//
//   M1. Every evaluation of a node costs a step; built-ins cost steps in proportion to the work they do.
//   M2. A text or a list is charged before it is built, so that memory stays within what the steps can pay for.
//   M3. Reaching a limit ends the whole evaluation; no `try` sees it.
//
// A step is worth roughly 100 ns to 300 ns of work on a small machine: hence the divisors below.

const CHARACTERS_READ_PER_STEP = 64;
const CHARACTERS_BUILT_PER_STEP = 32;
const ITEMS_COPIED_PER_STEP = 16;
// V8 keeps objects of many members as hash tables: listing or copying a member of those costs fifty times as much.
const SMALL_OBJECT = 100;

/** Deepest value that recursive built-ins walk, counted in levels. Deeper ones would endanger the stack. */
export const MAX_VALUE_DEPTH = 1_000;

export type LimitCode = "step_limit" | "output_limit";

/** Ends an evaluation; `evaluate` turns it into a value. */
export class LimitReached extends Error {
  readonly code: LimitCode;
  constructor(code: LimitCode, message: string) {
    super(message);
    this.name = "LimitReached";
    this.code = code;
  }
}

export class Meter {
  readonly maxSteps: number;
  readonly maxBytes: number;
  #stepsLeft: number;

  constructor(maxSteps: number, maxBytes: number) {
    this.maxSteps = maxSteps;
    this.maxBytes = maxBytes;
    this.#stepsLeft = maxSteps;
  }

  /** Pays for `count` units of work. */
  step(count = 1): void {
    this.#stepsLeft -= count;
    if (this.#stepsLeft < 0) {
      throw new LimitReached("step_limit", `the expression takes more than ${this.maxSteps} steps`);
    }
  }

  /** Steps that are left. */
  get left(): number {
    return this.#stepsLeft;
  }

  /** Pays for reading a text of `length` characters. */
  read(length: number): void {
    if (length >= CHARACTERS_READ_PER_STEP) this.step(Math.ceil(length / CHARACTERS_READ_PER_STEP));
  }

  /** Pays for a new text of `length` characters; call it before the text exists. */
  build(length: number): void {
    this.hold(length);
    this.step(Math.ceil(length / CHARACTERS_BUILT_PER_STEP));
  }

  /** Pays for copying `count` items into a list that will then hold `total`. */
  copy(count: number, total = count): void {
    this.hold(total * 2); // an item and its comma
    this.step(Math.ceil(count / ITEMS_COPIED_PER_STEP));
  }

  /** Pays for listing the `count` members of an object. */
  list(count: number): void {
    this.step(count <= SMALL_OBJECT ? Math.ceil(count / 8) : count);
  }

  /** Pays for copying `count` members into an object. */
  copyMembers(count: number): void {
    this.step(count <= SMALL_OBJECT ? Math.ceil(count / 4) : count * 2);
  }

  /** Pays for sorting `count` items, before the comparisons themselves. */
  sort(count: number): void {
    if (count > 1) this.step(Math.ceil(count * Math.log2(count)));
  }

  /** Refuses a value of more than `bytes` bytes. */
  hold(bytes: number): void {
    if (bytes > this.maxBytes) {
      throw new LimitReached("output_limit", `the expression makes a value of more than ${this.maxBytes} bytes`);
    }
  }

  /** Called by recursive walks with the level they are at. */
  depth(level: number): void {
    if (level > MAX_VALUE_DEPTH) {
      throw new LimitReached("step_limit", `a value is nested deeper than ${MAX_VALUE_DEPTH} levels`);
    }
  }
}
