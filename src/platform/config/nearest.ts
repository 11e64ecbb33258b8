// Which known word did someone mean?

import { editDistance } from "#protocol/edit-distance.ts";

/**
 * The candidate nearest to `word`, when it is near enough to be meant: case, `-` and `_` aside, at most one edit
 * (insert, delete, replace, swap of neighbours) in three characters.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance > Math.max(1, Math.floor(wanted.length / 3))) continue;
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Longer words are cut: the cost grows with the square, and keys are short. */
const MAX_CHARACTERS = 64;

function plain(word: string): string {
  return word.replace(/[-_]/g, "").toLowerCase().slice(0, MAX_CHARACTERS);
}
