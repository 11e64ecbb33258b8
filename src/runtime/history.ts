// Folding a run's state back from its log.

import { sealedContentId } from "#engine/draft.ts";
import { fold } from "#engine/evolve.ts";
import type { Graph } from "#engine/graph.ts";
import { initialState, type RunState } from "#engine/state.ts";
import type { RunStart } from "#ports/rows.ts";
import type { LogBatch, Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import { ENGINE_VERSION, type RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";

/** The state after the whole log, or after `throughSequence`. Throws `engine_version_mismatch`. */
export async function foldRun(
  store: Store,
  start: RunStart,
  graph: Graph,
  throughSequence?: number,
): Promise<RunState> {
  const batches = await store.readLog(start.runId, 0);
  const all = await openSeals(store, graph, parseBatches(batches));
  for (const event of all) checkEngine(start, event);
  const events = throughSequence === undefined ? all : all.filter((event) => event.sequence <= throughSequence);
  return fold(initialState(start, graph.defaults), events);
}

/** What a newer engine wrote may mean what this one does not know (runs.md §15.1). */
function checkEngine({ runId, forcedEngineVersion }: RunStart, { engineVersion }: RunEvent): void {
  const persistedVersion = Number(engineVersion);
  if (forcedEngineVersion !== undefined || !(persistedVersion > ENGINE_VERSION)) return;
  throw new ParleyError("engine_version_mismatch", { runId, persistedVersion, currentVersion: ENGINE_VERSION });
}

export function parseBatches(batches: readonly LogBatch[]): RunEvent[] {
  return batches.flatMap((batch) => batch.lines.map((line) => JSON.parse(line) as RunEvent));
}

/** Puts the clear payload of sealed events back; only runs of sensitive definitions have any. */
export async function openSeals(store: Store, graph: Graph, events: RunEvent[]): Promise<RunEvent[]> {
  if (!graph.sensitive) return events;
  return Promise.all(
    events.map(async (event) => {
      const body = await store.readContent(sealedContentId(event.runId, event.sequence));
      return body === undefined ? event : { ...event, payload: JSON.parse(body) as JsonObject };
    }),
  );
}
