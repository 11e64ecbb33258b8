import type { RunRow } from "#ports/rows.ts";
import type { LogBatch } from "#ports/store.ts";

export interface StoreFinding {
  /** What was looked at: `log`, `run`, `effect`, `timer`, `outbox`, `dedup`, `thread`, `message`, `lane`. */
  check: string;
  message: string;
}

/** Folds a run's log again and names, in words, where its row says something else. */
export type Refold = (row: RunRow, batches: readonly LogBatch[]) => Promise<string[]> | string[];
