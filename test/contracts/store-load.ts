// How much is under way, as metrics count it.

import assert from "node:assert/strict";
import { insertRun, type OpenStore, putEffect, putOutbox, stores, write } from "./store-builders.ts";

export function loadContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("countLoad is empty while nothing is", async (store) => {
    assert.deepEqual(await store.countLoad(), { runs: [], outbox: 0, effects: 0 });
  });

  itStores("countLoad counts runs that have not ended, per tenant and status", async (store) => {
    await write(
      store,
      insertRun("run_1", { status: "running", start: { tenantId: "b" } }),
      insertRun("run_2", { status: "running", start: { tenantId: "a" } }),
      insertRun("run_3", { status: "running", start: { tenantId: "a" } }),
      insertRun("run_4", { status: "waiting-approval", start: { tenantId: "a" } }),
      insertRun("run_5", { status: "completed", start: { tenantId: "a" } }),
      insertRun("run_6", { status: "failed", start: { tenantId: "c" } }),
    );
    assert.deepEqual((await store.countLoad()).runs, [
      { tenantId: "a", status: "running", count: 2 },
      { tenantId: "a", status: "waiting-approval", count: 1 },
      { tenantId: "b", status: "running", count: 1 },
    ]);
  });

  itStores("countLoad counts effects and outbox rows that are not settled", async (store) => {
    const effects = (["planned", "started", "done", "unknown"] as const).map((state) =>
      putEffect(`eff_${state}`, { state }),
    );
    const rows = (["queued", "sending", "sent", "dead", "unknown"] as const).map((state) =>
      putOutbox(`obx_${state}`, { state, destination: state }),
    );
    await write(store, ...effects, ...rows);
    const { outbox, effects: open } = await store.countLoad();
    assert.deepEqual([outbox, open], [2, 2]);
  });
}
