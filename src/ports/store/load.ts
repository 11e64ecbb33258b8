// Reads of how much is under way, for metrics.

import type { RunStatus } from "#protocol/status.ts";

export interface StoreLoad {
  /** Runs that have not ended, per tenant and status; those of which there are none are left out. */
  runs: { tenantId: string; status: RunStatus; count: number }[];
  /** Outbox rows that are queued or sending. */
  outbox: number;
  /** Effects that are planned or started. */
  effects: number;
}

export interface LoadReads {
  /** Cost: one step per row that is under way, none per row that is settled. */
  countLoad(): Promise<StoreLoad>;
}
