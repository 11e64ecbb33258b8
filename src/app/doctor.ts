// Doctor: what is checked about a home, and how to mend it.

import { patchOf } from "#engine/draft.ts";
import { fold } from "#engine/evolve.ts";
import { initialState } from "#engine/state.ts";
import type { RunRow } from "#ports/rows.ts";
import type { LogBatch } from "#ports/store.ts";
import { canonicalJson } from "#protocol/canonical.ts";
import type { Graphs } from "#runtime/graphs.ts";
import { parseBatches } from "#runtime/history.ts";

export interface Finding {
  level: "ok" | "warn" | "error";
  check: string;
  message: string;
  /** A command or an act that mends it. */
  fix?: string;
}

/** Folds a run's log again and compares what it comes to with the run's row; differences in words. */
export function createRefold(graphs: Graphs) {
  return async (row: RunRow, batches: readonly LogBatch[]): Promise<string[]> => {
    const graph = await graphs.load(row.start.definitionHash).catch(() => undefined);
    if (!graph) return [`definition ${row.start.definitionHash} is missing`];
    const state = fold(initialState(row.start, graph.defaults), parseBatches(batches));
    const folded = patchOf(state, row.unfinished);
    const { start: _, ...stored } = row;
    const differing = Object.keys({ ...folded, ...stored }).filter((name) => {
      const key = name as keyof typeof stored;
      return canonicalJson(folded[key] ?? null) !== canonicalJson(stored[key] ?? null);
    });
    return differing.map((name) => `${name} differs between the row and the fold of the log`);
  };
}
