// Pruning: what has served its time leaves the store, a little at a time.

import type { Clock } from "#ports/clock.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";

const EVERY_MS = 3_600_000;
/** Long enough for any client that repeats itself; the recommended life of an invocation's identity (runs.md §3.2). */
const KEEP_MS = 14 * 24 * 3_600_000;
/** Deleted in one go: about a millisecond in which commits wait. */
const BATCH = 500;

export interface PruningDeps {
  store: Store;
  clock: Clock;
  logger: Logger;
}

/** Prunes once an hour; the returned function ends it. */
export function startPruning({ store, clock, logger }: PruningDeps): () => void {
  let stopped = false;
  const pruneAll = async () => {
    for (let pruned = BATCH; pruned >= BATCH && !stopped; ) {
      const nowMs = clock.nowMs();
      pruned = await store.prune(nowMs, nowMs - KEEP_MS, BATCH);
    }
  };
  const timer = setInterval(() => {
    pruneAll().catch((error) => logger.error({ error }, "the store could not be pruned"));
  }, EVERY_MS).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
