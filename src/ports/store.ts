// Store: the one place where parley's durable state lives. Logs, rows and content change only through `commit`.
//
//   stream   an append-only list of events with gap-free sequences from 0; a run's stream is its runId
//   batch    the events one commit appends to one stream, stored as one row of JSON lines in wire form
//
//   S1. A commit is all or nothing, over every stream and row it names, and durable before it is answered.
//   S2. Sequences of a stream have no gaps; the same commitId never writes twice.
//   S3. Guards and expected sequences are checked before anything is written; failing is an outcome, not an error.
//   S4. Listeners hear of a commit only after it is durable, each commit once, in commit-number order.
//
// Every method may reject with an Error when the store itself fails; for `commit` the write may then have happened:
// repeat it with the same commitId. A ParleyError means that certainly nothing was written: `service_unavailable` (the
// queue is full, the store is closed) or `internal_error` (a commit that no guard protected from what is stored).

import type { Json } from "#protocol/json.ts";
import type { RunStatus } from "#protocol/status.ts";
import type { Page } from "./page.ts";
import type {
  ApiKeyRow,
  DedupKey,
  DedupRow,
  EffectRow,
  Guard,
  InterruptRow,
  OutboxRow,
  ReceiptRow,
  RowOp,
  RunRow,
  StoredMessage,
  ThreadRow,
  TimerKey,
  TimerRow,
  WorkflowRow,
} from "./rows.ts";
import type { AnnotationReads } from "./store/annotations.ts";
import type { DeadLetterReads } from "./store/dead-letters.ts";
import type { LoadReads } from "./store/load.ts";
import type { ScheduleReads } from "./store/schedules.ts";
import type { WebhookReads } from "./store/webhooks.ts";

/** Events for one stream. `lines` holds one JSON text per event, in wire form, in order; none contains a line break. */
export interface Append {
  stream: string;
  /** Sequence of the first event = number of events the stream holds so far. */
  expectedSequence: number;
  lines: string[];
}

export interface Commit {
  commitId: string;
  guards: Guard[];
  appends: Append[];
  rows: RowOp[];
}

export type CommitOutcome =
  | {
      outcome: "committed";
      commitNumber: number;
      /** Positions given to `insertMessage` operations, by messageId. */
      positions: Readonly<Record<string, number>>;
      /** Runs that took a lane by `releaseLane`: start them. */
      laneNext: readonly string[];
      /** False when masking or anything else changed what was written: fold again from the log. */
      verbatim: boolean;
    }
  /** This commitId was committed before; nothing was written. */
  | { outcome: "repeated"; commitNumber: number }
  /** A guard does not hold. `existing` is what stands there: the dedup value, the receipt, the row, the running runId. */
  | { outcome: "guard_failed"; guard: Guard; existing: Json | undefined }
  /** The stream is at another sequence: reload, decide again. */
  | { outcome: "stale_sequence"; stream: string; actualSequence: number };

/** One stored batch. `lines` as in {@link Append}. */
export interface LogBatch {
  firstSequence: number;
  lastSequence: number;
  lines: string[];
}

/** What listeners hear: the commit as it was written (after masking). */
export interface Committed {
  commitNumber: number;
  appends: readonly Append[];
  rows: readonly RowOp[];
  positions: Readonly<Record<string, number>>;
  laneNext: readonly string[];
}

export type { Page } from "./page.ts";

export interface RunFilter {
  tenantId: string;
  workflowId?: string;
  status?: RunStatus;
  tag?: string;
}

export interface Store extends ScheduleReads, DeadLetterReads, WebhookReads, AnnotationReads, LoadReads {
  /** Ordering: commits are applied in the order of the calls; see S1-S4. */
  commit(commit: Commit): Promise<CommitOutcome>;

  /** Returns a function that ends the subscription. A listener that throws is logged by the store and stays. */
  subscribe(listener: (committed: Committed) => void): () => void;

