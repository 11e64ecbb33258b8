// Reads of the store in memory: filter, sort, cut. Slow, and easy to believe.

import type {
  ApiKeyRow,
  DedupKey,
  DedupRow,
  EffectRow,
  InterruptRow,
  OutboxRow,
  ReceiptRow,
  RunRow,
  StoredMessage,
  ThreadRow,
  TimerKey,
  TimerRow,
  WorkflowRow,
} from "#ports/rows.ts";
import type { LogBatch, Page, RunFilter } from "#ports/store.ts";
import { compare, cut, type Key, type Paged, pageOf, sorted } from "./lists.ts";
import type { Tables } from "./tables.ts";

export function readLog(tables: Tables, stream: string, fromSequence: number, limit?: number): LogBatch[] {
  const batches: LogBatch[] = [];
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (const batch of tables.log.get(stream) ?? []) {
    if (left <= 0) break;
    if (batch.lastSequence < fromSequence) continue;
    batches.push(batch);
    left -= batch.lastSequence - Math.max(batch.firstSequence, fromSequence) + 1;
  }
  return batches;
}

export function listRuns(tables: Tables, filter: RunFilter, page: { limit: number; cursor?: string }): Page<RunRow> {
  const { tenantId, workflowId, status, tag } = filter;
  const wanted = tables.runs.filter(
    ({ start, ...run }) =>
      start.tenantId === tenantId &&
      (workflowId === undefined || start.workflowId === workflowId) &&
      (status === undefined || run.status === status) &&
      (tag === undefined || start.tags.includes(tag)),
  );
  return pageOf(runList, wanted, page);
}

const runList: Paged<RunRow, [string]> = {
  kind: "runs",
  example: [""],
  order: "descending",
  keyOf: (run) => [run.start.runId],
};

export function listUnfinishedRuns(tables: Tables, limit: number): string[] {
  const wanted = tables.runs.filter((run) => run.unfinished && !tables.lane.get(run.start.runId));
  return cut(wanted.map((run) => run.start.runId).sort(), limit);
}

export function listRunIds(tables: Tables, limit: number, after = ""): string[] {
  const ids = tables.runs.all.map((run) => run.start.runId);
  return cut(ids.filter((id) => id > after).sort(), limit);
}

export function listWorkflows(tables: Tables, tenantId: string): WorkflowRow[] {
  const wanted = tables.workflows.filter((workflow) => workflow.tenantId === tenantId);
  return sorted(wanted, (workflow) => [workflow.workflowId]);
}

export function listApiKeys(tables: Tables, tenantId: string): ApiKeyRow[] {
  const wanted = tables.apiKeys.filter((key) => key.tenantId === tenantId);
  return sorted(wanted, (key) => [key.keyId]);
}

export function readReceipt(tables: Tables, keyHash: string, nowMs: number): ReceiptRow | undefined {
  const receipt = tables.receipts.get(keyHash);
  return receipt && receipt.expiresMs > nowMs ? receipt : undefined;
}

export function findInterrupt(tables: Tables, runId: string, nodeId: string): InterruptRow | undefined {
  const wanted = tables.interrupts.filter((row) => row.runId === runId && row.nodeId === nodeId);
  return sorted(wanted, (row) => [row.requestedMs, row.interruptId]).at(-1);
}

export function listOpenInterrupts(
  tables: Tables,
  filter: { tenantId: string; runId?: string; threadId?: string },
  page: { limit: number; cursor?: string },
): Page<InterruptRow> {
  const wanted = tables.interrupts.filter(
    (row) =>
      row.status === "open" &&
      row.tenantId === filter.tenantId &&
      (filter.runId === undefined || row.runId === filter.runId) &&
      (filter.threadId === undefined || row.threadId === filter.threadId),
  );
  return pageOf(openList, wanted, page);
}

const openList: Paged<InterruptRow, [number, number, string]> = {
  kind: "interrupts",
  example: [0, 0, ""],
  order: "ascending",
  keyOf: (row) => [row.deadlineMs ?? Number.MAX_SAFE_INTEGER, row.requestedMs, row.interruptId],
};

export function listOpenEffects(tables: Tables, limit: number, after = ""): EffectRow[] {
  const open = tables.effects.filter(
    (row) => (row.state === "planned" || row.state === "started") && row.effectId > after,
  );
  return cut(
    sorted(open, (row) => [row.effectId]),
    limit,
  );
}

function timerKey(timer: TimerKey): Key {
  return [timer.runId, timer.purpose, timer.nodeId];
}

export function listDueTimers(tables: Tables, nowMs: number, limit: number): TimerRow[] {
  const due = tables.timers.filter((timer) => !timer.held && timer.dueMs <= nowMs);
  return cut(
    sorted(due, (timer) => [timer.dueMs, ...timerKey(timer)]),
    limit,
  );
}

