// Pruning: what has served its time leaves the store, a little at a time.

import { DEAD_LETTER_RETENTION_MS, purgeDeadLetters } from "#app/dead-letters.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { Runs } from "#runtime/runs.ts";

const EVERY_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** Long enough for any client that repeats itself; the recommended life of an invocation's identity (runs.md §3.2). */
const KEEP_MS = 14 * DAY_MS;
/** Deleted in one go: about a millisecond in which commits wait. */
const BATCH = 500;
/** Each is a commit of its own, and may remove a long log. */
const PURGED_AT_ONCE = 20;

export interface PruningDeps {
  store: Store;
  runs: Runs;
  ids: Ids;
  clock: Clock;
  logger: Logger;
}

/** Prunes once an hour; the returned function ends it. */
export function startPruning({ store, runs, ids, clock, logger }: PruningDeps): () => void {
  let stopped = false;
  const pruneAll = async () => {
    for (let pruned = BATCH; pruned >= BATCH && !stopped; ) {
      const nowMs = clock.nowMs();
      const marks = await store.prune(nowMs, nowMs - KEEP_MS, BATCH);
      const slots = await store.pruneSlots(nowMs - KEEP_MS, BATCH);
      const hooks = await store.pruneWebhooks(nowMs - KEEP_MS, nowMs - DEAD_LETTER_RETENTION_MS, BATCH);
      const letters = await purgeDeadLetters({ store, runs, ids }, nowMs, PURGED_AT_ONCE);
      pruned = Math.max(marks, slots, hooks, letters === PURGED_AT_ONCE ? BATCH : 0);
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
