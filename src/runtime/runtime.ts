// The runtime: runs, effects, timers and the live feed around one store. What commits cause is heard in one place.

import type { EngineEnvironment } from "#engine/engine.ts";
import type { Clock } from "#ports/clock.ts";
import type { EffectHandler } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Committed, Store } from "#ports/store.ts";
import { Effects } from "./effects.ts";
import { Feed } from "./feed.ts";
import { Graphs } from "./graphs.ts";
import { recover, startOrContinue } from "./recovery.ts";
import { Runs } from "./runs.ts";
import type { StopPoint } from "./stop-points.ts";
import { Timers } from "./timers.ts";

export interface RuntimeDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  environment: EngineEnvironment;
  /** Built with the feed, so that handlers can show live text. */
  handlers: (feed: Feed) => readonly EffectHandler[];
  maxHotRuns: number;
  stopPoint: StopPoint;
}

export interface Runtime {
  runs: Runs;
  graphs: Graphs;
  feed: Feed;
  effects: Effects;
  /** Picks up what an earlier process left; call once, before requests are taken. */
  recover(): Promise<{ continued: number }>;
  /** Ends work in flight; what is not done stays as rows. */
  stop(): Promise<void>;
}

const MAX_QUEUED_DECISIONS = 20_000;
const MAX_CONCURRENT_EFFECTS = 64;
const MAX_QUEUED_EFFECTS = 2_000;

export function createRuntime(deps: RuntimeDeps): Runtime {
  const { store, clock, ids, logger, environment, maxHotRuns, stopPoint } = deps;
  const feed = new Feed();
  const graphs = new Graphs(store, environment);
  const maxQueuedDecisions = MAX_QUEUED_DECISIONS;
  const runs = new Runs({ store, clock, ids, environment, graphs, maxHotRuns, maxQueuedDecisions });
  const effects = new Effects({
    store,
    runs,
    ids,
    logger,
    handlers: deps.handlers(feed),
    maxConcurrent: MAX_CONCURRENT_EFFECTS,
    maxQueued: MAX_QUEUED_EFFECTS,
    stopPoint,
  });
  const timers = new Timers({ store, runs, clock, ids, logger, stopPoint });
  const unsubscribe = store.subscribe((committed) => {
    graphs.onCommitted(committed);
    feed.onCommitted(committed);
    effects.onCommitted(committed);
    timers.onCommitted(committed);
    startLaneNext(runs, logger, committed);
  });
  return {
    runs,
    graphs,
    feed,
    effects,
    recover: () => recover({ store, runs, effects, timers, logger }),
    async stop() {
      await timers.stop();
      await effects.stop();
      await runs.drained();
      unsubscribe();
    },
  };
}

/** The turn that waited behind the one that just ended. Lost in a crash, the next boot starts it. */
function startLaneNext(runs: Runs, logger: Logger, committed: Committed): void {
  for (const runId of committed.laneNext) startTurn(runs, logger, runId);
}

const START_RETRY_MS = 1_000;

function startTurn(runs: Runs, logger: Logger, runId: string): void {
  startOrContinue(runs, runId).catch((error) => {
    logger.error({ error, runId }, "a waiting turn could not start yet");
    setTimeout(() => startTurn(runs, logger, runId), START_RETRY_MS).unref();
  });
}
