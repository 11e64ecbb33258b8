// Work that is still to be done, and marks of work that was: does what they name exist, and does it still want them?

import type { DedupRow, EffectRow, OutboxRow, TimerRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { Json } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { StoreFinding } from "./finding.ts";
import { checkPages } from "./look.ts";

export interface OpenWorkToCheck {
  store: Store;
  pageSize: number;
}

export async function* checkOpenWork({ store, pageSize }: OpenWorkToCheck): AsyncGenerator<StoreFinding> {
  yield* checkPages(
    "effect",
    pageSize,
    (limit, after: EffectRow | undefined) => store.listOpenEffects(limit, after?.effectId),
    (effect) => judgeRun(store, effect.runId, `effect ${effect.effectId}`),
  );
  yield* checkPages(
    "timer",
    pageSize,
    (limit, after: TimerRow | undefined) => store.listTimers(limit, after),
    (timer) => judgeRun(store, timer.runId, `timer ${timer.purpose} of node "${timer.nodeId}"`),
  );
  yield* checkPages(
    "outbox",
    pageSize,
    (limit, after: OutboxRow | undefined) => store.listUnsettledOutbox(limit, after?.outboxId),
    (row) => judgeOutbox(store, row),
  );
  yield* checkPages(
    "dedup",
    pageSize,
    (limit, after: DedupRow | undefined) => store.listDedup(limit, after),
    (mark) => judgeDedup(store, mark),
  );
}

/** Only a run that goes on may have work left. */
async function judgeRun(store: Store, runId: string, what: string): Promise<string[]> {
  const run = await store.readRun(runId);
  if (!run) return [`${what} belongs to run ${runId}, which does not exist.`];
  return isTerminalStatus(run.status) ? [`${what} is open, its run ${runId} has ended (${run.status}).`] : [];
}

async function judgeOutbox(store: Store, row: OutboxRow): Promise<string[]> {
  const { messageId, interruptId } = row.payload;
  const problems: string[] = [];
  if (typeof messageId === "string" && !(await store.readMessage(row.tenantId, messageId))) {
    problems.push(`${row.outboxId} hands over message ${messageId}, which does not exist.`);
  }
  if (typeof interruptId === "string" && !(await store.readInterrupt(interruptId))) {
    problems.push(`${row.outboxId} hands over interrupt ${interruptId}, which does not exist.`);
  }
  return problems;
}

/** A mark without what it stands for would swallow the message when it is sent again (P-1). */
async function judgeDedup(store: Store, mark: DedupRow): Promise<string[]> {
  const { runId, messageId } = namesIn(mark.value);
  if (runId === undefined) return [];
  const run = await store.readRun(runId);
  if (!run) return [`The mark ${mark.key} in ${mark.scope} stands for run ${runId}, which does not exist.`];
  if (messageId === undefined || (await store.readMessage(run.start.tenantId, messageId))) return [];
  return [`The mark ${mark.key} in ${mark.scope} stands for message ${messageId}, which does not exist.`];
}

function namesIn(value: Json): { runId?: string; messageId?: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const { runId, messageId } = value;
  return {
    ...(typeof runId === "string" && { runId }),
    ...(typeof messageId === "string" && { messageId }),
  };
}
