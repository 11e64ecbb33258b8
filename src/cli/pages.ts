// Lists that come in pages.

import type { Client, Query } from "./client.ts";

/** The daemon gives at most this many items at once. */
const PAGE = 100;

/** Up to `limit` items of a list, page by page. `member` is the name of the array in a page. */
export async function* readList<T>(
  client: Client,
  list: { path: string; member: string; query?: Query; limit: number },
): AsyncGenerator<T, void> {
  let left = list.limit;
  let cursor: string | undefined;
  while (left > 0) {
    const query = { ...list.query, limit: Math.min(left, PAGE), cursor };
    const page = await client.get<{ nextCursor?: string } & Record<string, unknown>>(list.path, query);
    const items = (page[list.member] as T[] | undefined) ?? [];
    yield* items.slice(0, left);
    left -= items.length;
    cursor = page.nextCursor;
    if (cursor === undefined || items.length === 0) return;
  }
}

/** As {@link readList}, all at once. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** `2026-06-30T10:00:00.000Z` → `2026-06-30 10:00:00Z` */
export function shortTime(iso: string | undefined): string {
  return iso === undefined ? "" : iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
