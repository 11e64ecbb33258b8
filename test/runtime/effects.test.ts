// The effect runner where its queue is full.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { CANCEL_RUN_EFFECT } from "#engine/abandon.ts";
import type { EffectRow } from "#ports/rows.ts";
import type { Json } from "#protocol/json.ts";
import { Effects } from "#runtime/effects.ts";
import { noStopPoint } from "#runtime/stop-points.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { node, workflow } from "../engine/support.ts";
import { eventually, openHost, quietLogger } from "../support/host.ts";

describe("a queue that is full of calls to the world", () => {
  it("does not keep messages between our own runs waiting (X4)", async () => {
    const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
    const host = await openHost(store);
    const { app, call } = host;
    const config = { questions: [{ id: "q", question: "?" }] };
    const document = workflow([node("ask", "core.clarificationGate", { config })], [], { id: "asks" });
    await seedWorkflow(app, "default", document as unknown as Json, "api");
    const { runId } = JSON.parse((await createRun(app, call, { workflowId: "asks" })).body) as { runId: string };
    const effects = new Effects({
      store,
      runs: app.runs,
      ids: app.ids,
      logger: quietLogger(),
      handlers: [],
      maxConcurrent: 0,
      maxQueued: 0,
      stopPoint: noStopPoint,
    });
    const effect: EffectRow = {
      effectId: `cancel-run:${runId}`,
      runId,
      tenantId: "default",
      nodeId: "",
      attempt: 0,
      ordinal: 0,
      kind: CANCEL_RUN_EFFECT,
      class: "read",
      request: { parentRunId: "run_parent" },
      state: "planned",
      timeoutMs: 1_000,
      plannedMs: 0,
    };
    const rows = [{ op: "putEffect", effect } as const];
    effects.onCommitted({ commitNumber: 1, appends: [], rows, positions: {}, laneNext: [] });
    await eventually(async () => (await store.readRun(runId))?.status === "cancelled", "the cancel", 2_000);
    assert.equal((await store.listOpenInterrupts({ tenantId: "default", runId }, { limit: 1 })).items.length, 0);
    await effects.stop();
    await host.stop();
  });
});
