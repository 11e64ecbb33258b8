// Lists that come in pages.

import type { Client, Query } from "./client.ts";
import type { Invocation } from "./command.ts";
import { type ExitCode, exitCodes } from "./failures.ts";

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

/** Shows a list: one JSON object per line, or a table; `none` says that there is nothing, and what to do about it. */
export function showList<T>(
  { terminal, options }: Pick<Invocation, "terminal" | "options">,
  items: readonly T[],
  { none, head, row }: { none: string; head: string[]; row: (item: T) => string[] },
): ExitCode {
  if (options.flag("json")) for (const item of items) terminal.json(item);
  else if (items.length === 0) terminal.err(none);
  else terminal.table([head, ...items.map(row)]);
  return exitCodes.completed;
}

/** `2026-06-30T10:00:00.000Z` → `2026-06-30 10:00:00Z` */
export function shortTime(iso: string | undefined): string {
  return iso === undefined ? "" : iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
