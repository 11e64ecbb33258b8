// Webhooks, wired: the book in front of the commit path, the dispatcher behind it.

import { randomBytes } from "node:crypto";
import type { AppDeps } from "#app/deps.ts";
import { purgePrivateWebhooks, type WebhookDeps } from "#app/webhooks.ts";
import { WebhookBook } from "#delivery/webhooks/book.ts";
import { WebhookDispatcher } from "#delivery/webhooks/dispatcher.ts";
import { resolvePublic } from "#platform/addresses.ts";
import type { Masker } from "#platform/masking.ts";
import type { Store } from "#ports/store.ts";
import type { StopPoint } from "#runtime/stop-points.ts";

/** Every subscription of the store; their secrets are masked from now on. */
export async function openBook(store: Store, masker: Masker): Promise<WebhookBook> {
  const book = new WebhookBook({
    add: (webhookId, secret) => void masker.add(`webhook:${webhookId}`, secret),
    remove: (secret) => masker.remove(secret),
  });
  await book.load(store);
  return book;
}

export interface WiredWebhooks {
  deps: WebhookDeps;
  start(): void;
  stop(): Promise<void>;
}

/** `allowPrivate`: deliveries may reach this machine and its network, also without TLS (tests only). */
export async function webhooksOf(
  app: AppDeps,
  book: WebhookBook,
  options: { allowPrivate: boolean; firstRetryMs: number; hostKey: string; version: string; stopPoint: StopPoint },
): Promise<WiredWebhooks> {
  const { store, clock, ids, logger } = app;
  const { allowPrivate, firstRetryMs, hostKey, version, stopPoint } = options;
  const deps: WebhookDeps = { app, book, allowPrivate, hostKey, randomBytes };
  await purgePrivateWebhooks(deps);
  const resolve = (host: string) => resolvePublic(host, allowPrivate);
  const dispatcher = new WebhookDispatcher({
    store,
    clock,
    ids,
    logger,
    book,
    resolve,
    random: Math.random,
    firstRetryMs,
    version,
    stopPoint,
  });
  // The book first: the dispatcher asks it about what it hears.
  const unsubscribe = store.subscribe((committed) => {
    book.onCommitted(committed.rows);
    dispatcher.onCommitted(committed);
  });
  return {
    deps,
    start: () => dispatcher.start(),
    async stop() {
      await dispatcher.stop();
      unsubscribe();
    },
  };
}
