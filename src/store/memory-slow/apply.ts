// One commit, applied to the tables in memory: the port's text, as plainly as it can be written.

import type { EffectState, OutboxRow, RowOp, RunRow } from "#ports/rows.ts";
import type { Commit, CommitOutcome } from "#ports/store.ts";
import type { Json } from "#protocol/json.ts";
import { brokenCommit } from "../refusals.ts";
import { judge } from "./guards.ts";
import { claimLane, queueOnLane, releaseLane } from "./lanes.ts";
import { runControlChanges } from "./run-control.ts";
import type { Tables } from "./tables.ts";
import { timeChanges } from "./time.ts";
import { webhookChanges } from "./webhooks.ts";

/** Throws when the commit does not fit; then nothing was changed. */
export function applyCommit(tables: Tables, commit: Commit, verbatim: boolean, nowMs: number): CommitOutcome {
  const refusal = refuse(tables, commit);
  if (refusal) return refusal;
  const commitNumber = tables.lastNumber + 1;
  const positions: Record<string, number> = {};
  const laneNext: string[] = [];
  tables.atomically(() => {
    tables.commits.set({ commitId: commit.commitId, commitNumber, atMs: nowMs }, commit.commitId);
    for (const { stream, expectedSequence: firstSequence, lines } of commit.appends) {
      if (lines.length === 0) continue;
      const batch = { firstSequence, lastSequence: firstSequence + lines.length - 1, lines };
      tables.log.set([...(tables.log.get(stream) ?? []), batch], stream);
    }
    for (const op of commit.rows) applyOp(tables, op, positions, laneNext);
  });
  tables.lastNumber = commitNumber;
  return { outcome: "committed", commitNumber, positions, laneNext, verbatim };
}

function refuse(tables: Tables, commit: Commit): CommitOutcome | undefined {
  const earlier = tables.commits.get(commit.commitId);
  if (earlier) return { outcome: "repeated", commitNumber: earlier.commitNumber };
  for (const guard of commit.guards) {
    const { holds, existing } = judge(tables, guard);
    if (!holds) return { outcome: "guard_failed", guard, existing: existing as Json | undefined };
  }
  const lengths = new Map<string, number>();
  for (const { stream, expectedSequence, lines } of commit.appends) {
    const actualSequence = lengths.get(stream) ?? lengthOf(tables, stream);
    if (actualSequence !== expectedSequence) return { outcome: "stale_sequence", stream, actualSequence };
    lengths.set(stream, actualSequence + lines.length);
  }
  return undefined;
}

function lengthOf(tables: Tables, stream: string): number {
  return (tables.log.get(stream)?.at(-1)?.lastSequence ?? -1) + 1;
}

function applyOp(tables: Tables, op: RowOp, positions: Record<string, number>, laneNext: string[]): void {
  switch (op.op) {
    case "insertMessage":
      positions[op.message.messageId] = insertMessage(tables, op);
      return;
    case "releaseLane": {
      const next = releaseLane(tables, op);
      if (next !== undefined) laneNext.push(next);
      return;
    }
    default:
      changes[op.op](tables, op as never);
  }
}

type Silent = Exclude<RowOp, { op: "insertMessage" | "releaseLane" }>;

