// Ids: `<prefix>_` + a UUIDv7 (RFC 9562) as 26 characters of Crockford's base 32, upper case.
//
//   bits   48: milliseconds | 4: version 7 | 12 + 22: counter (around the 2 variant bits) | 40: random
//   text   10 characters: time | 8 characters: version, variant, counter | 8 characters: random
//
//   I1. Within one generator the first 18 characters of every id are greater than those of the id before, whatever
//       the clock does: a clock that stands or steps back leaves the time as it is and the counter goes on.
//   I2. The counter starts anew at a random value below half its range each millisecond; when it runs over, the time
//       is moved one millisecond ahead of the clock.
//   I3. The last 40 bits are fresh random bits of every id, so two processes in one millisecond do not meet.

import { randomBytes as systemRandomBytes } from "node:crypto";
import type { Clock } from "#ports/clock.ts";
import type { IdPrefix, Ids } from "#ports/ids.ts";

/** Ids of a process. `randomBytes(n)` gives n bytes of good randomness; it is asked for a pool at a time. */
export function createIds(clock: Clock, randomBytes: (size: number) => Uint8Array = systemRandomBytes): Ids {
  const random = createPool(randomBytes);
  let timeMs = -1;
  let timeText = "";
  let high = 0;
  let low = 0;

  function moveTo(nextMs: number): void {
    timeMs = nextMs;
    timeText = encodeTime(nextMs);
    high = random.bits20() & 0x1fff; // 13 of 14 bits: the lower half of the counter's range (I2)
    low = random.bits20();
  }

  function count(): void {
    low += 1;
    if (low <= 0xfffff) return;
    low = 0;
    high += 1;
    if (high > 0x3fff) moveTo(timeMs + 1);
  }

  return {
    next(prefix: IdPrefix): string {
      const nowMs = clock.nowMs();
      if (nowMs > timeMs) moveTo(nowMs);
      else count();
      return `${prefix}_${timeText}${encode20(versioned(high))}${encode20(low)}${encode20(random.bits20())}${encode20(random.bits20())}`;
    },
  };
}

/** For tests: `run_0001`, `run_0002`, `evt_0001`, … counted per prefix. */
export function createSequentialIds(): Ids {
  const counts = new Map<IdPrefix, number>();
  return {
    next(prefix) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return `${prefix}_${String(count).padStart(4, "0")}`;
    },
  };
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Two characters for each value of 10 bits. */
const PAIRS = Array.from({ length: 1024 }, (_, at) => `${ALPHABET[at >> 5]}${ALPHABET[at & 31]}`);

/** 20 bits as four characters. */
function encode20(bits: number): string {
  return `${PAIRS[bits >> 10]}${PAIRS[bits & 0x3ff]}`;
}

/** 48 bits of milliseconds as ten characters (two leading zero bits). */
function encodeTime(ms: number): string {
  const upper = Math.floor(ms / 2 ** 40) & 0xff;
  const middle = Math.floor(ms / 2 ** 20) & 0xfffff;
  return `${PAIRS[upper]}${encode20(middle)}${encode20(ms & 0xfffff)}`;
}

/** Puts the counter's upper 14 bits around version and variant: 0111, 12 bits, 10, 2 bits. */
function versioned(upper14: number): number {
  return (0b0111 << 16) | ((upper14 >> 2) << 4) | (0b10 << 2) | (upper14 & 0b11);
}

/** Asking the system for a few bytes costs more than a microsecond; one request serves 1638 draws. */
const POOL_BYTES = 4096;

function createPool(randomBytes: (size: number) => Uint8Array): { bits20(): number } {
  let pool = new Uint8Array(0);
  let at = 0;
  return {
    bits20() {
      if (at + 3 > pool.length) {
        pool = Uint8Array.from(randomBytes(POOL_BYTES));
        at = 0;
      }
      const bits = ((pool[at] ?? 0) << 16) | ((pool[at + 1] ?? 0) << 8) | (pool[at + 2] ?? 0);
      at += 3;
      return bits & 0xfffff;
    },
  };
}
