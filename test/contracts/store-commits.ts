// S1-S3: what a commit is.

import assert from "node:assert/strict";
import {
  aCommit,
  aMessage,
  append,
  events,
  insertRun,
  insist,
  lines,
  type OpenStore,
  stores,
  write,
} from "./store-builders.ts";

export function commitContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("appends events, and a batch is read back line by line", async (store) => {
    await append(store, events("run_1", 0, 3));
    await append(store, events("run_1", 3, 1));
    assert.deepEqual(await store.readLog("run_1", 0), [
      { firstSequence: 0, lastSequence: 2, lines: lines("run_1", 0, 3) },
      { firstSequence: 3, lastSequence: 3, lines: lines("run_1", 3, 1) },
    ]);
    assert.deepEqual(await store.readLog("run_2", 0), []);
  });

  itStores("numbers commits upwards", async (store) => {
    const first = await append(store, events("run_1", 0, 1));
    const second = await write(store, insertRun("run_2"));
    assert.ok(second.commitNumber > first.commitNumber);
  });

  itStores("is all or nothing over several streams (S1)", async (store) => {
    await append(store, events("run_1", 0, 2));
    const outcome = await store.commit(
      aCommit({ appends: [events("run_2", 0, 1), events("run_1", 1, 1)], rows: [insertRun("run_2")] }),
    );
    assert.deepEqual(outcome, { outcome: "stale_sequence", stream: "run_1", actualSequence: 2 });
    assert.deepEqual(await store.readLog("run_2", 0), []);
    assert.equal(await store.readRun("run_2"), undefined);
  });

  itStores("writes nothing when one of its rows does not fit (S1)", async (store) => {
    await write(store, insertRun("run_1"));
    const broken = aCommit({ appends: [events("run_2", 0, 1)], rows: [insertRun("run_2"), insertRun("run_1")] });
    await assert.rejects(store.commit(broken), { code: "internal_error" });
    assert.deepEqual(await store.readLog("run_2", 0), []);
    assert.equal(await store.readRun("run_2"), undefined);
  });

  for (const { name, row } of [
    { name: "a run that exists", row: insertRun("run_1") },
    { name: "a change of a run that does not exist", row: anUpdate("run_9") },
    { name: "a message that exists", row: { op: "insertMessage" as const, message: aMessage("m"), channel: "web" } },
    { name: "a dedup mark that exists", row: aMark() },
    { name: "a lane of a thread that does not exist", row: aClaim("nowhere", "run_1") },
    { name: "a lane that another run holds", row: aClaim("t", "run_2") },
    { name: "a place behind nobody", row: { ...aClaim("free", "run_2"), op: "queueOnLane" as const } },
    { name: "a place behind itself", row: { ...aClaim("t", "run_1"), op: "queueOnLane" as const } },
  ]) {
    itStores(`rejects ${name}, which only a guard could have asked about`, async (store) => {
      await write(
        store,
        insertRun("run_1"),
        { op: "insertMessage", message: aMessage("m"), channel: "web" },
        { op: "insertMessage", message: aMessage("m2", { threadId: "free" }), channel: "web" },
        aClaim("t", "run_1"),
        aMark(),
      );
      await assert.rejects(store.commit(aCommit({ rows: [insertRun("run_8"), row] })), { code: "internal_error" });
      assert.equal(await store.readRun("run_8"), undefined);
    });
  }

  itStores("refuses a line that is more than one line", async (store) => {
    const commit = aCommit({ appends: [{ stream: "run_1", expectedSequence: 0, lines: ["{}\n{}"] }] });
    await assert.rejects(store.commit(commit), { code: "internal_error" });
    assert.deepEqual(await store.readLog("run_1", 0), []);
  });

  itStores(
    "lets one of two writers append after the same event, and tells the other where the stream is",
    async (store) => {
      await append(store, events("run_1", 0, 2));
      const [first, second] = await Promise.all([
        store.commit(aCommit({ appends: [events("run_1", 2, 3)] })),
        store.commit(aCommit({ appends: [events("run_1", 2, 1)] })),
      ]);
      assert.equal(first.outcome, "committed");
      assert.deepEqual(second, { outcome: "stale_sequence", stream: "run_1", actualSequence: 5 });
    },
  );

  itStores("leaves no gap: a sequence ahead of the stream is stale too (S2)", async (store) => {
    const outcome = await store.commit(aCommit({ appends: [events("run_1", 1, 1)] }));
    assert.deepEqual(outcome, { outcome: "stale_sequence", stream: "run_1", actualSequence: 0 });
  });

  itStores("may append to one stream twice, in order", async (store) => {
    await append(store, events("run_1", 0, 2), events("run_1", 2, 1));
    const outcome = await store.commit(aCommit({ appends: [events("run_1", 3, 1), events("run_1", 3, 1)] }));
    assert.deepEqual(outcome, { outcome: "stale_sequence", stream: "run_1", actualSequence: 4 });
    assert.equal((await store.readLog("run_1", 0)).at(-1)?.lastSequence, 2);
  });

  itStores("checks the sequence of an append without events, and writes nothing for it", async (store) => {
    const nothing = { stream: "run_1", expectedSequence: 0, lines: [] };
    await append(store, nothing);
    assert.deepEqual(await store.readLog("run_1", 0), []);
    await append(store, events("run_1", 0, 1));
    assert.equal((await store.commit(aCommit({ appends: [nothing] }))).outcome, "stale_sequence");
  });

  itStores("never writes the same commitId twice (S2)", async (store) => {
    const commit = aCommit({ appends: [events("run_1", 0, 1)], rows: [insertRun("run_1")] });
    const first = insist(await store.commit(commit));
    const again = await store.commit(commit);
    assert.deepEqual(again, { outcome: "repeated", commitNumber: first.commitNumber });
    assert.equal((await store.readLog("run_1", 0)).length, 1);
  });

  itStores("knows a repetition even where its own first time made the guard fail", async (store) => {
    const commit = aCommit({ guards: [{ guard: "dedupAbsent", scope: "s", key: "k" }], rows: [aMark()] });
    const [first, again] = await Promise.all([store.commit(commit), store.commit(commit)]);
    assert.equal(first.outcome, "committed");
    assert.equal(again.outcome, "repeated");
  });

  itStores("a refused commit may be tried again under its own id", async (store) => {
    const commit = aCommit({
      guards: [{ guard: "laneBusy", tenantId: "default", threadId: "t" }],
      rows: [insertRun("run_2")],
    });
    assert.equal((await store.commit(commit)).outcome, "guard_failed");
    await write(store, { op: "insertMessage", message: aMessage("m"), channel: "web" }, aClaim("t", "run_1"));
    assert.equal((await store.commit(commit)).outcome, "committed");
  });

  itStores("checks guards before sequences, in their order (S3)", async (store) => {
    await write(store, aMark());
    const outcome = await store.commit(
      aCommit({
        guards: [
          { guard: "runAbsent", runId: "run_1" },
          { guard: "dedupAbsent", scope: "s", key: "k" },
          { guard: "laneBusy", tenantId: "default", threadId: "t" },
        ],
        appends: [events("run_1", 7, 1)],
      }),
    );
    assert.deepEqual(outcome, {
      outcome: "guard_failed",
      guard: { guard: "dedupAbsent", scope: "s", key: "k" },
      existing: { messageId: "msg_1", runId: "run_1" },
    });
  });

  itStores(
    "of two commits in one turn with the same dedup key one wins, the other sees what stands there",
    async (store) => {
      const claim = (messageId: string) =>
        store.commit(
          aCommit({
            guards: [{ guard: "dedupAbsent", scope: "s", key: "k" }],
            rows: [{ op: "claimDedup", scope: "s", key: "k", value: { messageId }, atMs: 1 }],
          }),
        );
      const [first, second] = await Promise.all([claim("msg_1"), claim("msg_2")]);
      assert.equal(first.outcome, "committed");
      assert.deepEqual(second, {
        outcome: "guard_failed",
        guard: { guard: "dedupAbsent", scope: "s", key: "k" },
        existing: { messageId: "msg_1" },
      });
    },
  );

  itStores("a broken commit costs the commits around it nothing", async (store) => {
    await write(store, insertRun("run_1"));
    const results = await Promise.allSettled([
      store.commit(aCommit({ rows: [insertRun("run_2")] })),
      store.commit(aCommit({ appends: [events("run_3", 0, 1)], rows: [insertRun("run_3"), insertRun("run_1")] })),
      store.commit(aCommit({ guards: [{ guard: "runAbsent", runId: "run_2" }] })),
      store.commit(aCommit({ appends: [events("run_2", 0, 1)] })),
    ]);
    const ends = results.map((result) => (result.status === "fulfilled" ? result.value.outcome : "rejected"));
    assert.deepEqual(ends, ["committed", "rejected", "guard_failed", "committed"]);
    assert.equal(await store.readRun("run_3"), undefined);
    assert.equal((await store.readLog("run_2", 0)).length, 1);
  });

  itStores("applies commits in the order of the calls", async (store) => {
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, (_, at) => store.commit(aCommit({ appends: [events("run_1", at, 1)] }))),
    );
    const numbers = outcomes.map((outcome) => insist(outcome).commitNumber);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  });

  itStores(
    "refuses commits past its queue with service_unavailable, and takes new ones later",
    async (store) => {
      const results = await Promise.allSettled(
        Array.from({ length: 12 }, (_, at) => store.commit(aCommit({ rows: [insertRun(`run_${at}`)] }))),
      );
      const refused = results.filter((result) => result.status === "rejected");
      assert.deepEqual(
        refused.map((result) => result.reason.code),
        ["service_unavailable", "service_unavailable"],
      );
      assert.equal((await store.listRunIds(100)).length, 10);
      await write(store, insertRun("run_later"));
    },
    { maxQueuedCommits: 10 },
  );

  itStores("finishes what was given to it before it closes; later calls reject", async (store) => {
    const pending = store.commit(aCommit({ rows: [insertRun("run_1")] }));
    const closed = store.close();
    assert.equal((await pending).outcome, "committed");
    await closed;
    await assert.rejects(store.commit(aCommit()), { code: "service_unavailable" });
    await assert.rejects(store.readRun("run_1"), { code: "service_unavailable" });
  });
}

function anUpdate(runId: string) {
  return { op: "updateRun" as const, runId, patch: { status: "running" as const, lastSequence: 1, unfinished: false } };
}

function aMark() {
  return { op: "claimDedup" as const, scope: "s", key: "k", value: { messageId: "msg_1", runId: "run_1" }, atMs: 1 };
}

function aClaim(threadId: string, runId: string) {
  return { op: "claimLane" as const, tenantId: "default", threadId, runId };
}
