// Reading the log of a run in pages, as the engine wrote it: payloads that are sealed in the log come in clear.

import type { Graph } from "#engine/graph.ts";
import type { Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { openSeals, parseBatches } from "./history.ts";

/** Events per page: also the size of the commits that copy them. */
const PAGE_EVENTS = 250;

/** The events `from` to `through`, both included, in order, as far as there are any. */
export async function* readEvents(
  store: Store,
  graph: Graph,
  runId: string,
  { from, through }: { from: number; through: number },
): AsyncGenerator<RunEvent[]> {
  for (let next = from; next <= through; ) {
    const batches = await store.readLog(runId, next, Math.min(PAGE_EVENTS, through - next + 1));
    const wanted = parseBatches(batches).filter(({ sequence }) => sequence >= next && sequence <= through);
    if (wanted.length === 0) return;
    for (let at = 0; at < wanted.length; at += PAGE_EVENTS) {
      yield await openSeals(store, graph, wanted.slice(at, at + PAGE_EVENTS));
    }
    next = (wanted.at(-1)?.sequence ?? through) + 1;
  }
}
