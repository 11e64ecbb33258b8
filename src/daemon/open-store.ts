// The embedded default store of a home.

import type { Home } from "#platform/home.ts";
import type { Masker } from "#platform/masking.ts";
import type { Clock } from "#ports/clock.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { StopPoint, StopPointName } from "#runtime/stop-points.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";

export interface OpenStoreInputs {
  home: Home;
  clock: Clock;
  logger: Logger;
  masker: Masker;
  stopPoint: StopPoint;
}

export function openStore({ home, clock, logger, masker, stopPoint }: OpenStoreInputs): Promise<Store> {
  return openSqliteStore({
    path: home.database,
    nowMs: () => clock.nowMs(),
    mask: (text) => masker.mask(text),
    onError: (error, where) => logger.error({ error, where }, "the store met an error"),
    hooks: { stopPoint: (name) => stopPoint(name as StopPointName) },
  });
}
