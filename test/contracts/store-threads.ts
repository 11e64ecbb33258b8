// Threads: gap-free positions, hydrated bodies, and one running turn at a time.

import assert from "node:assert/strict";
import type { Store } from "#ports/store.ts";
import { aCommit, aMessage, insertRun, insist, type OpenStore, say, stores, write } from "./store-builders.ts";

export function threadContract(open: OpenStore): void {
  messages(open);
  lanes(open);
}

function messages(open: OpenStore): void {
  const itStores = stores(open);

  itStores("the first message creates its thread, with the channel and title it names", async (store) => {
    await write(
      store,
      { op: "insertMessage", message: aMessage("m1", { atMs: 50 }), channel: "web", title: "Plans" },
      { op: "insertMessage", message: aMessage("m2", { atMs: 70 }), channel: "signal", title: "Other" },
    );
    const thread = { threadId: "t", tenantId: "default", channel: "web", title: "Plans" };
    assert.deepEqual(await store.readThread("default", "t"), { ...thread, createdMs: 50, lastMs: 70, lastPosition: 2 });
    assert.equal(await store.readThread("other", "t"), undefined);
  });

  itStores("a clock that steps back does not make a thread older", async (store) => {
    await write(store, ...say("m1", "a", { atMs: 100 }), ...say("m2", "b", { atMs: 40 }));
    const thread = await store.readThread("default", "t");
    assert.equal(thread?.lastMs, 100);
    assert.equal(thread?.createdMs, 100);
  });

  itStores("a message keeps every member, its position and its body", async (store) => {
    const full = { agent: "assistant", inReplyTo: "m1", alsoAnswers: ["m0"], role: "agent" as const };
    const outcome = await write(store, ...say("m1", "question"), ...say("m2", "answer\n", full));
    assert.deepEqual(outcome.positions, { m1: 1, m2: 2 });
    assert.deepEqual(await store.readMessage("default", "m1"), { ...aMessage("m1"), position: 1, text: "question" });
    assert.deepEqual(await store.readMessage("default", "m2"), {
      ...aMessage("m2", full),
      position: 2,
      text: "answer\n",
    });
    assert.equal(await store.readMessage("other", "m1"), undefined);
  });

  itStores("a message without a body is read without a text", async (store) => {
    await write(store, { op: "insertMessage", message: aMessage("m1"), channel: "web" });
    assert.deepEqual(await store.readMessage("default", "m1"), { ...aMessage("m1"), position: 1 });
  });

  itStores("positions count per thread and tenant, without gaps, however many write at once", async (store) => {
    const outcomes = await Promise.all(
      Array.from({ length: 90 }, (_, at) => {
        const place = { threadId: `t${at % 3}`, tenantId: at % 2 === 0 ? "default" : "other" };
        // Some commits are refused or broken: they take no position.
        const guards = at % 7 === 0 ? [{ guard: "laneBusy" as const, ...place }] : [];
        return store.commit(aCommit({ guards, rows: say(`m${at}`, "x", place) }));
      }),
    );
    const written = outcomes.filter((outcome) => outcome.outcome === "committed").length;
    let found = 0;
    for (const tenantId of ["default", "other"]) {
      for (const threadId of ["t0", "t1", "t2"]) {
        const all = await store.readMessages(tenantId, threadId, { limit: 100, newest: false });
        assert.deepEqual(
          all.map((message) => message.position),
          all.map((_, at) => at + 1),
        );
        assert.equal((await store.readThread(tenantId, threadId))?.lastPosition, all.length);
        found += all.length;
      }
    }
    assert.equal(found, written);
  });

  for (const { name, range, positions } of [
    { name: "the oldest", range: { limit: 3, newest: false }, positions: [1, 2, 3] },
    { name: "the newest, ascending all the same", range: { limit: 3, newest: true }, positions: [7, 8, 9] },
    { name: "the oldest after a position", range: { after: 4, limit: 2, newest: false }, positions: [5, 6] },
    { name: "the newest before a position", range: { before: 5, limit: 2, newest: true }, positions: [3, 4] },
    { name: "those between", range: { after: 2, before: 5, limit: 9, newest: true }, positions: [3, 4] },
    { name: "nothing past the end", range: { after: 9, limit: 9, newest: false }, positions: [] },
    { name: "nothing for a limit of 0", range: { limit: 0, newest: true }, positions: [] },
  ]) {
    itStores(`readMessages gives ${name}`, async (store) => {
      for (let at = 1; at <= 9; at += 1) await write(store, ...say(`m${at}`, `text ${at}`));
      await write(store, ...say("elsewhere", "x", { threadId: "t2" }), ...say("foreign", "x", { tenantId: "b" }));
      const found = await store.readMessages("default", "t", range);
      assert.deepEqual(
        found.map((message) => message.position),
        positions,
      );
      assert.deepEqual(
        found.map((message) => message.text),
        positions.map((at) => `text ${at}`),
      );
    });
  }
}

const lane = { tenantId: "default", threadId: "t" };

