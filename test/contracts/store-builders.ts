// Builders for the store's contract: rows with plausible members, commits with ids of their own.

import assert from "node:assert/strict";
import { it } from "node:test";
import type {
  ApiKeyRow,
  EffectRow,
  Guard,
  InterruptRow,
  MessageRow,
  OutboxRow,
  ReceiptRow,
  RowOp,
  RunRow,
  RunStart,
  TimerRow,
  WorkflowRow,
} from "#ports/rows.ts";
import type { Append, Commit, CommitOutcome, Committed, Store } from "#ports/store.ts";

export interface StoreTestOptions {
  mask?: (text: string) => string;
  onError?: (error: unknown, where: string) => void;
  nowMs?: () => number;
  maxQueuedCommits?: number;
}

export interface OpenedStore {
  store: Store;
  /** The same durable contents, after the process that had them open has ended. */
  reopen?: () => Promise<Store>;
  /** Opens what `backup` wrote. */
  openCopy?: (path: string) => Promise<Store>;
  cleanup(): Promise<void>;
}

export type OpenStore = (options?: StoreTestOptions) => Promise<OpenedStore>;

/** `it` with a fresh store. */
export function stores(open: OpenStore) {
  return (
    title: string,
    body: (store: Store, opened: OpenedStore) => Promise<void>,
    options: StoreTestOptions = {},
  ): void => {
    it(title, async () => {
      const opened = await open(options);
      try {
        await body(opened.store, opened);
      } finally {
        await opened.cleanup();
      }
    });
  };
}

let commits = 0;

export function aCommit(parts: Partial<Commit> = {}): Commit {
  commits += 1;
  return { commitId: `cmt_${commits}`, guards: [], appends: [], rows: [], ...parts };
}

export type CommittedOutcome = Extract<CommitOutcome, { outcome: "committed" }>;

/** Commits and insists that it was written. */
export async function write(store: Store, ...rows: RowOp[]): Promise<CommittedOutcome> {
  return insist(await store.commit(aCommit({ rows })));
}

export async function append(store: Store, ...appends: Append[]): Promise<CommittedOutcome> {
  return insist(await store.commit(aCommit({ appends })));
}

export function insist(outcome: CommitOutcome): CommittedOutcome {
  assert.equal(outcome.outcome, "committed", JSON.stringify(outcome));
  return outcome as CommittedOutcome;
}

/** The outcome of a commit that does nothing but ask. */
export function ask(store: Store, ...guards: Guard[]): Promise<CommitOutcome> {
  return store.commit(aCommit({ guards }));
}

/** Hears `count` commits, then resolves. */
export function hear(store: Store, count: number): Promise<Committed[]> {
  const heard: Committed[] = [];
  return new Promise((resolve) => {
    const stop = store.subscribe((committed) => {
      heard.push(committed);
      if (heard.length < count) return;
      stop();
      resolve(heard);
    });
  });
}

/** Events as the log holds them; `from` is the sequence of the first. */
export function lines(stream: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      eventId: `evt_${stream}_${from + at}`,
      runId: stream,
      type: "log.appended",
      sequence: from + at,
      timestamp: "2026-01-01T00:00:00.000Z",
      schemaVersion: 1,
      engineVersion: "1",
      payload: { n: from + at },
    }),
  );
}

export function events(stream: string, from: number, count: number): Append {
  return { stream, expectedSequence: from, lines: lines(stream, from, count) };
}

export function aRun(
  runId: string,
  parts: Partial<Omit<RunRow, "start">> & { start?: Partial<RunStart> } = {},
): RunRow {
  const { start, ...row } = parts;
  return {
    start: {
      runId,
      tenantId: "default",
      workflowId: "flow",
      definitionHash: "d".repeat(64),
      inputs: {},
      configurable: {},
      tags: [],
      metadata: {},
      owner: { tenant: "default" },
      transport: "rest",
      createdMs: 1_000,
      ...start,
    },
    status: "running",
    lastSequence: -1,
    unfinished: false,
    ...row,
  };
}

