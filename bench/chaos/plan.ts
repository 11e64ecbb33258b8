// When and how the daemon is killed.

import { type StopPointName, stopPointNames } from "#runtime/stop-points.ts";
import type { Random } from "./random.ts";

export type Kill =
  /** At the `hit`-th pass of a named place. */
  | { how: "stop-point"; name: StopPointName; hit: number }
  /** `afterMs` after it was ready. */
  | { how: "random"; afterMs: number }
  /** `afterMs` after the process was started, ready or not. */
  | { how: "boot"; afterMs: number };

/** Early passes fall into the boot, later ones into the load. */
const hits = [1, 2, 5, 11, 23, 47];
/** The clock passes by once a second only: later hits would never come in the life of a daemon. */
const MOST_HITS: Partial<Record<StopPointName, number>> = { "schedule.due": 5 };
const LONGEST_LIFE_MS = 1_200;
const LONGEST_BOOT_MS = 600;

/** Half of the kills sweep the stop points, with growing hits; a tenth falls into the boot, the rest anywhere. */
export function planKills(count: number, random: Random, names: readonly StopPointName[] = stopPointNames): Kill[] {
  return Array.from({ length: count }, (_, at): Kill => {
    const step = Math.floor(at / 2);
    if (at % 2 === 0) {
      const name = names[step % names.length] as StopPointName;
      const wanted = hits[Math.floor(step / names.length) % hits.length] as number;
      const hit = Math.min(wanted, MOST_HITS[name] ?? wanted);
      return { how: "stop-point", name, hit };
    }
    if (step % 5 === 4) return { how: "boot", afterMs: random.int(20, LONGEST_BOOT_MS) };
    return { how: "random", afterMs: random.int(1, LONGEST_LIFE_MS) };
  });
}

/** `count` kills at random moments only. */
export function planRandomKills(count: number, random: Random): Kill[] {
  return Array.from({ length: count }, () => ({ how: "random", afterMs: random.int(1, LONGEST_LIFE_MS) }));
}

export function describeKill(kill: Kill): string {
  if (kill.how === "stop-point") return `${kill.name}:${kill.hit}`;
  return kill.how === "boot" ? `${kill.afterMs} ms after its start` : `${kill.afterMs} ms after it was ready`;
}
