// Alarm: wakes its owner when the earliest of many due times has come, with one process timer. Nothing is polled.
//
//   A1. Set for several times it rings once, at the earliest; its owner then looks what is due, and sets it again.
//   A2. It rings when its clock says so: a clock that was set, or a machine that slept, shifts it by LONGEST_SLEEP_MS at
//       most.
//   A3. It never keeps the process alive.

import type { Clock } from "#ports/clock.ts";

/** Timers of the process know nothing of the wall clock, and none may wait longer than 2^31 - 1 ms. */
const LONGEST_SLEEP_MS = 30_000;

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #dueMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `ring` must not throw. */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `dueMs` (milliseconds since 1970), soon when that is past, but never during this call. */
  setFor(dueMs: number): void {
    if (this.#isStopped || dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#sleep();
  }

  /** It does not ring any more, whatever it is set for. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    const leftMs = Math.max(0, this.#dueMs - this.#clock.nowMs());
    this.#timer = setTimeout(() => this.#wake(), Math.min(LONGEST_SLEEP_MS, leftMs));
    this.#timer.unref();
  }

  #wake(): void {
    if (this.#clock.nowMs() < this.#dueMs) return this.#sleep();
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}
