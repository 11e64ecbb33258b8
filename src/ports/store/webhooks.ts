// Reads of webhooks (rows/webhooks.ts).

import type { Page } from "../page.ts";
import type { WebhookLine, WebhookLineKey, WebhookRecord, WebhookRow } from "../rows/webhooks.ts";

export interface WebhookRecordFilter {
  webhookId: string;
  /** `dead-letters`: deliveries that were given up, and that nobody had delivered again. */
  what: "deliveries" | "dead-letters" | "changes";
}

export interface WebhookReads {
  /** Oldest first; of every tenant when none is named. */
  listWebhooks(tenantId?: string): Promise<WebhookRow[]>;
  readWebhook(webhookId: string): Promise<WebhookRow | undefined>;
  readWebhookSecret(webhookId: string): Promise<string | undefined>;
  /** Lines of one webhook that are due at `nowMs`, earliest first. */
  listDueWebhookLines(webhookId: string, nowMs: number, limit: number): Promise<WebhookLine[]>;
  /** When the earliest line that is due after `nowMs` is due. */
  nextWebhookDueMs(webhookId: string, nowMs: number): Promise<number | undefined>;
  readWebhookLine(key: WebhookLineKey): Promise<WebhookLine | undefined>;
  /** Newest first. */
  listWebhookRecords(
    filter: WebhookRecordFilter,
    page: { limit: number; cursor?: string },
  ): Promise<Page<WebhookRecord>>;
  /**
   * Deletes records older than `beforeMs`, and dead letters, changes and waiting lines older than `deadBeforeMs`; at
   * most `limit` of each. Answers how many.
   */
  pruneWebhooks(beforeMs: number, deadBeforeMs: number, limit: number): Promise<number>;
}
