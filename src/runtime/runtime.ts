// The runtime: runs, effects, timers and the live feed around one store. What commits cause is heard in one place.

import type { EngineEnvironment } from "#engine/engine.ts";
import type { Clock } from "#ports/clock.ts";
import type { EffectHandler } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { Tool } from "#ports/tools.ts";
import type { JsonObject } from "#protocol/json.ts";
import { Effects } from "./effects.ts";
import { Feed } from "./feed.ts";
import { Forks } from "./forks.ts";
import { Graphs } from "./graphs.ts";
import { createCallPromptHandler } from "./handlers/call-prompt.ts";
import { createModelHandler, type ModelHandlerDeps } from "./handlers/model.ts";
import type { ModelChoice } from "./handlers/model-value.ts";
import { createStartRunHandler } from "./handlers/start-run.ts";
import { createToolHandler } from "./handlers/tool.ts";
import { LiveText } from "./live-text.ts";
import { recover, startOrContinue } from "./recovery.ts";
import { type HandOver, Runs } from "./runs.ts";
import type { StopPoint } from "./stop-points.ts";
import { Timers } from "./timers.ts";

export interface RuntimeDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  environment: EngineEnvironment;
  /** Performs what agents call for, by tool id. */
  tools: ReadonlyMap<string, Tool>;
  /** The model behind an alias of the configuration, as it stands now. */
  modelOf: (alias: string) => ModelChoice | undefined;
  /** The mock that a run of a test key asked for (runs.md §2.4); absent: there are none. */
  mockOf?: (choice: JsonObject) => ModelChoice | undefined;
  /** 0 to 1; spreads repetitions. */
  random: () => number;
  /** Kinds of effects that a deployment adds. */
  handlers: readonly EffectHandler[];
  maxHotRuns: number;
  /** See {@link HandOver}; absent: nobody subscribes to anything. */
  handOver?: HandOver;
  stopPoint: StopPoint;
}

export interface Runtime {
  runs: Runs;
  graphs: Graphs;
  feed: Feed;
  liveText: LiveText;
  effects: Effects;
  forks: Forks;
  /** Picks up what an earlier process left; call once, before requests are taken. */
  recover(): Promise<{ continued: number }>;
  /** Ends work in flight; what is not done stays as rows. */
  stop(): Promise<void>;
}

const MAX_QUEUED_DECISIONS = 20_000;
/** Calls to models and tools under way at the same time: they wait, they do not work here. */
const MAX_CONCURRENT_EFFECTS = 256;
const MAX_QUEUED_EFFECTS = 2_000;

export function createRuntime(deps: RuntimeDeps): Runtime {
  const { store, clock, ids, logger, environment, maxHotRuns, stopPoint } = deps;
  const feed = new Feed();
  const liveText = new LiveText(feed);
  const graphs = new Graphs(store, environment);
  const maxQueuedDecisions = MAX_QUEUED_DECISIONS;
  const { handOver } = deps;
  const keeping = { maxHotRuns, maxQueuedDecisions, ...(handOver && { handOver }) };
  const runs = new Runs({ store, clock, ids, environment, graphs, ...keeping });
  const effects = new Effects({
    store,
    runs,
    ids,
    logger,
    handlers: [...handlersOf(deps, runs, graphs, liveText), ...deps.handlers],
    maxConcurrent: MAX_CONCURRENT_EFFECTS,
    maxQueued: MAX_QUEUED_EFFECTS,
    stopPoint,
  });
  const timers = new Timers({ store, runs, clock, ids, logger, stopPoint });
  const forks = new Forks({ store, runs, environment, ids, logger, stopPoint });
  const unsubscribe = store.subscribe((committed) => {
    graphs.onCommitted(committed);
    feed.onCommitted(committed);
    liveText.onCommitted(committed);
    effects.onCommitted(committed);
    timers.onCommitted(committed);
    startLaneNext(runs, logger, committed);
  });
  return {
    runs,
    graphs,
    feed,
    liveText,
    effects,
    forks,
    recover: () => recover({ store, runs, effects, timers, forks, logger }),
    async stop() {
      await forks.stop();
      await timers.stop();
      await effects.stop();
      await runs.drained();
      unsubscribe();
    },
  };
}

function handlersOf(deps: RuntimeDeps, runs: Runs, graphs: Graphs, liveText: LiveText): EffectHandler[] {
  const { store, clock, tools, modelOf, mockOf = () => undefined, random, stopPoint } = deps;
  const runOf = (runId: string) => runs.load(runId);
  return [
    createModelHandler({ store, tools, liveText, modelOf, mockOf, runOf, noteCall: noteCallIn(runs), random }),
    createToolHandler({ tools, liveText, runOf }),
    createStartRunHandler({ runs, graphs, clock, stopPoint }),
    createCallPromptHandler({ runs, modelOf, mockOf }),
  ];
}

function noteCallIn(runs: Runs): ModelHandlerDeps["noteCall"] {
  return ({ runId, nodeId, attempt, kind, ordinal }, call) =>
    runs.dispatch(runId, () => ({ command: { type: "noteCall", nodeId, attempt, effect: { kind, ordinal }, call } }));
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
