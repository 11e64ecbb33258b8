// What use cases work with. Wired once in daemon.ts.

import type { EngineEnvironment } from "#engine/engine.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { Feed } from "#runtime/feed.ts";
import type { Forks } from "#runtime/forks.ts";
import type { Graphs } from "#runtime/graphs.ts";
import type { LiveText } from "#runtime/live-text.ts";
import type { Runs } from "#runtime/runs.ts";
import type { AgentDirectory } from "./agents.ts";
import type { InterruptTokens } from "./interrupt-tokens.ts";

export interface AppDeps {
  store: Store;
  runs: Runs;
  graphs: Graphs;
  forks: Forks;
  feed: Feed;
  liveText: LiveText;
  agents: AgentDirectory;
  environment: EngineEnvironment;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  tokens: InterruptTokens;
  /** Names this host to others, for ever. */
  hostId: string;
  /** Absolute base of our own URLs, without a trailing slash. */
  baseUrl: () => string;
  /** Longest life of a receipt in ms (runs.md §3.1: at least 24 h). */
  receiptLifeMs: number;
  /** Engine versions accepted in `X-Force-Engine-Version` (test keys only). */
  forceEngineVersionRange: { min: number; max: number };
  /** Passed between a durable accept and its acknowledgement (crash suite). */
  stopPoint: (name: "accept.committed") => void;
}
