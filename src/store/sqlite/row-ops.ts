// Row operations: each change of rows the port knows, and the function that makes it.

import type { RowOp } from "#ports/rows.ts";
import { putApiKey, putSecret, revokeApiKey } from "./credentials.ts";
import type { Database } from "./database.ts";
import { deadLetterOperations } from "./dead-letters.ts";
import { deleteWorkflow, putDefinition, putWorkflow } from "./definitions.ts";
import { deleteOpenEffects, putEffect, settleEffect, startEffect } from "./effects.ts";
import { amendInterrupt, putInterrupt, settleInterrupt, settleInterruptsOfRun } from "./interrupts.ts";
import { claimLane, queueOnLane, releaseLane } from "./lanes.ts";
import { claimDedup, putReceipt } from "./marks.ts";
import { putOutbox, settleOutbox } from "./outbox.ts";
import { runControlOperations } from "./run-control.ts";
import { insertRun, updateRun } from "./runs.ts";
import { scheduleOperations } from "./schedules.ts";
import { insertMessage, putContent } from "./threads.ts";
import { deleteTimer, deleteTimersOfRun, putTimer } from "./timers.ts";
import { webhookOperations } from "./webhooks.ts";

/** What the operations of one commit have to say to its outcome. */
export interface Effected {
  positions: Record<string, number>;
  laneNext: string[];
}

/** Throws `brokenCommit` for an operation that does not fit what is stored. */
export function applyRowOp(db: Database, op: RowOp, effected: Effected): void {
  const apply = operations[op.op] as Operation<RowOp>;
  apply(db, op, effected);
}

type Operation<T extends RowOp> = (db: Database, op: T, effected: Effected) => void;

const operations: { [K in RowOp["op"]]: Operation<Extract<RowOp, { op: K }>> } = {
  insertRun: (db, op) => insertRun(db, op.run),
  updateRun: (db, op) => updateRun(db, op.runId, op.patch),
  endRun(db, op) {
    deleteTimersOfRun(db, op.runId);
    deleteOpenEffects(db, op.runId);
    settleInterruptsOfRun(db, op.runId, op.interrupts, op.atMs);
  },

  putDefinition: (db, op) => putDefinition(db, op.hash, op.json),
  putWorkflow: (db, op) => putWorkflow(db, op.workflow),
  deleteWorkflow: (db, op) => deleteWorkflow(db, op.tenantId, op.workflowId),

  putInterrupt: (db, op) => putInterrupt(db, op.interrupt),
  settleInterrupt: (db, op) => settleInterrupt(db, op.interruptId, op.status, op.atMs, op.by),
  amendInterrupt: (db, op) => amendInterrupt(db, op.interruptId, op.data),
  putEffect: (db, op) => putEffect(db, op.effect),
  startEffect: (db, op) => startEffect(db, op.effectId),
  settleEffect: (db, op) => settleEffect(db, op.effectId, op.state),
  putTimer: (db, op) => putTimer(db, op.timer),
  deleteTimer: (db, op) => deleteTimer(db, op.runId, op.purpose, op.nodeId),

  putContent: (db, op) => putContent(db, op.contentId, op.runId, op.sha256, op.body),
  insertMessage(db, op, effected) {
    effected.positions[op.message.messageId] = insertMessage(db, op.message, op.channel, op.title);
  },
  claimLane: (db, op) => claimLane(db, op.tenantId, op.threadId, op.runId),
  queueOnLane: (db, op) => queueOnLane(db, op.tenantId, op.threadId, op.runId),
  releaseLane(db, op, effected) {
    const next = releaseLane(db, op.tenantId, op.threadId, op.runId);
    if (next !== undefined) effected.laneNext.push(next);
  },

  putOutbox: (db, op) => putOutbox(db, op.row),
  settleOutbox: (db, op) => settleOutbox(db, op.outboxId, op),
  claimDedup: (db, op) => claimDedup(db, op.scope, op.key, op.value, op.atMs),
  putReceipt: (db, op) => putReceipt(db, op.receipt),

  putApiKey: (db, op) => putApiKey(db, op.key),
  revokeApiKey: (db, op) => revokeApiKey(db, op.keyId, op.atMs),
  putSecret: (db, op) => putSecret(db, op.name, op.value),

  ...webhookOperations,
  ...scheduleOperations,
  ...deadLetterOperations,
  ...runControlOperations,
};
