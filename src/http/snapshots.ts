// Snapshots for `values` streams: the state is folded along, one event at a time.

import { applyEvent } from "#engine/evolve.ts";
import type { Graph } from "#engine/graph.ts";
import { snapshotOf } from "#engine/projection.ts";
import { forkState, initialState, type RunState } from "#engine/state.ts";
import type { RunStart } from "#ports/rows.ts";
import { isTerminalEvent, type RunEvent } from "#protocol/events.ts";
import { type Shown, triggersSnapshot } from "./stream-modes.ts";

export interface SnapshotSource {
  /** What a run started with, and its graph. */
  open(runId: string): Promise<{ start: RunStart; graph: Graph }>;
}

export interface Snapshotter {
  /** Folds an event without a frame. */
  fold(line: string, sequence: number): void;
  /** Folds an event; the frame that follows it, if it causes one. */
  after(line: string, sequence: number, type: string): Shown[];
  /** A snapshot of what was folded so far. */
  now(): Shown;
  /** The event that was folded last. */
  last(): { sequence: number; terminal: boolean };
}

export async function createSnapshotter(source: SnapshotSource, runId: string): Promise<Snapshotter> {
  const { start, graph } = await source.open(runId);
  const state = forkState(initialState(start, graph.defaults));
  let lastEvent: RunEvent | undefined;
  const now = (): Shown => ({ name: "state.snapshot", json: JSON.stringify(documentOf(graph, state, lastEvent)) });
  const fold = (line: string, sequence: number) => {
    if (sequence <= state.lastSequence) return;
    lastEvent = JSON.parse(line) as RunEvent;
    applyEvent(state, lastEvent);
  };
  return {
    now,
    last: () => ({ sequence: state.lastSequence, terminal: isTerminalEvent(lastEvent?.type ?? "") }),
    fold,
    after(line, sequence, type) {
      if (sequence <= state.lastSequence) return [];
      fold(line, sequence);
      return triggersSnapshot(type) ? [now()] : [];
    },
  };
}

/** RunEventDoc-shaped; derived, never stored (streams-webhooks.md §2.2). */
function documentOf(graph: Graph, state: RunState, lastEvent: RunEvent | undefined) {
  const { lastSequence: sequence } = state;
  return {
    eventId: `snapshot:${state.start.runId}:${sequence}`,
    runId: state.start.runId,
    type: "state.snapshot",
    sequence,
    timestamp: lastEvent?.timestamp ?? new Date(state.start.createdMs).toISOString(),
    payload: { ...snapshotOf(graph, state), atSeq: sequence },
  };
}
