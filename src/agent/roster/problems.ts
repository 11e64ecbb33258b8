// What can be wrong with the files of a roster, and how it is told.

import { nearest } from "#platform/config/nearest.ts";
import { type ConfigProblem, type Path, type Place, pathText, problem } from "#platform/config/problems.ts";

export interface RosterProblem {
  /** Absolute path. */
  file: string;
  /** From 1; absent when the place has no line. */
  line?: number;
  /** Key path, `manifest.toolAllowlist[1]`; empty: the whole file. */
  key: string;
  /** The whole story in one line: file, line, key, what is wrong and what is allowed. */
  message: string;
}

/** Where a key path of one file stands. */
export type PlaceOf = (path: Path) => Place;

/** `value` is shown when it is given; `allowed`: the allowed values in words. */
export function problemAt(
  placeOf: PlaceOf,
  path: Path,
  says: string,
  facts: { value?: string; allowed?: string } = {},
): RosterProblem {
  return fromConfig(problem(placeOf(path), pathText(path), { ...facts, says }));
}

/** A problem that the configuration's checks found. */
export function fromConfig({ file, line, path, message }: Omit<ConfigProblem, "value">): RosterProblem {
  return { file, ...(line !== undefined && { line }), key: path, message };
}

/** The known names in words, the one that was probably meant first. */
export function allowedNames(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  const list = known.length > 0 ? known.join(", ") : "nothing yet";
  return meant === undefined ? list : `${list}; did you mean ${meant}?`;
}
