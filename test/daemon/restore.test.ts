import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "#platform/clock.ts";
import { createIds } from "#platform/ids.ts";
import type { RowOp } from "#ports/rows.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import { anEffect } from "../contracts/store-builders.ts";
import { runToExit, startDaemon } from "../support/daemon.ts";

async function withStore<T>(path: string, use: (store: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<T>) {
  const store = await openSqliteStore({ path });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const unsent: RowOp = {
  op: "putOutbox",
  row: {
    outboxId: "obx_1",
    tenantId: "default",
    kind: "interrupt-callback",
    destination: "callback:run_1",
    clientId: "int_1",
    payload: {},
    state: "queued",
    attempts: 1,
    dueMs: Date.now() + 3_600_000,
    createdMs: Date.now(),
    repeatable: true,
  },
};

describe("a restore", () => {
  it("brings the backup back, keeps what was there, and parks what the backup had not sent yet", async () => {
    const daemon = await startDaemon();
    const { home } = daemon;
    await daemon.stop();
    const database = join(home, "data", "parley.db");
    const backup = join(home, "copy.db");
    const commitId = createIds(systemClock).next("cmt");
    const effects: RowOp[] = (["read", "keyed", "unkeyed"] as const).map((kind) => ({
      op: "putEffect",
      effect: anEffect(`eff_${kind}`, { class: kind }),
    }));
    await withStore(database, (store) =>
      store.commit({ commitId, guards: [], appends: [], rows: [unsent, ...effects] }),
    );
    cpSync(database, backup);

    const { code, stdout } = await runToExit({ home }, ["restore", backup, "--json"]);

    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { parked: number }).parked, 2);
    await withStore(database, async (store) => {
      assert.equal((await store.readOutbox("obx_1"))?.state, "unknown");
      assert.equal((await store.readEffect("eff_unkeyed"))?.state, "started", "it will be told as interrupted");
      assert.equal((await store.readEffect("eff_keyed"))?.state, "planned", "its receiver knows a repetition");
    });
    await daemon.dispose();
  });

  it("refuses a file that is no backup and changes nothing", async () => {
    const daemon = await startDaemon();
    await daemon.stop();
    const { code, stderr } = await runToExit({ home: daemon.home }, ["restore", join(daemon.home, "key")]);
    assert.equal(code, 1);
    assert.match(stderr, /not a/);
    await daemon.dispose();
  });

  it("refuses while the daemon runs", async () => {
    const daemon = await startDaemon();
    const { code, stderr } = await runToExit({ home: daemon.home }, ["restore", join(daemon.home, "key")]);
    assert.equal(code, 1);
    assert.match(stderr, /is running on the home/);
    await daemon.dispose();
  });
});