  // --- runs and logs. `undefined` = no such thing.
  readRun(runId: string): Promise<RunRow | undefined>;
  /** Batches that hold events with sequence >= `fromSequence`, oldest first, until `limit` events are reached. */
  readLog(stream: string, fromSequence: number, limit?: number): Promise<LogBatch[]>;
  /** Newest first. The cursor names the last run of the page. */
  listRuns(filter: RunFilter, page: { limit: number; cursor?: string }): Promise<Page<RunRow>>;
  /** Runs marked unfinished that may run now (not queued on a lane), oldest first. */
  listUnfinishedRuns(limit: number): Promise<string[]>;

  // --- definitions
  readDefinition(hash: string): Promise<string | undefined>;
  readWorkflow(tenantId: string, workflowId: string): Promise<WorkflowRow | undefined>;
  listWorkflows(tenantId: string): Promise<WorkflowRow[]>;

  // --- what must happen
  readInterrupt(interruptId: string): Promise<InterruptRow | undefined>;
  /** The newest interrupt of this node, open or settled. */
  findInterrupt(runId: string, nodeId: string): Promise<InterruptRow | undefined>;
  /** Open interrupts, earliest deadline first (none last), then oldest. */
  listOpenInterrupts(
    filter: { tenantId: string; runId?: string; threadId?: string },
    page: { limit: number; cursor?: string },
  ): Promise<Page<InterruptRow>>;
  readEffect(effectId: string): Promise<EffectRow | undefined>;
  /** Effects that are planned or started, by effectId after `after`. */
  listOpenEffects(limit: number, after?: string): Promise<EffectRow[]>;
  /** Timers due at or before `nowMs`, earliest first. */
  listDueTimers(nowMs: number, limit: number): Promise<TimerRow[]>;
  /** When the earliest timer is due, epoch ms. */
  nextTimerDueMs(): Promise<number | undefined>;
  /**
   * Rows to hand over: queued and due, or left `sending` by a process that died; at most one (the oldest unsettled)
   * per destination, earliest due first.
   */
  listDueOutbox(nowMs: number, limit: number): Promise<OutboxRow[]>;
  /** When the earliest of the queued rows that are the oldest of their destination is due, epoch ms; may be past. */
  nextOutboxDueMs(): Promise<number | undefined>;
  readOutbox(outboxId: string): Promise<OutboxRow | undefined>;

  // --- threads
  readThread(tenantId: string, threadId: string): Promise<ThreadRow | undefined>;
  /** Latest message first. */
  listThreads(tenantId: string, page: { limit: number; cursor?: string }): Promise<Page<ThreadRow>>;
  readMessage(tenantId: string, messageId: string): Promise<StoredMessage | undefined>;
  /** Messages with `after` < position < `before`, the newest `limit` of them when `newest`, else the oldest; ascending. */
  readMessages(
    tenantId: string,
    threadId: string,
    range: { after?: number; before?: number; limit: number; newest: boolean },
  ): Promise<StoredMessage[]>;
  /** Runs waiting on the lane, oldest first. */
  listLane(tenantId: string, threadId: string): Promise<string[]>;

  // --- the rest
  readContent(contentId: string): Promise<string | undefined>;
  readReceipt(keyHash: string, nowMs: number): Promise<ReceiptRow | undefined>;
  readDedup(scope: string, key: string): Promise<Json | undefined>;
  readApiKey(keyId: string): Promise<ApiKeyRow | undefined>;
  listApiKeys(tenantId: string): Promise<ApiKeyRow[]>;
  readSecret(name: string): Promise<string | undefined>;

  // --- upkeep
  /** A consistent copy of the whole store in a new file. */
  backup(path: string): Promise<void>;
  // Whole tables by key, after `after`: what the checker walks.
  listRunIds(limit: number, after?: string): Promise<string[]>;
  listTimers(limit: number, after?: TimerKey): Promise<TimerRow[]>;
  listUnsettledOutbox(limit: number, after?: string): Promise<OutboxRow[]>;
  listDedup(limit: number, after?: DedupKey): Promise<DedupRow[]>;
  /** Deletes receipts past their expiry, dedup marks and commit marks older than `beforeMs`, at most `limit` of each. */
  prune(nowMs: number, beforeMs: number, limit: number): Promise<number>;
  /** Waits for commits in flight, then closes. Later calls reject. */
  close(): Promise<void>;
}
