// Looking twice (K2): a store in use changes between two reads, a broken one does not.

import type { StoreFinding } from "./finding.ts";

/** `look` reads afresh each time; what it finds both times is true. */
export async function* confirmed(look: () => Promise<StoreFinding[]>): AsyncGenerator<StoreFinding> {
  const first = await look();
  if (first.length === 0) return;
  const again = await look();
  yield* again.filter((finding) => first.some((earlier) => earlier.message === finding.message));
}

/** Pages of a list by key: `judge` says what is wrong with one row, in words. */
export async function* checkPages<T>(
  check: string,
  pageSize: number,
  list: (limit: number, after: T | undefined) => Promise<T[]>,
  judge: (row: T) => Promise<string[]>,
): AsyncGenerator<StoreFinding> {
  let after: T | undefined;
  for (;;) {
    const start = after;
    const page = await list(pageSize, start);
    yield* confirmed(async () => findingsOf(check, await list(pageSize, start), judge));
    if (page.length < pageSize) return;
    after = page.at(-1);
  }
}

async function findingsOf<T>(check: string, rows: T[], judge: (row: T) => Promise<string[]>): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  for (const row of rows) for (const message of await judge(row)) findings.push({ check, message });
  return findings;
}
