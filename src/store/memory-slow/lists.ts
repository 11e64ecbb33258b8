// Lists of the store in memory: sort, cut, page.

import type { Page } from "#ports/page.ts";
import { decodeCursor, encodeCursor } from "../cursors.ts";
import type { Tables } from "./tables.ts";

/** Makes a method of the port out of a read. */
export type Reading = <A extends unknown[], T>(read: (tables: Tables, ...args: A) => T) => (...args: A) => Promise<T>;

/** One function for each of these operations. */
export type Changes<Op extends { op: string }> = {
  [K in Op["op"]]: (tables: Tables, op: Extract<Op, { op: K }>) => void;
};

export type Key = (string | number)[];

/** By code points for ids (which are ASCII) and by value for numbers, part after part. */
export function compare(a: Key, b: Key): number {
  for (const [at, part] of a.entries()) {
    const other = b[at] as string | number;
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

export function sorted<T>(rows: T[], keyOf: (row: T) => Key): T[] {
  return rows.sort((a, b) => compare(keyOf(a), keyOf(b)));
}

export function cut<T>(rows: T[], limit: number): T[] {
  return rows.slice(0, Math.max(0, limit));
}

/** A list that is read in pages: how it is ordered, and a key that shows the types of all of them. */
export interface Paged<T, K extends Key> {
  /** Names the list in its cursors. */
  kind: string;
  example: readonly [...K];
  order: "ascending" | "descending";
  keyOf: (row: T) => [...K];
}

export function pageOf<T, K extends Key>(
  { kind, example, order, keyOf }: Paged<T, K>,
  rows: T[],
  page: { limit: number; cursor?: string },
): Page<T> {
  const cursor = page.cursor === undefined ? undefined : decodeCursor(kind, page.cursor, example);
  if (page.cursor !== undefined && cursor === undefined) return { items: [], unknownCursor: true };
  const direction = order === "ascending" ? 1 : -1;
  const rest = rows
    .filter((row) => cursor === undefined || compare(keyOf(row), cursor) * direction > 0)
    .sort((a, b) => compare(keyOf(a), keyOf(b)) * direction);
  const items = cut(rest, page.limit);
  const last = items.at(-1);
  if (last === undefined || rest.length === items.length) return { items };
  return { items, nextCursor: encodeCursor(kind, ...keyOf(last)) };
}
