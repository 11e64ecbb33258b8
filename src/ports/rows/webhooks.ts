// Rows of webhooks: who wants to hear of events, how far each hearer is in the log of each run, and what became of it.
//
//   line     the deliveries of one run to one webhook, as a place in the run's log: all behind `nextSequence` and up to
//            `throughSequence` is to be told, one event after the other; a line that has told all is gone
//   record   what happened to a webhook, for its owner to read: attempts to deliver, and changes of its state

/** `paused`: by an operator. `failed`: failing past the policy. `dead-lettered`: a delivery was given up. */
export const webhookStates = ["active", "paused", "failed", "dead-lettered"] as const;
export type WebhookState = (typeof webhookStates)[number];

/** The part of the contract's list of reasons that a webhook knows (triggers-channels.md A2). */
export type WebhookReason = "retry-exhausted" | "operator-paused" | "backpressure";

export interface WebhookLineKey {
  webhookId: string;
  runId: string;
  /** Sequence of the one event that is told again; -1: the line of all new events. */
  redrive: number;
}

/** How the receiver did lately. */
export interface WebhookHealth {
  /** Failed attempts since the last success. */
  consecutiveFailures: number;
  /** The breaker is open until then, epoch ms. */
  openUntilMs?: number;
  /** The line whose attempts go on while the breaker is open. */
  probe?: Omit<WebhookLineKey, "webhookId">;
  /** When attempts failed, oldest first, epoch ms; bounded by the policy. */
  failuresMs: number[];
}

/** A subscription. What was registered never changes; `state` and `health` do. */
export interface WebhookRow {
  webhookId: string;
  tenantId: string;
  url: string;
  /** Event types that are told. */
  events: string[];
  /** Only runs that have one of these; empty: all runs. */
  tags: string[];
  /** First 8 hex of SHA-256 of the secret: what its owner compares. */
  secretFingerprint: string;
  /** Keyed by the host: what subscription records show. */
  keyedFingerprint: string;
  /** Registered while a test switch allowed private addresses. */
  privateAllowed: boolean;
  createdMs: number;
  state: WebhookState;
  reason?: WebhookReason;
  health: WebhookHealth;
}

export interface WebhookLine extends WebhookLineKey {
  nextSequence: number;
  throughSequence: number;
  /** Failed attempts at the next event. */
  attempts: number;
  dueMs: number;
  /** When the line began to wait. */
  sinceMs: number;
  /** Of a redrive: the id of this new delivery. */
  deliveryId?: string;
}

export type DeliveryOutcome = "delivered" | "retrying" | "dead-lettered";

/** One attempt. Holds nothing of the event but its name, and nothing of the request. */
export interface WebhookAttempt {
  kind: "delivery";
  recordId: string;
  webhookId: string;
  atMs: number;
  /** One delivery is one event for one webhook; its attempts share this id. A redrive is another delivery. */
  deliveryId: string;
  /** The same for every delivery of the event to the webhook. */
  dedupKey: string;
  runId: string;
  sequence: number;
  eventId: string;
  eventType: string;
  /** From 1. */
  attempt: number;
  outcome: DeliveryOutcome;
  /** HTTP status, when the receiver answered. */
  status?: number;
  /** Why it failed. */
  error?: string;
  /** When an operator had a dead letter delivered again. */
  redrivenMs?: number;
}

export interface WebhookChange {
  kind: "state";
  recordId: string;
  webhookId: string;
  atMs: number;
  fromState: WebhookState;
  toState: WebhookState;
  reason?: WebhookReason;
}

export type WebhookRecord = WebhookAttempt | WebhookChange;

/** All but `putWebhook` change nothing when the webhook is gone. */
export type WebhookOp =
  | { op: "putWebhook"; webhook: WebhookRow; secret: string }
  /** With its lines and records. */
  | { op: "deleteWebhook"; webhookId: string }
  /** Only out of one of the states `from`; leaves a record. Health is set anew where it is given. */
  | {
      op: "changeWebhook";
      webhookId: string;
      from: WebhookState[];
      to: WebhookState;
      reason?: WebhookReason;
      health?: WebhookHealth;
      recordId: string;
      atMs: number;
    }
  | { op: "noteWebhookHealth"; webhookId: string; health: WebhookHealth }
  /** Events of a run were written that the webhook wants: its line begins, or grows. */
  | {
      op: "raiseWebhook";
      webhookId: string;
      runId: string;
      firstSequence: number;
      lastSequence: number;
      atMs: number;
    }
  /** The line goes to `nextSequence`, and is gone when that is behind its end. `record`: the attempt that moved it. */
  | {
      op: "settleWebhook";
      line: WebhookLineKey;
      nextSequence: number;
      attempts: number;
      dueMs: number;
      record?: WebhookAttempt;
    }
  /** A dead letter is delivered again, once: a line of its own. */
  | { op: "redriveWebhook"; webhookId: string; recordId: string; deliveryId: string; atMs: number };
