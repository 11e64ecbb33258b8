// Schedules of a daemon: the worker that serves them, over the same runs as everything else.

import type { AppDeps } from "#app/deps.ts";
import { prepareScheduledRun } from "#app/scheduled-run.ts";
import { Schedules } from "#runtime/schedules/schedules.ts";
import type { StopPoint } from "#runtime/stop-points.ts";

export interface WiredSchedules {
  /** Serves what came due while nobody was there, then whatever comes due. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function schedulesOver(app: AppDeps, stopPoint: StopPoint): WiredSchedules {
  const { store, runs, clock, ids, logger } = app;
  const prepare = prepareScheduledRun(app);
  const schedules = new Schedules({ store, runs, clock, ids, logger, prepare, stopPoint });
  const unsubscribe = store.subscribe((committed) => schedules.onCommitted(committed));
  return {
    start: () => schedules.start(),
    async stop() {
      unsubscribe();
      await schedules.stop();
    },
  };
}
