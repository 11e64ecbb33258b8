// Pages of a list in the order of a key: one record more than asked for tells whether the list goes on.

import type { Page } from "#ports/page.ts";
import { decodeCursor, encodeCursor } from "../cursors.ts";

/** A list: the key it is ordered by, and where its first page begins. */
export interface Paged<R, T, K extends (string | number)[]> {
  /** Names the list in its cursors. */
  kind: string;
  start: readonly [...K];
  keyOf: (record: R) => [...K];
  itemOf: (record: R) => T;
}

/** `read` returns at most `limit` records behind the key, in order. */
export function readPage<R, T, K extends (string | number)[]>(
  { kind, start, keyOf, itemOf }: Paged<R, T, K>,
  { limit, cursor }: { limit: number; cursor?: string },
  read: (behind: readonly [...K], limit: number) => R[],
): Page<T> {
  const behind = cursor === undefined ? start : decodeCursor(kind, cursor, start);
  if (!behind) return { items: [], unknownCursor: true };
  if (limit <= 0) return { items: [] };
  const records = read(behind, limit + 1);
  const shown = records.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    ...(last && records.length > shown.length && { nextCursor: encodeCursor(kind, ...keyOf(last)) }),
  };
}

/** Behind every id: ids are made of letters, digits, `_`, `.`, `:` and `-`. */
export const LAST_ID = "\u{10FFFF}";