const changes: { [K in Silent["op"]]: (tables: Tables, op: Extract<RowOp, { op: K }>) => void } = {
  insertRun(tables, { run }) {
    const { runId } = run.start;
    if (tables.runs.get(runId)) throw brokenCommit(`run ${runId} exists`);
    tables.runs.set(run, runId);
  },
  updateRun(tables, { runId, patch }) {
    const run = tables.runs.get(runId);
    if (!run) throw brokenCommit(`there is no run ${runId}`);
    tables.runs.set({ start: run.start, ...patch } satisfies RunRow, runId);
  },
  endRun(tables, { runId, interrupts, atMs }) {
    const ofRun = (row: { runId: string }) => row.runId === runId;
    for (const timer of tables.timers.filter(ofRun)) tables.timers.delete(runId, timer.purpose, timer.nodeId);
    for (const effect of tables.effects.filter(ofRun)) if (isOpen(effect.state)) tables.effects.delete(effect.effectId);
    for (const row of tables.interrupts.filter(ofRun)) {
      if (row.status !== "open") continue;
      tables.interrupts.set({ ...row, status: interrupts, settledMs: atMs }, row.interruptId);
    }
  },
  putDefinition(tables, { hash, json }) {
    if (tables.definitions.get(hash) === undefined) tables.definitions.set(json, hash);
  },
  putWorkflow: (tables, { workflow }) => tables.workflows.set(workflow, workflow.tenantId, workflow.workflowId),
  deleteWorkflow: (tables, { tenantId, workflowId }) => tables.workflows.delete(tenantId, workflowId),
  putInterrupt: (tables, { interrupt }) => tables.interrupts.set(interrupt, interrupt.interruptId),
  settleInterrupt(tables, { interruptId, status, atMs, by }) {
    const row = tables.interrupts.get(interruptId);
    if (row?.status !== "open") return;
    tables.interrupts.set({ ...row, status, settledMs: atMs, ...(by !== undefined && { settledBy: by }) }, interruptId);
  },
  amendInterrupt(tables, { interruptId, data }) {
    const row = tables.interrupts.get(interruptId);
    if (row?.status === "open") tables.interrupts.set({ ...row, data }, interruptId);
  },
  putEffect: (tables, { effect }) => tables.effects.set(effect, effect.effectId),
  startEffect(tables, { effectId }) {
    const row = tables.effects.get(effectId);
    if (row?.state === "planned") tables.effects.set({ ...row, state: "started" }, effectId);
  },
  settleEffect(tables, { effectId, state }) {
    const row = tables.effects.get(effectId);
    if (row && isOpen(row.state)) tables.effects.set({ ...row, state }, effectId);
  },
  putTimer: (tables, { timer }) => tables.timers.set(timer, timer.runId, timer.purpose, timer.nodeId),
  deleteTimer: (tables, { runId, purpose, nodeId }) => tables.timers.delete(runId, purpose, nodeId),
  putContent(tables, { contentId, runId, body }) {
    tables.content.set(body, contentId);
    tables.contentOwners.set({ contentId, runId }, contentId);
  },
  claimLane,
  queueOnLane,
  putOutbox: (tables, { row }) => tables.outbox.set(row, row.outboxId),
  settleOutbox(tables, { op: _, outboxId, ...next }) {
    const row = tables.outbox.get(outboxId);
    if (row) tables.outbox.set({ ...row, ...(next as Partial<OutboxRow>) }, outboxId);
  },
  claimDedup(tables, { op: _, ...mark }) {
    if (tables.dedup.get(mark.scope, mark.key)) throw brokenCommit(`${mark.scope} has a mark ${mark.key}`);
    tables.dedup.set(mark, mark.scope, mark.key);
  },
  putReceipt: (tables, { receipt }) => tables.receipts.set(receipt, receipt.keyHash),
  putApiKey: (tables, { key }) => tables.apiKeys.set(key, key.keyId),
  revokeApiKey(tables, { keyId, atMs }) {
    const key = tables.apiKeys.get(keyId);
    if (key && key.revokedMs === undefined) tables.apiKeys.set({ ...key, revokedMs: atMs }, keyId);
  },
  putSecret: (tables, { name, value }) => tables.secrets.set(value, name),
  ...webhookChanges,
  ...timeChanges,
  ...runControlChanges,
};

function isOpen(state: EffectState): boolean {
  return state === "planned" || state === "started";
}

function insertMessage(tables: Tables, op: Extract<RowOp, { op: "insertMessage" }>): number {
  const { message, channel, title } = op;
  const { tenantId, threadId, messageId, atMs } = message;
  if (tables.messages.get(messageId)) throw brokenCommit(`message ${messageId} exists`);
  const thread = tables.threads.get(tenantId, threadId) ?? {
    threadId,
    tenantId,
    channel,
    ...(title !== undefined && { title }),
    createdMs: atMs,
    lastMs: atMs,
    lastPosition: 0,
  };
  const position = thread.lastPosition + 1;
  const lastMs = Math.max(thread.lastMs, atMs);
  tables.threads.set({ ...thread, lastMs, lastPosition: position }, tenantId, threadId);
  tables.messages.set({ ...message, position }, messageId);
  return position;
}
