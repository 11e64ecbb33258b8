// S4: who hears of a commit, and when.

import assert from "node:assert/strict";
import { aCommit, ask, events, hear, insertRun, insist, type OpenStore, say, stores, write } from "./store-builders.ts";

export function listenerContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("hear each commit once, in commit-number order, with what was written", async (store) => {
    const heard = hear(store, 40);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        store.commit(aCommit({ appends: [events(`run_${at}`, 0, 1)], rows: [insertRun(`run_${at}`)] })),
      ),
    );
    assert.deepEqual(
      await heard,
      outcomes.map((outcome, at) => ({
        commitNumber: insist(outcome).commitNumber,
        appends: [events(`run_${at}`, 0, 1)],
        rows: [insertRun(`run_${at}`)],
        positions: {},
        laneNext: [],
      })),
    );
  });

  itStores("hear the positions that messages got", async (store) => {
    const heard = hear(store, 1);
    await write(store, ...say("m1", "hello"), ...say("m2", "again"));
    assert.deepEqual((await heard)[0]?.positions, { m1: 1, m2: 2 });
  });

  itStores("can read what they hear of: it is durable", async (store) => {
    const found = new Promise((resolve) => {
      store.subscribe(() => store.readRun("run_1").then((run) => resolve(run?.start.runId)));
    });
    await write(store, insertRun("run_1"));
    assert.equal(await found, "run_1");
  });

  itStores("hear nothing of commits that were refused, repeated or broken", async (store) => {
    const heard = hear(store, 2);
    const commit = aCommit({ rows: [insertRun("run_1")] });
    const first = insist(await store.commit(commit));
    await store.commit(commit);
    await ask(store, { guard: "runAbsent", runId: "run_1" });
    await store.commit(aCommit({ appends: [events("run_1", 5, 1)] }));
    await assert.rejects(store.commit(aCommit({ rows: [insertRun("run_1")] })));
    const last = await write(store, insertRun("run_2"));
    assert.deepEqual(
      (await heard).map((committed) => committed.commitNumber),
      [first.commitNumber, last.commitNumber],
    );
  });

  const errors: unknown[] = [];
  itStores(
    "that throw are reported and stay; the others hear all the same",
    async (store) => {
      let calls = 0;
      store.subscribe(() => {
        calls += 1;
        throw new Error(`call ${calls}`);
      });
      const heard = hear(store, 2);
      await write(store, insertRun("run_1"));
      await write(store, insertRun("run_2"));
      await heard;
      assert.deepEqual(
        errors.map((error) => (error as Error).message),
        ["call 1", "call 2"],
      );
    },
    { onError: (error) => errors.push(error) },
  );

  itStores("hear no more once they have left, however often they leave", async (store) => {
    let calls = 0;
    const leave = store.subscribe(() => {
      calls += 1;
    });
    const first = hear(store, 1);
    await write(store, insertRun("run_1"));
    await first;
    leave();
    leave();
    const second = hear(store, 1);
    await write(store, insertRun("run_2"));
    await second;
    assert.equal(calls, 1);
  });

  itStores("may commit themselves", async (store) => {
    const heard = hear(store, 2);
    const answer = new Promise((resolve) => {
      const leave = store.subscribe(() => {
        leave();
        resolve(write(store, insertRun("run_2")));
      });
    });
    await write(store, insertRun("run_1"));
    await answer;
    assert.deepEqual(
      (await heard).map(({ rows }) => rows),
      [[insertRun("run_1")], [insertRun("run_2")]],
    );
  });
}