export function insertRun(runId: string, parts: Parameters<typeof aRun>[1] = {}): RowOp {
  return { op: "insertRun", run: aRun(runId, parts) };
}

export function anInterrupt(interruptId: string, parts: Partial<InterruptRow> = {}): InterruptRow {
  return {
    interruptId,
    runId: "run_1",
    tenantId: "default",
    nodeId: "ask",
    kind: "approval",
    key: `run_1:ask:${interruptId}`,
    data: { prompt: "go on?" },
    requestedMs: 1_000,
    status: "open",
    authRequired: false,
    ...parts,
  };
}

export function putInterrupt(interruptId: string, parts: Partial<InterruptRow> = {}): RowOp {
  return { op: "putInterrupt", interrupt: anInterrupt(interruptId, parts) };
}

export function anEffect(effectId: string, parts: Partial<EffectRow> = {}): EffectRow {
  return {
    effectId,
    runId: "run_1",
    tenantId: "default",
    nodeId: "call",
    attempt: 0,
    ordinal: 0,
    kind: "model",
    class: "read",
    request: { model: "default" },
    state: "planned",
    timeoutMs: 60_000,
    plannedMs: 1_000,
    ...parts,
  };
}

export function putEffect(effectId: string, parts: Partial<EffectRow> = {}): RowOp {
  return { op: "putEffect", effect: anEffect(effectId, parts) };
}

export function putTimer(timer: Pick<TimerRow, "runId" | "dueMs"> & Partial<TimerRow>): RowOp {
  return { op: "putTimer", timer: { purpose: "delay", nodeId: "wait", attempt: 0, ...timer } };
}

export function aMessage(messageId: string, parts: Partial<MessageRow> = {}): MessageRow {
  return {
    messageId,
    tenantId: "default",
    threadId: "t",
    role: "user",
    contentId: `body:${messageId}`,
    runId: `run_${messageId}`,
    atMs: 1_000,
    ...parts,
  };
}

/** A message with its body. */
export function say(messageId: string, text: string, parts: Partial<MessageRow> = {}): RowOp[] {
  const message = aMessage(messageId, parts);
  const { contentId, runId } = message;
  return [
    { op: "putContent", contentId, runId, sha256: "0".repeat(64), body: text },
    { op: "insertMessage", message, channel: "web" },
  ];
}

export function anOutboxRow(outboxId: string, parts: Partial<OutboxRow> = {}): OutboxRow {
  return {
    outboxId,
    tenantId: "default",
    kind: "message",
    destination: "web:t",
    clientId: `client:${outboxId}`,
    payload: { messageId: "msg_1" },
    state: "queued",
    attempts: 0,
    dueMs: 1_000,
    createdMs: 1_000,
    repeatable: true,
    ...parts,
  };
}

export function putOutbox(outboxId: string, parts: Partial<OutboxRow> = {}): RowOp {
  return { op: "putOutbox", row: anOutboxRow(outboxId, parts) };
}

export function aReceipt(keyHash: string, parts: Partial<ReceiptRow> = {}): ReceiptRow {
  return {
    keyHash,
    requestDigest: "digest",
    status: 201,
    headers: { location: "/v1/runs/run_1" },
    body: '{"runId":"run_1"}',
    expiresMs: 10_000,
    ...parts,
  };
}

export function aWorkflow(workflowId: string, parts: Partial<WorkflowRow> = {}): WorkflowRow {
  return { tenantId: "default", workflowId, version: "1", hash: "h1", origin: "api", updatedMs: 1_000, ...parts };
}

export function anApiKey(keyId: string, parts: Partial<ApiKeyRow> = {}): ApiKeyRow {
  return {
    keyId,
    tenantId: "default",
    principalId: "operator",
    scopes: ["runs:create"],
    mode: "live",
    hash: "scrypt$16384$8$1$c2FsdA$aGFzaA",
    createdMs: 1_000,
    ...parts,
  };
}
