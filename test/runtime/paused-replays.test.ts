// A replay that is being written cannot be paused, and a pause that it tells of cannot be ended: it tells what its
// source did (runs.md §4.3, §14.2). What is acknowledged must happen, so such a request is refused.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { forkRun } from "#app/fork-run.ts";
import { pauseRun, resumeRun } from "#app/pause-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { createCopier } from "#engine/replay/copy.ts";
import type { RunEvent } from "#protocol/events.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { workflow } from "../support/definitions.ts";
import { eventually, openHost } from "../support/host.ts";

const document = workflow("stepwise", { nodes: [{ id: "gate", typeId: "core.approvalGate", config: { title: "?" } }] });

describe("a replay that is still being written", () => {
  it("is neither paused nor resumed: 409, and nothing is written", async () => {
    const store = openMemoryStore({ random: () => 0.5, maxTurns: 1 });
    const host = await openHost(store);
    const { app, call } = host;
    await seedWorkflow(app, "default", document as never, "api");
    const source = JSON.parse((await createRun(app, call, { workflowId: "stepwise" })).body).runId as string;
    await eventually(async () => (await store.readRun(source))?.status === "waiting-approval", "the source waits");
    await assert.rejects(pauseRun(app, call, source, {}), { code: "conflict" });

    // Nobody works on it: it stays where the test brings it.
    const still = { ...app, forks: Object.assign(Object.create(app.forks), { begin: () => undefined }) };
    const { runId } = JSON.parse((await forkRun(still, call, source, { mode: "replay" })).body) as { runId: string };
    const [started] = await eventsOf(source);
    const copier = createCopier(runId, source);
    await write([copier.copy(started as RunEvent, 0)]);
    const refused = { code: "conflict", details: { runStatus: "running" } };
    await assert.rejects(pauseRun(app, call, runId, {}), refused);
    await assert.rejects(pauseRun(app, call, runId, { drainPolicy: "immediate" }), refused);

    const paused = { type: "run.paused", payload: { drainPolicy: "immediate", requestedBy: "operator" } };
    await write([{ ...copier.copy(started as RunEvent, 1), eventId: "evt_paused", ...paused }]);
    await assert.rejects(resumeRun(app, call, runId, undefined), refused);
    assert.deepEqual(
      (await eventsOf(runId)).map(({ type }) => type),
      ["run.started", "run.paused"],
    );
    await host.stop();

    async function eventsOf(id: string): Promise<RunEvent[]> {
      const batches = await store.readLog(id, 0);
      return batches.flatMap(({ lines }) => lines.map((line) => JSON.parse(line) as RunEvent));
    }

    async function write(events: RunEvent[]): Promise<void> {
      const fromSequence = events[0]?.sequence ?? 0;
      const outcome = await app.runs.dispatch(runId, () => ({
        command: { type: "record", fromSequence, events, rows: [] },
      }));
      assert.ok(outcome.outcome === "done" && outcome.changed);
    }
  });
});
