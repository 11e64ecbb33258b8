// A run that a newer engine wrote is refused where it would have to be understood (runs.md §15.1).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRun } from "#app/create-run.ts";
import { seedWorkflow } from "#app/register-workflow.ts";
import { readRun } from "#app/runs.ts";
import { ENGINE_VERSION } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";
import { openMemoryStore } from "#store/memory-slow/open.ts";
import { node, workflow } from "../engine/support.ts";
import { openHost } from "../support/host.ts";

describe("a run with an event of another engine", () => {
  for (const { engineVersion, schemaVersion, refused } of [
    { engineVersion: String(ENGINE_VERSION + 1), schemaVersion: 1, refused: true },
    { engineVersion: String(ENGINE_VERSION), schemaVersion: 1, refused: false },
    { engineVersion: "0", schemaVersion: 1, refused: false },
    // What is known of it folds (per-event versions never refuse).
    { engineVersion: String(ENGINE_VERSION), schemaVersion: 9, refused: false },
  ]) {
    it(`engine ${engineVersion}, schema ${schemaVersion}: ${refused ? "engine_version_mismatch" : "is read"}`, async () => {
      const store = openMemoryStore({ random: () => 0, maxTurns: 0 });
      const host = await openHost(store);
      const definition = workflow([node("gate", "core.approvalGate")]) as unknown as Json;
      await seedWorkflow(host.app, "default", definition, "api");
      const { runId } = JSON.parse((await createRun(host.app, host.call, { workflowId: "test" })).body);
      const row = await store.readRun(runId);
      assert.ok(row);
      const sequence = row.lastSequence + 1;
      const event = {
        eventId: "evt_other",
        runId,
        type: "vendorx.noted",
        sequence,
        timestamp: new Date(row.start.createdMs).toISOString(),
        schemaVersion,
        engineVersion,
        payload: {},
      };
      const { start: _start, ...patch } = row;
      await store.commit({
        commitId: "cmt_other",
        guards: [],
        appends: [{ stream: runId, expectedSequence: sequence, lines: [JSON.stringify(event)] }],
        rows: [{ op: "updateRun", runId, patch: { ...patch, lastSequence: sequence } }],
      });
      await host.stop();
      const next = await openHost(store);
      const read = readRun(next.app, next.call, runId);
      if (refused) {
        await assert.rejects(read, (error: { code?: string; details?: unknown }) => {
          assert.equal(error.code, "engine_version_mismatch");
          const persistedVersion = ENGINE_VERSION + 1;
          assert.deepEqual(error.details, { runId, persistedVersion, currentVersion: ENGINE_VERSION });
          return true;
        });
      } else assert.equal((await read).sequence, sequence);
      await next.stop();
    });
  }
});
