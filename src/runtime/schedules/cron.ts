// Cron: when an expression fires, in a zone (runs.md §13).
//
// An expression speaks of the clock on the wall. The library walks a calendar without daylight saving; what the wall
// time means is said here (docs/adr/0016):
//
//   N1. A local time that the clock is set forward over fires at the next instant there is.
//   N2. A local time that the wall shows twice fires at the first of both. What must happen every hour of real time is
//       an interval, not a cron expression.
//   N3. Day of month and day of week, when both are restricted, are joined by "or" (POSIX).

import { Cron } from "croner";
import { endOfRepetition, instantOf, isRepeated, wallOf } from "./zone.ts";

/** Numbers, lists, ranges and steps; names of months and weekdays. The library knows more, other hosts do not. */
const FIELD = /^[0-9A-Za-z*,/-]+$/;
const NAMES = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)$/i;

/** An expression made ready for one zone. */
export class CronClock {
  readonly #cron: Cron;
  readonly #zone: string;

  /** Throws when the expression is none; see {@link cronProblem}. */
  constructor(expression: string, zone: string) {
    this.#cron = new Cron(expression.trim(), { utcOffset: 0, paused: true });
    this.#zone = zone;
  }

  /** The first instant after this one at which it fires, epoch ms; undefined: never again. */
  nextAfter(afterMs: number): number | undefined {
    let wallMs: number | undefined = this.#seenUntil(afterMs);
    for (;;) {
      wallMs = this.#cron.nextRun(new Date(wallMs))?.getTime();
      if (wallMs === undefined) return undefined;
      const atMs = instantOf(this.#zone, wallMs);
      if (atMs > afterMs) return atMs;
    }
  }

  /** The greatest wall time that has been shown. */
  #seenUntil(atMs: number): number {
    if (!isRepeated(this.#zone, atMs)) return wallOf(this.#zone, atMs);
    return wallOf(this.#zone, endOfRepetition(this.#zone, atMs)) - 1;
  }
}

/** Why this text is no expression that we take; undefined: it is one. */
export function cronProblem(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return `a cron expression has 5 fields, or 6 with seconds first; this has ${fields.length}`;
  }
  const odd = fields.find((field) => !FIELD.test(field) || !wordsOf(field).every((word) => NAMES.test(word)));
  if (odd !== undefined) return `"${odd}" is no field of a cron expression`;
  try {
    new CronClock(expression, "UTC");
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, "");
  }
}

function wordsOf(field: string): string[] {
  return field.match(/[A-Za-z]+/g) ?? [];
}
