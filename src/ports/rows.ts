// Rows: the durable tables that a commit may change, and the closed set of changes.
//
// A row is never the truth of a run's life cycle (that is the log); it is what must happen because of it (effects,
// timers, outbox), who may answer what (interrupts), where things are found (runs, threads, messages) and what was
// already done (dedup marks, receipts).

import type { Json, JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import type { AnnotationOp } from "./rows/annotations.ts";
import type { ClaimOp, ScopeGuard } from "./rows/claims.ts";
import type { DeadLetterOp } from "./rows/dead-letters.ts";
import type { InterruptOp } from "./rows/interrupts.ts";
import type { PauseOp } from "./rows/pause.ts";
import type { RunPatch, RunRow } from "./rows/runs.ts";
import type { ScheduleGuard, ScheduleOp } from "./rows/schedules.ts";
import type { WebhookOp } from "./rows/webhooks.ts";

export type {
  ChatRef,
  ChildCause,
  Owner,
  ParentRef,
  RunPatch,
  RunRow,
  RunStart,
  RunUsage,
  TurnRef,
} from "./rows/runs.ts";

export type InterruptStatus = "open" | "resolved" | "expired" | "cancelled" | "gone";

/**
 * A durable question. `cancelled`: its own run was cancelled while it was open. `gone`: a parent's cancel reached it.
 */
export interface InterruptRow {
  interruptId: string;
  runId: string;
  tenantId: string;
  nodeId: string;
  kind: InterruptKind;
  key: string;
  data: JsonObject;
  resumeSchema?: JsonObject;
  timeoutMs?: number;
  requestedMs: number;
  /** Deadline in epoch ms; absent = none. */
  deadlineMs?: number;
  status: InterruptStatus;
  settledMs?: number;
  settledBy?: string;
  threadId?: string;
  /** Only a bearer credential may answer; signed tokens are refused (interrupts-conversations.md §4.2). */
  authRequired: boolean;
}

/** `read` and `keyed` may repeat; `unkeyed` may not, and becomes `interrupted` when its outcome was not seen. */
export type EffectClass = "read" | "keyed" | "unkeyed";
/** Only open effects have a row that matters: a settled one is `done` or `unknown`. */
export type EffectState = "planned" | "started" | "done" | "unknown";

/** Something to do outside. `effectId` is the Layer-2 identity (runs.md §3.2) and repeats over retries. */
export interface EffectRow {
  effectId: string;
  runId: string;
  tenantId: string;
  /** Empty: the effect is about the run as a whole (`cancel-run`). */
  nodeId: string;
  /** Zero-based attempt of the node that planned it. */
  attempt: number;
  ordinal: number;
  /**
   * What it is: `model`, `tool`, `start-run`, … for the handler of that name; `child-ended`, `child-status` and `cancel-run` are
   * messages between runs and need none.
   */
  kind: string;
  class: EffectClass;
  request: JsonObject;
  state: EffectState;
  /** How long the handler may take once it has begun; the wait for its turn does not count. */
  timeoutMs: number;
  plannedMs: number;
  /** What it brought back while its run was paused: taken when the run goes on. */
  result?: JsonObject;
}

/** What a timer wakes. One timer per (run, purpose, node): setting it again moves it. */
export type TimerPurpose =
  | "delay"
  | "retry"
  | "node-timeout"
  | "run-timeout"
  | "interrupt-timeout"
  | "escalation"
  | "channel-trigger";

export interface TimerRow {
  runId: string;
  purpose: TimerPurpose;
  /** Empty for `run-timeout`; the id of the trigger for `channel-trigger`. */
  nodeId: string;
  /** Attempt of the node that set it; a timer of an older attempt does nothing. */
  attempt: number;
  dueMs: number;
  /** Its run is paused: it is not due, whatever the time. */
  held?: true;
}
export type TimerKey = Pick<TimerRow, "runId" | "purpose" | "nodeId">;

/** A message of a thread. `position` counts from 1 without gaps and is given by the store. */
export interface MessageRow {
  messageId: string;
  tenantId: string;
  threadId: string;
  role: "user" | "agent" | "system";
  contentId: string;
  runId: string;
  agent?: string;
  inReplyTo?: string;
  alsoAnswers?: string[];
  atMs: number;
}
export interface StoredMessage extends MessageRow {
  position: number;
  /** Hydrated body; absent when it was forgotten. */
  text?: string;
}

export interface ThreadRow {
  threadId: string;
  tenantId: string;
  channel: string;
  title?: string;
  createdMs: number;
  lastMs: number;
  lastPosition: number;
  /** The run that holds the lane: the one running turn. */
  activeRunId?: string;
}

/** What an outbox row hands over. */
export type OutboxKind = "message" | "interrupt-callback";
/** `sending`: claimed, I/O may have begun. `unknown`: it may have arrived. `dead`: given up. */
export type OutboxState = "queued" | "sending" | "sent" | "unknown" | "dead";

export interface OutboxRow {
  outboxId: string;
  tenantId: string;
  kind: OutboxKind;
  /** Rows of one destination are handed over one after the other, in id order. */
  destination: string;
  /** Stable across attempts; the receiver may use it to recognise a repetition. */
  clientId: string;
  payload: JsonObject;
  state: OutboxState;
  attempts: number;
  dueMs: number;
  createdMs: number;
  /** A repetition is safe: the receiver deduplicates by `clientId`, or reading twice is harmless. */
  repeatable: boolean;
  platformMessageId?: string;
  lastError?: string;
}

/** What was accepted already, so that a repetition is recognised. `value` names what came of it. */
export interface DedupRow {
  scope: string;
  key: string;
  value: Json;
  atMs: number;
}
export type DedupKey = Pick<DedupRow, "scope" | "key">;

/** A finished answer to a request with an `Idempotency-Key` (runs.md §3.1). */
export interface ReceiptRow {
  /** SHA-256 hex over (tenant, endpoint, key). */
  keyHash: string;
  requestDigest: string;
  status: number;
  headers: Record<string, string>;
  body: string;
  expiresMs: number;
}

export interface WorkflowRow {
  tenantId: string;
  workflowId: string;
  version: string;
  hash: string;
  /** `file`: from the home or the shipped folder, `api`: registered, `fixture`: PARLEY_FIXTURES, `built-in`. */
  origin: "built-in" | "file" | "api" | "fixture";
  updatedMs: number;
}

export interface ApiKeyRow {
  keyId: string;
  tenantId: string;
  principalId: string;
  scopes: string[];
  mode: "live" | "test";
  /** scrypt: `scrypt$N$r$p$salt$hash`, base64url. */
  hash: string;
  createdMs: number;
  expiresMs?: number;
  revokedMs?: number;
}

/**
 * A change of rows. One function each per store; applied in array order inside the commit.
 *
 * `put` replaces the row of the same key (a definition, immutable by its hash, stays as it was first put). `insert` and
 * `claim` of what is there already, `updateRun` of no run and `queueOnLane` behind nobody are mistakes that a guard
 * would have caught: the commit rejects with `internal_error` and nothing is written. All other changes of what is not
 * there, or was settled before, change nothing.
 */
export type RowOp =
  | ScheduleOp
  | DeadLetterOp
  | WebhookOp
  | InterruptOp
  | PauseOp
  | ClaimOp
  | AnnotationOp
  | { op: "insertRun"; run: RunRow }
  | { op: "updateRun"; runId: string; patch: RunPatch }
  /** Removes the run's timers and open effects and settles interrupts that are still open with `interrupts`. */
  | { op: "endRun"; runId: string; interrupts: "cancelled" | "gone"; atMs: number }
  | { op: "putDefinition"; hash: string; json: string }
  /** The current version of a workflow; an older one stays reachable by hash. */
  | { op: "putWorkflow"; workflow: WorkflowRow }
  | { op: "deleteWorkflow"; tenantId: string; workflowId: string }
  | { op: "putInterrupt"; interrupt: InterruptRow }
  | {
      op: "settleInterrupt";
      interruptId: string;
      tenantId: string;
      status: Exclude<InterruptStatus, "open">;
      atMs: number;
      by?: string;
      /** Not stored: tells live readers of the thread. */
      threadId?: string;
    }
  | { op: "putEffect"; effect: EffectRow }
  | { op: "startEffect"; effectId: string }
  | { op: "settleEffect"; effectId: string; state: "done" | "unknown" }
  | { op: "putTimer"; timer: TimerRow }
  | { op: "deleteTimer"; runId: string; purpose: TimerPurpose; nodeId: string }
  | { op: "putContent"; contentId: string; runId: string; sha256: string; body: string }
  /** Creates the thread when it is new; takes the next position. */
  | { op: "insertMessage"; message: MessageRow; channel: string; title?: string }
  /** Makes the run the thread's running turn (guard `laneFree`). */
  | { op: "claimLane"; tenantId: string; threadId: string; runId: string }
  /** Puts the run behind the running turn (guard `laneBusy`). */
  | { op: "queueOnLane"; tenantId: string; threadId: string; runId: string }
  /** Ends the running turn; the oldest queued run takes the lane, is marked unfinished and is named in the outcome. */
  | { op: "releaseLane"; tenantId: string; threadId: string; runId: string }
  | { op: "putOutbox"; row: OutboxRow }
  /** An error and a platform id of earlier attempts stay when this one brings none. */
  | {
      op: "settleOutbox";
      outboxId: string;
      state: OutboxState;
      attempts: number;
      dueMs: number;
      platformMessageId?: string;
      lastError?: string;
    }
  | { op: "claimDedup"; scope: string; key: string; value: Json; atMs: number }
  | { op: "putReceipt"; receipt: ReceiptRow }
  | { op: "putApiKey"; key: ApiKeyRow }
  | { op: "revokeApiKey"; keyId: string; atMs: number }
  | { op: "putSecret"; name: string; value: string };

/** A condition on rows, checked before anything of the commit is written. The first that fails is the outcome. */
export type Guard =
  | ScheduleGuard
  | ScopeGuard
  | { guard: "dedupAbsent"; scope: string; key: string }
  | { guard: "receiptAbsent"; keyHash: string; nowMs: number }
  | { guard: "runAbsent"; runId: string }
  | { guard: "interruptOpen"; interruptId: string }
  | { guard: "effectState"; effectId: string; states: EffectState[] }
  | { guard: "outboxState"; outboxId: string; states: OutboxState[] }
  | { guard: "laneFree"; tenantId: string; threadId: string }
  | { guard: "laneBusy"; tenantId: string; threadId: string }
  /** The outcome does not show the secret that is there. */
  | { guard: "secretAbsent"; name: string }
  /** The current version of the workflow is this one; null: there is none. */
  | { guard: "workflowHash"; tenantId: string; workflowId: string; hash: string | null };
