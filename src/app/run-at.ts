// A run as it was: the snapshot after one of its events.

import { applyEvent } from "#engine/evolve.ts";
import { snapshotOf } from "#engine/projection.ts";
import { forkState, initialState } from "#engine/state.ts";
import type { JsonObject } from "#protocol/json.ts";
import { readEvents } from "#runtime/source-log.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { visibleRun } from "./visibility.ts";

/** Sequences that a run has; -1: none yet. Throws `not_found`. */
export async function lastSequenceOf(deps: AppDeps, call: Call, runId: string): Promise<number> {
  return (await visibleRun(deps, call, runId)).lastSequence;
}

/** The snapshot after the event `atSequence`, which is its member `atSeq`; -1: before the first. */
export async function readRunAt(deps: AppDeps, call: Call, runId: string, atSequence: number): Promise<JsonObject> {
  const { start } = await visibleRun(deps, call, runId);
  const graph = await deps.graphs.load(start.definitionHash);
  const state = forkState(initialState(start, graph.defaults));
  for await (const page of readEvents(deps.store, graph, runId, { from: 0, through: atSequence })) {
    for (const event of page) applyEvent(state, event);
  }
  return { ...snapshotOf(graph, state), atSeq: state.lastSequence };
}
