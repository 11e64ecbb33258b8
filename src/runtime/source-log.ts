// Reading the log of a run in pages, as the engine wrote it: payloads that are sealed in the log come in clear.

import type { Graph } from "#engine/graph.ts";
import { eventPages } from "#platform/run-log.ts";
import type { Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import { openSeals } from "./history.ts";

/** Events per page: also the size of the commits that copy them. */
const PAGE_EVENTS = 250;

/** The events `from` to `through`, both included, in order, as far as there are any. */
export async function* readEvents(
  store: Store,
  graph: Graph,
  runId: string,
  range: { from: number; through: number },
): AsyncGenerator<RunEvent[]> {
  for await (const page of eventPages(store, runId, range, PAGE_EVENTS)) yield await openSeals(store, graph, page);
}
