// The name somebody probably meant.

import { editDistance } from "#protocol/edit-distance.ts";

/** The nearest name, when it is near enough to be a slip: one mistake per three characters, or a beginning of it. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = lower.length >= 2 && name.startsWith(lower) ? 1 : editDistance(lower, name);
    if (!best || distance < best.distance) best = { name, distance };
  }
  if (!best) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(lower.length, best.name.length) / 3));
  return best.distance <= allowed ? best.name : undefined;
}
