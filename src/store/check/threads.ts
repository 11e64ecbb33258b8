// Threads: positions without gaps, messages with their bodies and runs, and a lane that moves.

import type { StoredMessage, ThreadRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { StoreFinding } from "./finding.ts";
import { confirmed } from "./look.ts";

export interface ThreadsToCheck {
  store: Store;
  pageSize: number;
  /** Of the runs: every thread has one. */
  tenants: ReadonlySet<string>;
}

export async function* checkThreads({ store, pageSize, tenants }: ThreadsToCheck): AsyncGenerator<StoreFinding> {
  for (const tenantId of tenants) {
    let cursor: string | undefined;
    do {
      const page = await store.listThreads(tenantId, { limit: pageSize, ...(cursor !== undefined && { cursor }) });
      for (const { threadId } of page.items) {
        yield* confirmed(() => lookAtLane(store, tenantId, threadId));
        yield* checkMessages(store, tenantId, threadId, pageSize);
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
}

async function lookAtLane(store: Store, tenantId: string, threadId: string): Promise<StoreFinding[]> {
  const thread = await store.readThread(tenantId, threadId);
  const waiting = await store.listLane(tenantId, threadId);
  const { activeRunId } = thread ?? {};
  const findings: StoreFinding[] = [];
  const add = (check: string, text: string) => findings.push({ check, message: `Thread ${threadId}: ${text}` });
  if (activeRunId === undefined && waiting.length > 0) add("lane", `${waiting.length} runs wait for nobody.`);
  for (const runId of activeRunId === undefined ? [] : [activeRunId]) {
    const problem = await problemOfRun(store, runId);
    if (problem) add("thread", `its running turn ${runId} ${problem}.`);
  }
  for (const runId of waiting) {
    const problem = await problemOfRun(store, runId);
    if (problem) add("lane", `run ${runId} waits for its turn and ${problem}.`);
  }
  return findings;
}

async function problemOfRun(store: Store, runId: string): Promise<string | undefined> {
  const run = await store.readRun(runId);
  if (!run) return "does not exist";
  return isTerminalStatus(run.status) ? `has ended (${run.status})` : undefined;
}

async function* checkMessages(
  store: Store,
  tenantId: string,
  threadId: string,
  pageSize: number,
): AsyncGenerator<StoreFinding> {
  let after = 0;
  for (;;) {
    const start = after;
    const read = () => store.readMessages(tenantId, threadId, { after: start, limit: pageSize, newest: false });
    const page = await read();
    yield* confirmed(async () => {
      // The thread first: messages that come in between are more than it says, never fewer.
      const thread = await store.readThread(tenantId, threadId);
      return judgePage(store, thread, await read(), start, pageSize);
    });
    if (page.length < pageSize) return;
    after = page.at(-1)?.position ?? after;
  }
}

async function judgePage(
  store: Store,
  thread: ThreadRow | undefined,
  page: StoredMessage[],
  after: number,
  pageSize: number,
): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  const add = (text: string) => findings.push({ check: "message", message: `Thread ${thread?.threadId}: ${text}` });
  let last = after;
  for (const message of page) {
    if (message.position !== last + 1) add(`positions ${last + 1} to ${message.position - 1} are missing.`);
    last = message.position;
    if (message.text === undefined) add(`message ${message.messageId} has no body.`);
    if (!(await store.readRun(message.runId))) {
      add(`message ${message.messageId} names run ${message.runId}, which does not exist.`);
    }
  }
  const lastPosition = thread?.lastPosition ?? 0;
  if (page.length < pageSize && last < lastPosition) add(`positions ${last + 1} to ${lastPosition} are missing.`);
  return findings;
}
