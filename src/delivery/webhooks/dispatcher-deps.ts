// What the dispatcher of webhooks works with.

import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { Store } from "#ports/store.ts";
import type { ResolveHost } from "../post.ts";
import type { WebhookBook } from "./book.ts";

export interface DispatcherDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  book: WebhookBook;
  resolve: ResolveHost;
  /** 0 to 1; spreads repetitions. */
  random: () => number;
  /** Wait before a delivery is tried for the second time; doubled from then on. */
  firstRetryMs: number;
  /** Of this host, as receivers see it. */
  version: string;
  stopPoint: (name: "webhook.due" | "webhook.posted") => void;
}
