// A run as it was: the snapshot after one of its events.

import { applyEvent } from "#engine/evolve.ts";
import { snapshotOf } from "#engine/projection.ts";
import { forkState, initialState } from "#engine/state.ts";
import type { RunRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { readEvents } from "#runtime/source-log.ts";
import type { AppDeps } from "./deps.ts";

/** The snapshot of a run the caller may see, after the event `atSequence`, its member `atSeq`; -1: before the first. */
export async function readRunAt(deps: AppDeps, { start }: RunRow, atSequence: number): Promise<JsonObject> {
  const graph = await deps.graphs.load(start.definitionHash);
  const state = forkState(initialState(start, graph.defaults));
  for await (const page of readEvents(deps.store, graph, start.runId, { from: 0, through: atSequence })) {
    for (const event of page) applyEvent(state, event);
  }
  return { ...snapshotOf(graph, state), atSeq: state.lastSequence };
}
