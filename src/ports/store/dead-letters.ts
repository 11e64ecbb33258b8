// Reads of dead letters.

import type { Page } from "../page.ts";
import type { DeadLetterRow } from "../rows/dead-letters.ts";

export interface DeadLetterReads {
  readDeadLetter(runId: string): Promise<DeadLetterRow | undefined>;
  /** Newest first. */
  listDeadLetters(tenantId: string, page: { limit: number; cursor?: string }): Promise<Page<DeadLetterRow>>;
  /** Runs that became dead letters before `beforeMs`, oldest first. */
  listExpiredDeadLetters(beforeMs: number, limit: number): Promise<string[]>;
}
