// Two independent implementations, one behaviour: random commits have the same outcomes, and leave the same contents,
// in the SQLite store as in the simple one in memory.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import fc from "fast-check";
import type { Commit, Committed, Store } from "#ports/store.ts";
import { runStatuses } from "#protocol/status.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import { events } from "./store-builders.ts";
import { type CommitPlan, pools, turns } from "./store-model-arbitraries.ts";
import { runControlContents } from "./store-run-control-model.ts";
import { timeContents } from "./store-time-model.ts";
import { webhookContents } from "./store-webhooks-model.ts";

it("random commits come to the same in both stores", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(turns, async (plans) => {
      const folder = mkdtempSync(join(tmpdir(), "parley-model-"));
      let nowMs = 1;
      const sqlite = await openSqliteStore({ path: join(folder, "parley.db"), nowMs: () => nowMs });
      const memory = openMemoryStore({ random: () => 0, maxTurns: 0, nowMs: () => nowMs });
      const heard = [recordOf(sqlite), recordOf(memory)];
      const ids: string[] = [];
      try {
        for (const turn of plans) {
          const commits = await commitsOf(turn, ids, memory);
          assert.deepEqual(await outcomes(sqlite, commits), await outcomes(memory, commits));
          assert.deepEqual(await contents(sqlite), await contents(memory));
          if (nowMs % 10 === 0)
            assert.equal(await sqlite.prune(nowMs, nowMs - 5, 9), await memory.prune(nowMs, nowMs - 5, 9));
          nowMs += 1;
        }
        await Promise.all([sqlite.close(), memory.close()]);
        assert.deepEqual(heard[0], heard[1]);
      } finally {
        await sqlite.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 120 },
  );
});

function recordOf(store: Store): Committed[] {
  const heard: Committed[] = [];
  store.subscribe((committed) => heard.push(committed));
  return heard;
}

async function commitsOf(turn: CommitPlan[], ids: string[], store: Store): Promise<Commit[]> {
  const lengths = new Map<string, number>();
  for (const stream of pools.run)
    lengths.set(stream, ((await store.readLog(stream, 0)).at(-1)?.lastSequence ?? -1) + 1);
  return turn.map(({ repeats, appends, ...rest }) => {
    const commitId = ids[repeats ?? Number.POSITIVE_INFINITY] ?? `cmt_${ids.length}`;
    ids.push(commitId);
    return {
      // fast-check's records have no prototype; a caller's objects do.
      ...structuredClone(rest),
      commitId,
      appends: appends.map(({ stream, off, count }) => events(stream, (lengths.get(stream) ?? 0) + off, count)),
    };
  });
}

function outcomes(store: Store, commits: Commit[]): Promise<unknown[]> {
  const calls = commits.map((commit) => store.commit(commit).catch((error) => `rejected: ${(error as Error).message}`));
  return Promise.all(calls);
}

const page = { limit: 2 };

/** What every read says about every name of the pools. */
async function contents(store: Store): Promise<unknown> {
  const all = <T>(names: readonly string[], read: (name: string) => Promise<T>) => Promise.all(names.map(read));
  return Promise.all([
    all(pools.run, (id) => store.readRun(id)),
    all(pools.run, (id) => store.readLog(id, 2, 3)),
    all(pools.tenant, (tenantId) => store.listRuns({ tenantId }, page)),
    all(pools.tag, (tag) => store.listRuns({ tenantId: "default", tag }, page)),
    all(pools.workflow, (workflowId) => store.listRuns({ tenantId: "default", workflowId }, page)),
    all(runStatuses, (status) => store.listRuns({ tenantId: "default", status: status as never }, page)),
    store.listUnfinishedRuns(3),
    store.listRunIds(3, "run_1"),
    all(pools.hash, (hash) => store.readDefinition(hash)),
    all(pools.tenant, (tenantId) => store.listWorkflows(tenantId)),
    all(pools.interrupt, (id) => store.readInterrupt(id)),
    all(pools.node, (nodeId) => store.findInterrupt("run_1", nodeId)),
    all(pools.tenant, (tenantId) => store.listOpenInterrupts({ tenantId }, page)),
    all(pools.run, (runId) => store.listOpenInterrupts({ tenantId: "default", runId }, page)),
    all(pools.thread, (threadId) => store.listOpenInterrupts({ tenantId: "default", threadId }, page)),
    all(pools.effect, (id) => store.readEffect(id)),
    store.listOpenEffects(2),
    store.listDueTimers(15, 3),
    store.nextTimerDueMs(),
    store.listTimers(3, { runId: "run_1", purpose: "delay", nodeId: "" }),
    all(pools.outbox, (id) => store.readOutbox(id)),
    store.listDueOutbox(15, 3),
    store.nextOutboxDueMs(),
    store.listUnsettledOutbox(2),
    all(pools.tenant, (tenantId) => store.listThreads(tenantId, page)),
    all(pools.thread, (threadId) => store.readThread("default", threadId)),
    all(pools.thread, (threadId) => store.readMessages("default", threadId, { ...page, newest: true })),
    all(pools.thread, (threadId) => store.readMessages("default", threadId, { ...page, after: 1, newest: false })),
    all(pools.thread, (threadId) => store.listLane("default", threadId)),
    all(pools.message, (id) => store.readMessage("default", id)),
    all(pools.message, (id) => store.readContent(`body:${id}`)),
    all(pools.key, (key) => store.readDedup("k1", key)),
    store.listDedup(3),
    all(pools.key, (key) => store.readReceipt(key, 10)),
    all(pools.key, (key) => store.readApiKey(key)),
    all(pools.tenant, (tenantId) => store.listApiKeys(tenantId)),
    all(pools.key, (key) => store.readSecret(key)),
    webhookContents(store),
    timeContents(store),
    runControlContents(store),
  ]);
}
