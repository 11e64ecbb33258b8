// What test seams wait for: the end of a run that they began, or a change of the store.

import type { RowOp } from "#ports/rows.ts";
import type { AppDeps } from "./deps.ts";

const DEADLINE_MS = 10_000;

/** Begins a run and waits for its end. */
export async function endedRun(deps: AppDeps, begin: () => Promise<{ body: string }>): Promise<{ runId: string }> {
  const ends = new Set<string>();
  let check = () => {};
  const unsubscribe = deps.store.subscribe(({ rows }) => {
    for (const row of rows) if (row.op === "endRun") ends.add(row.runId);
    check();
  });
  try {
    const { runId } = JSON.parse((await begin()).body) as { runId: string };
    await new Promise<void>((resolve, reject) => {
      const late = new Error("the run that the seam waits for did not end");
      const timer = setTimeout(() => reject(late), DEADLINE_MS);
      check = () => {
        if (!ends.has(runId)) return;
        clearTimeout(timer);
        resolve();
      };
      check();
    });
    return { runId };
  } finally {
    unsubscribe();
  }
}

/** Resolves when a change was committed that fits; rejects after a while. */
export function whenCommitted({ store }: AppDeps, fits: (op: RowOp) => boolean): Promise<void> {
  const committed = new Promise<void>((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      unsubscribe();
      settle();
    };
    const late = new Error("what the seam waited for did not happen");
    const timer = setTimeout(() => end(() => reject(late)), DEADLINE_MS);
    const unsubscribe = store.subscribe(({ rows }) => {
      if (rows.some(fits)) end(resolve);
    });
  });
  // Whoever fails before he waits leaves nobody to hear of the deadline.
  committed.catch(() => undefined);
  return committed;
}
