// How long a dead letter lasts (runs.md §12.2), with a clock that tests set.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { listDeadLetters, purgeDeadLetters, readDeadLetter, redriveDeadLetter } from "#app/dead-letters.ts";
import { forkRun } from "#app/fork-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { visibleRun } from "#app/visibility.ts";
import type { NodeType } from "#engine/node-type.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { workflow } from "../support/definitions.ts";
import { eventually, openHost } from "../support/host.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-01-05T09:30:00Z");

/** Fails in a way that another try could mend. */
const flaky: NodeType = {
  typeId: "local.flaky",
  start: () => ({ kind: "fail", error: { code: "effect_failed", message: "no", retryable: true } }),
};

describe("a dead letter", () => {
  it("can be read and forked until its time is over, and is purged then, with all of its run", async () => {
    const clock = { now: START };
    const store = openMemoryStore({ random: () => 0.5, maxTurns: 1 });
    const host = await openHost(store, { clock: { nowMs: () => clock.now }, nodeTypes: [flaky] });
    const { app, call } = host;
    const settings = { retry: { maxAttempts: 2, backoffMs: 0 } };
    const document = workflow("doomed", { nodes: [{ id: "a", typeId: flaky.typeId, settings }] });
    await seedWorkflow(app, "default", document as never, "api");
    const { runId } = JSON.parse((await createRun(app, call, { workflowId: "doomed" })).body) as { runId: string };
    await eventually(async () => (await store.readRun(runId))?.status === "failed", "the run failed");
    const purge = () => purgeDeadLetters(app, clock.now, 10);

    clock.now = START + 30 * DAY - 1;
    assert.equal(await purge(), 0);
    assert.equal((await readDeadLetter(app, call, runId)).runId, runId);
    const forked = await redriveDeadLetter(app, call, runId);
    assert.equal(forked.status, 201);

    clock.now = START + 30 * DAY + 1;
    await assert.rejects(readDeadLetter(app, call, runId), { code: "not_found" });
    assert.equal(await purge(), 1);
    assert.equal(await purge(), 0);
    await assert.rejects(visibleRun(app, call, runId), { code: "not_found" });
    await assert.rejects(forkRun(app, call, runId, { mode: "branch", fromSeq: 0 }), { code: "not_found" });
    assert.deepEqual(await store.readLog(runId, 0), []);
    const fork = (JSON.parse(forked.body) as { runId: string }).runId;
    await eventually(async () => (await store.readRun(fork))?.status === "failed", "the fork lives its own life");
    const { deadLetters } = (await listDeadLetters(app, call, { limit: 10 })) as { deadLetters: { runId: string }[] };
    assert.deepEqual(
      deadLetters.map((letter) => letter.runId),
      [fork],
    );
    await host.stop();
  });
});
