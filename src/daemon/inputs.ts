// What a daemon is wired from.

import type { Config } from "#platform/config/schema.ts";
import type { Home } from "#platform/home.ts";
import type { OperatorKey } from "#platform/key.ts";
import type { Masker } from "#platform/masking.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { StopPoint } from "#runtime/stop-points.ts";

export interface WireInputs {
  config: Config;
  home: Home;
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  masker: Masker;
  key: OperatorKey;
  /** Where the configuration stands, or would stand. */
  configFile: string;
  stopPoint: StopPoint;
  version: string;
}
