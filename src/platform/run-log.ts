// Reading the log of a run, in pages: whoever needs more than one answer of the store's reads it here.
//
//   L1. Events come in order, each once, as they are stored; no page is empty or longer than was asked for.
//   L2. A log that grows is read to where it ends when its last page is; a reader that stops causes no more reads.

import type { LogBatch, Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";

/** Sequences, both included; without `through` to the end of the log. */
export interface LogRange {
  from: number;
  through?: number;
}

/** The stored text of the events, one line each. */
export async function* linePages(
  store: Pick<Store, "readLog">,
  runId: string,
  { from, through = Number.POSITIVE_INFINITY }: LogRange,
  maxPerPage: number,
): AsyncGenerator<string[]> {
  for (let next = from; next <= through; ) {
    const left = through - next + 1;
    const asked = Math.min(maxPerPage, left);
    // An answer is made of whole batches: it may begin before what was asked for, and end behind it.
    const lines = linesAfter(await store.readLog(runId, next, asked), next - 1).slice(0, left);
    for (let at = 0; at < lines.length; at += maxPerPage) yield lines.slice(at, at + maxPerPage);
    if (lines.length < asked) return;
    next += lines.length;
  }
}

/** The same, parsed. */
export async function* eventPages(
  store: Pick<Store, "readLog">,
  runId: string,
  range: LogRange,
  maxPerPage: number,
): AsyncGenerator<RunEvent[]> {
  for await (const lines of linePages(store, runId, range, maxPerPage)) {
    yield lines.map((line) => JSON.parse(line) as RunEvent);
  }
}

/** Lines with a sequence above `afterSequence`; a batch may begin before it. */
export function linesAfter(batches: readonly LogBatch[], afterSequence: number): string[] {
  return batches.flatMap((batch) => batch.lines.slice(Math.max(0, afterSequence + 1 - batch.firstSequence)));
}
