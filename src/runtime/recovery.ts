// Recovery: what a process does with the rows it finds at boot. Nothing is loaded that does not have work to do:
// runs that wait for people or timers stay rows.

import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { Effects } from "./effects.ts";
import { type Forks, isForkAtWork } from "./forks.ts";
import type { Dispatched, Runs } from "./runs.ts";
import type { Timers } from "./timers.ts";

const PAGE = 200;

export interface RecoveryDeps {
  store: Store;
  runs: Runs;
  forks: Forks;
  effects: Effects;
  timers: Timers;
  logger: Logger;
}

/** Resolves when every unfinished run was continued and every open effect and timer is known. */
export async function recover(deps: RecoveryDeps): Promise<{ continued: number }> {
  const continued = await continueUnfinished(deps);
  await deps.effects.sweep(true);
  await deps.timers.start();
  return { continued };
}

/** Each run once: one that cannot go on is told and left, it must not keep the others, or the start, from going on. */
async function continueUnfinished({ store, runs, forks, logger }: RecoveryDeps): Promise<number> {
  const seen = new Set<string>();
  for (;;) {
    const page = await store.listUnfinishedRuns(PAGE + seen.size);
    const fresh = page.filter((runId) => !seen.has(runId));
    if (fresh.length === 0) return seen.size;
    for (const runId of fresh) seen.add(runId);
    await Promise.all(
      fresh.map((runId) =>
        goOn(runs, forks, runId).catch((error) => logger.error({ error, runId }, "a run cannot go on")),
      ),
    );
  }
}

/** A fork that is still being copied or played goes on beside the start, not before it. */
async function goOn(runs: Runs, forks: Forks, runId: string): Promise<void> {
  const outcome = await startOrContinue(runs, runId);
  if (outcome.outcome === "done" && isForkAtWork(outcome.run.state)) forks.begin(runId);
}

/** Goes on with a run, from wherever it stands. */
export function startOrContinue(runs: Runs, runId: string): Promise<Dispatched> {
  return runs.dispatch(runId, ({ state }) => ({
    command: { type: state.phase === "pending" ? "start" : "continue" },
  }));
}
