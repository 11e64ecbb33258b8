// Group commit: one sync for all that came together, and no neighbour pays for another's failure.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Store } from "#ports/store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "#store/sqlite/open.ts";
import { aCommit, events, hear, insertRun, insist, write } from "../contracts/store-builders.ts";

let folder: string;
let path: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-group-"));
  path = join(folder, "parley.db");
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A store that writes down which stop points it passes; `at` may throw there. */
async function watched(at: (name: string, passes: string[]) => void = () => undefined): Promise<string[]> {
  const passes: string[] = [];
  const stopPoint = (name: string) => {
    passes.push(name);
    at(name, passes);
  };
  store = await openSqliteStore({ path, hooks: { stopPoint } } as SqliteStoreOptions);
  return passes;
}

function commitAll(count: number, from = 0): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(
    Array.from({ length: count }, (_, at) =>
      store.commit(aCommit({ appends: [events(`run_${from + at}`, 0, 1)], rows: [insertRun(`run_${from + at}`)] })),
    ),
  );
}

const group = ["store.before-write", "store.before-commit", "store.after-commit"];

describe("a group", () => {
  it("is everything committed in one turn, in one transaction", async () => {
    const passes = await watched();
    await commitAll(100);
    assert.deepEqual(passes, group);
  });

  it("is bounded: more than 256 are several", async () => {
    const passes = await watched();
    await commitAll(600);
    assert.deepEqual(passes, [...group, ...group, ...group]);
  });

  it("passes each stop point before anybody is answered, in the order of its name", async () => {
    let answered = false;
    await watched(() => assert.equal(answered, false));
    await write(store, insertRun("run_1")).then(() => {
      answered = true;
    });
    assert.equal(answered, true);
  });

  it("tells listeners before the code that awaits the commit goes on", async () => {
    await watched();
    const order: string[] = [];
    store.subscribe(() => order.push("heard"));
    await Promise.all([1, 2].map((at) => write(store, insertRun(`run_${at}`)).then(() => order.push("answered"))));
    assert.deepEqual(order, ["heard", "heard", "answered", "answered"]);
  });

  it("that fails as a whole is written again one by one: nobody is lost, numbers have no gap", async () => {
    let failed = false;
    const passes = await watched((name) => {
      if (name !== "store.before-commit" || failed) return;
      failed = true;
      throw new Error("the disk hiccups");
    });
    const heard = hear(store, 5);
    const results = await commitAll(5);
    assert.deepEqual(passes, [
      "store.before-write",
      "store.before-commit",
      ...group,
      ...group,
      ...group,
      ...group,
      ...group,
    ]);
    assert.ok(results.every((result) => result.status === "fulfilled"));
    assert.deepEqual(
      (await heard).map((committed) => committed.commitNumber),
      [1, 2, 3, 4, 5],
    );
    assert.equal((await store.listRunIds(10)).length, 5);
  });

  it("rejects only the broken commit, which may be in any place", async () => {
    for (const place of [0, 1, 2]) {
      await watched();
      const commits = [0, 1, 2].map((at) =>
        at === place
          ? aCommit({ rows: [insertRun(`x${place}_${at}`), insertRun(`x${place}_${at}`)] })
          : aCommit({ rows: [insertRun(`x${place}_${at}`)] }),
      );
      const results = await Promise.allSettled(commits.map((commit) => store.commit(commit)));
      assert.deepEqual(
        results.map((result) => result.status),
        [0, 1, 2].map((at) => (at === place ? "rejected" : "fulfilled")),
      );
      await store.close();
    }
  });
});

describe("a store that nobody may write at the moment", () => {
  it("rejects, and takes the same commits under the same ids later", async () => {
    await watched();
    await write(store, insertRun("run_0"));
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const commits = [1, 2, 3].map((at) => aCommit({ rows: [insertRun(`run_${at}`)] }));
    const results = await Promise.allSettled(commits.map((commit) => store.commit(commit)));
    assert.ok(results.every((result) => result.status === "rejected"));
    assert.deepEqual(await store.listRunIds(10), ["run_0"]);
    other.exec("ROLLBACK");
    other.close();
    for (const commit of commits) insist(await store.commit(commit));
    assert.equal((await store.listRunIds(10)).length, 4);
  });
});
