// A daemon that dies between the steps of a parent and its children loses none of them, and starts none twice
// (ADR 0009, 0012).

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "../support/client.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { ownFixtures } from "../support/paths.ts";

/** How many children each of these has, by the time it is over. */
const childrenOf: Record<string, number> = {
  "conformance-subworkflow-parent": 1,
  "conformance-dispatch-cross-worker-handoff": 2,
  "conformance-interrupt-parent-child-cancel": 1,
};
const WAITS = "conformance-interrupt-parent-child-cancel";
/** The passes of the commits of one parent with two children, shared out over the places where it can die. */
const passes = {
  "store.before-commit": [1, 4, 7, 10],
  "store.after-commit": [2, 5, 8, 11],
  "effect.performed": [3, 6, 9, 12],
};
const DEADLINE_MS = 20_000;

describe("a daemon killed between a parent and its children", () => {
  let home = "";
  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), "parley-children-"));
    // The commits of a first start are not what is tested here.
    await (await startDaemon({ home, fixtures: ownFixtures, seams: true })).stop();
  });
  after(() => rm(home, { recursive: true, force: true }));
  const start = (stopAt?: string) =>
    startDaemon({ home, fixtures: ownFixtures, seams: true, ...(stopAt && { env: { PARLEY_STOP_AT: stopAt } }) });

  for (const [name, hits] of Object.entries(passes)) {
    it(`at passes ${hits.join(", ")} of ${name}`, { timeout: 300_000 }, async () => {
      let kills = 0;
      for (const hit of hits) {
        const victim = await start(`${name}:${hit}`).catch(() => undefined);
        if (victim) kills += await isKilled(victim);
        const daemon = await start();
        try {
          await checkAll(new Client(daemon.url, daemon.key));
        } finally {
          await daemon.stop();
        }
      }
      assert.ok(kills >= hits.length / 2, `${kills} of ${hits.length} died while they worked`);
    });
  }
});

/** Gives it work until it dies; 0 when it does not. */
async function isKilled(daemon: Daemon): Promise<0 | 1> {
  const client = new Client(daemon.url, daemon.key);
  try {
    const runs = await Promise.all(Object.keys(childrenOf).map((workflowId) => client.createRun(workflowId)));
    for (const runId of runs) await client.settled(runId);
    await daemon.stop();
    return 0;
  } catch {
    await daemon.exited;
    return 1;
  }
}

interface Listed {
  runId: string;
  workflowId: string;
  status: string;
  parentRunId?: string;
}

/** Brings every run to its end, and counts what stands below each. */
async function checkAll(client: Client): Promise<void> {
  for (const run of await listAll(client)) {
    if (run.parentRunId !== undefined) continue;
    const expected = childrenOf[run.workflowId];
    assert.ok(expected !== undefined, run.workflowId);
    if (run.workflowId === WAITS) await answerChild(client, run.runId);
    assert.equal(await client.ended(run.runId, DEADLINE_MS), "completed", run.workflowId);
    const { childRuns } = await client.snapshot(run.runId);
    assert.equal(childRuns.length, expected, `${run.workflowId} has as many children as it should`);
    const log = await client.log(run.runId);
    assert.equal(log.filter(({ type }) => type === "node.dispatched").length, expected);
    assert.equal(log.filter(({ type }) => type === "run.completed").length, 1);
  }
  const all = await listAll(client);
  for (const parent of all.filter(({ parentRunId }) => parentRunId === undefined)) {
    const below = all.filter(({ parentRunId }) => parentRunId === parent.runId);
    assert.equal(below.length, childrenOf[parent.workflowId], "no child that nobody knows of");
    for (const child of below) assert.equal(child.status, "completed");
  }
}

/** The parent shows the waiting of its child again, whatever died in between; then the child goes on. */
async function answerChild(client: Client, runId: string): Promise<void> {
  const status = await client.settled(runId, DEADLINE_MS);
  if (status === "completed") return;
  assert.equal(status, "waiting-approval");
  const [child] = (await client.snapshot(runId)).childRuns;
  assert.equal(child.status, "waiting-approval");
  assert.equal((await client.answer(child.runId, "child-gate", { action: "accept" })).status, 200);
}

async function listAll(client: Client): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await client.get(`/v1/runs?limit=200${cursor}`);
    found.push(...body.runs);
    if (body.nextCursor === undefined) return found;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}