/** A thread in which run_1 holds the lane and the others wait, in this order. */
async function busyLane(store: Store, ...waiting: string[]): Promise<void> {
  await write(store, ...say("m", "x"), insertRun("run_1"), { op: "claimLane", ...lane, runId: "run_1" });
  for (const runId of waiting) {
    await write(store, insertRun(runId, { status: "pending" }), { op: "queueOnLane", ...lane, runId });
  }
}

function lanes(open: OpenStore): void {
  const itStores = stores(open);

  itStores("claimLane makes the run the running turn; again by the same run changes nothing", async (store) => {
    await busyLane(store);
    await write(store, { op: "claimLane", ...lane, runId: "run_1" });
    assert.equal((await store.readThread("default", "t"))?.activeRunId, "run_1");
    assert.deepEqual(await store.listLane("default", "t"), []);
  });

  itStores("queueOnLane keeps the order of arrival; again by the same run keeps its place", async (store) => {
    await busyLane(store, "run_9", "run_3", "run_5");
    await write(store, { op: "queueOnLane", ...lane, runId: "run_9" });
    assert.deepEqual(await store.listLane("default", "t"), ["run_9", "run_3", "run_5"]);
    assert.deepEqual(await store.listLane("other", "t"), []);
  });

  itStores("releaseLane hands the lane to the oldest, marks it unfinished and names it", async (store) => {
    await busyLane(store, "run_9", "run_3");
    const outcome = await write(store, { op: "releaseLane", ...lane, runId: "run_1" });
    assert.deepEqual(outcome.laneNext, ["run_9"]);
    assert.equal((await store.readThread("default", "t"))?.activeRunId, "run_9");
    assert.deepEqual(await store.listLane("default", "t"), ["run_3"]);
    assert.equal((await store.readRun("run_9"))?.unfinished, true);
    assert.equal((await store.readRun("run_3"))?.unfinished, false);
  });

  itStores("releaseLane frees the lane when nobody waits", async (store) => {
    await busyLane(store);
    const outcome = await write(store, { op: "releaseLane", ...lane, runId: "run_1" });
    assert.deepEqual(outcome.laneNext, []);
    assert.equal((await store.readThread("default", "t"))?.activeRunId, undefined);
    await write(store, { op: "claimLane", ...lane, runId: "run_2" });
  });

  itStores("releaseLane of a run that waits takes it out of the line", async (store) => {
    await busyLane(store, "run_2", "run_3");
    const outcome = await write(store, { op: "releaseLane", ...lane, runId: "run_2" });
    assert.deepEqual(outcome.laneNext, []);
    assert.equal((await store.readThread("default", "t"))?.activeRunId, "run_1");
    assert.deepEqual(await store.listLane("default", "t"), ["run_3"]);
  });

  itStores("releaseLane of a run that has nothing to do with the lane changes nothing", async (store) => {
    await busyLane(store, "run_2");
    await write(store, { op: "releaseLane", ...lane, runId: "run_7" });
    await write(store, { op: "releaseLane", ...lane, threadId: "other", runId: "run_2" });
    await write(store, { op: "releaseLane", ...lane, tenantId: "other", runId: "run_1" });
    assert.equal((await store.readThread("default", "t"))?.activeRunId, "run_1");
    assert.deepEqual(await store.listLane("default", "t"), ["run_2"]);
  });

  itStores("one commit may hand the lane on more than once", async (store) => {
    await busyLane(store, "run_2", "run_3");
    const outcome = await write(
      store,
      { op: "releaseLane", ...lane, runId: "run_1" },
      { op: "releaseLane", ...lane, runId: "run_2" },
    );
    assert.deepEqual(outcome.laneNext, ["run_2", "run_3"]);
    assert.equal((await store.readThread("default", "t"))?.activeRunId, "run_3");
  });

  itStores("of all that claim a free lane at once, one holds it and the others can queue", async (store) => {
    await write(store, ...say("m", "x"));
    const claim = async (runId: string) => {
      for (const [guard, op] of [
        ["laneFree", "claimLane"],
        ["laneBusy", "queueOnLane"],
      ] as const) {
        const rows = [insertRun(runId), { op, ...lane, runId }];
        const outcome = await store.commit(aCommit({ guards: [{ guard, ...lane }], rows }));
        if (outcome.outcome !== "guard_failed") return insist(outcome);
      }
      return assert.fail("the lane was neither free nor busy");
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => claim(`run_${at}`)));
    const active = (await store.readThread("default", "t"))?.activeRunId;
    const waiting = await store.listLane("default", "t");
    assert.equal(new Set([active, ...waiting]).size, 20);
  });

  itStores("listUnfinishedRuns leaves out runs that wait on a lane, until it is their turn", async (store) => {
    await busyLane(store);
    const waits = insertRun("run_2", { unfinished: true });
    await write(store, waits, { op: "queueOnLane", ...lane, runId: "run_2" }, insertRun("run_0", { unfinished: true }));
    assert.deepEqual(await store.listUnfinishedRuns(10), ["run_0"]);
    await write(store, { op: "releaseLane", ...lane, runId: "run_1" });
    assert.deepEqual(await store.listUnfinishedRuns(10), ["run_0", "run_2"]);
    assert.deepEqual(await store.listUnfinishedRuns(1), ["run_0"]);
  });
}