export function nextTimerDueMs(tables: Tables): number | undefined {
  return earliest(tables.timers.filter((timer) => !timer.held));
}

export function listTimers(tables: Tables, limit: number, after?: TimerKey): TimerRow[] {
  const behind = tables.timers.filter((timer) => !after || compare(timerKey(timer), timerKey(after)) > 0);
  return cut(sorted(behind, timerKey), limit);
}

function earliest(rows: { dueMs: number }[]): number | undefined {
  return rows.length === 0 ? undefined : Math.min(...rows.map((row) => row.dueMs));
}

function unsettled(tables: Tables): OutboxRow[] {
  const rows = tables.outbox.filter((row) => row.state === "queued" || row.state === "sending");
  return sorted(rows, (row) => [row.outboxId]);
}

/** The oldest unsettled row of each destination. */
function heads(tables: Tables): OutboxRow[] {
  const byDestination = new Map<string, OutboxRow>();
  for (const row of unsettled(tables)) if (!byDestination.has(row.destination)) byDestination.set(row.destination, row);
  return [...byDestination.values()];
}

export function listDueOutbox(tables: Tables, nowMs: number, limit: number): OutboxRow[] {
  const due = heads(tables).filter((row) => row.state === "sending" || row.dueMs <= nowMs);
  return cut(
    sorted(due, (row) => [row.dueMs, row.outboxId]),
    limit,
  );
}

export function nextOutboxDueMs(tables: Tables): number | undefined {
  return earliest(heads(tables).filter((row) => row.state === "queued"));
}

export function listUnsettledOutbox(tables: Tables, limit: number, after = ""): OutboxRow[] {
  return cut(
    unsettled(tables).filter((row) => row.outboxId > after),
    limit,
  );
}

export function listThreads(
  tables: Tables,
  tenantId: string,
  page: { limit: number; cursor?: string },
): Page<ThreadRow> {
  const wanted = tables.threads.filter((thread) => thread.tenantId === tenantId);
  return pageOf(threadList, wanted, page);
}

const threadList: Paged<ThreadRow, [number, string]> = {
  kind: "threads",
  example: [0, ""],
  order: "descending",
  keyOf: (thread) => [thread.lastMs, thread.threadId],
};

function hydrate(tables: Tables, row: Omit<StoredMessage, "text">): StoredMessage {
  const text = tables.content.get(row.contentId);
  return { ...row, ...(text !== undefined && { text }) };
}

export function readMessage(tables: Tables, tenantId: string, messageId: string): StoredMessage | undefined {
  const row = tables.messages.get(messageId);
  return row?.tenantId === tenantId ? hydrate(tables, row) : undefined;
}

export function readMessages(
  tables: Tables,
  tenantId: string,
  threadId: string,
  range: { after?: number; before?: number; limit: number; newest: boolean },
): StoredMessage[] {
  const { after = 0, before = Number.POSITIVE_INFINITY, limit, newest } = range;
  const wanted = tables.messages.filter(
    (row) => row.tenantId === tenantId && row.threadId === threadId && row.position > after && row.position < before,
  );
  const ascending = sorted(wanted, (row) => [row.position]);
  const chosen = newest ? cut(ascending.reverse(), limit).reverse() : cut(ascending, limit);
  return chosen.map((row) => hydrate(tables, row));
}

export function listDedup(tables: Tables, limit: number, after?: DedupKey): DedupRow[] {
  const keyOf = (mark: DedupKey): Key => [mark.scope, mark.key];
  const behind = tables.dedup.filter((mark) => !after || compare(keyOf(mark), keyOf(after)) > 0);
  return cut(sorted(behind, keyOf), limit);
}

/** Deletes what {@link Store.prune} says; the newest commit mark stays. */
export function prune(tables: Tables, nowMs: number, beforeMs: number, limit: number): number {
  const receipts = cut(
    sorted(
      tables.receipts.filter((receipt) => receipt.expiresMs <= nowMs),
      (receipt) => [receipt.expiresMs],
    ),
    limit,
  );
  const marks = cut(
    sorted(
      tables.dedup.filter((mark) => mark.atMs < beforeMs),
      (mark) => [mark.atMs, mark.scope, mark.key],
    ),
    limit,
  );
  const older = sorted(tables.commits.all, (commit) => [commit.commitNumber]).slice(0, -1);
  const commits = cut(older, limit).filter((commit) => commit.atMs < beforeMs);
  for (const receipt of receipts) tables.receipts.delete(receipt.keyHash);
  for (const mark of marks) tables.dedup.delete(mark.scope, mark.key);
  for (const commit of commits) tables.commits.delete(commit.commitId);
  return receipts.length + marks.length + commits.length;
}
