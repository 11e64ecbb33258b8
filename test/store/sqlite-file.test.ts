// The store's file: private, migrated with a way back, and untouched when it is not ours (P-10).

import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Database } from "#store/sqlite/database.ts";
import { StoreVersionError } from "#store/sqlite/file.ts";
import { type Migration, migrations as ours } from "#store/sqlite/migrations/index.ts";
import { openSqliteStore } from "#store/sqlite/open.ts";
import { aCommit, insertRun, write } from "../contracts/store-builders.ts";

const colours: Migration = {
  version: ours.length + 1,
  name: "colours",
  sql: "CREATE TABLE colours (name TEXT); INSERT INTO colours SELECT run_id FROM runs;",
};
const broken: Migration = { version: ours.length + 2, name: "broken", sql: "CREATE TABLE ok (a); SELECT nonsense;" };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-file-"));
  path = join(folder, "parley.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function storeWithRun(runId: string): Promise<void> {
  const store = await openSqliteStore({ path });
  await write(store, insertRun(runId));
  await store.close();
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

describe("a new store", () => {
  it("is readable by its owner only, with everything that lies beside it", async () => {
    const umask = process.umask(0);
    try {
      const store = await openSqliteStore({ path });
      await write(store, insertRun("run_1"));
      const files = readdirSync(folder);
      assert.ok(files.includes("parley.db-wal"));
      for (const file of files) assert.equal(modeOf(join(folder, file)), 0o600, file);
      await store.close();
    } finally {
      process.umask(umask);
    }
  });

  it("is one file again when it was closed", async () => {
    await storeWithRun("run_1");
    assert.deepEqual(readdirSync(folder), ["parley.db"]);
  });

  for (const { pragma, value } of [
    { pragma: "journal_mode", value: "wal" },
    { pragma: "synchronous", value: 2 }, // FULL: the WAL is synced before COMMIT answers
    { pragma: "foreign_keys", value: 0 },
    { pragma: "cache_size", value: -4096 },
  ]) {
    it(`is opened with ${pragma} = ${value}`, async () => {
      await storeWithRun("run_1");
      const db = new Database(path);
      assert.equal(db.get<Record<string, unknown>>(`PRAGMA ${pragma}`)?.[pragma], value);
      db.close();
    });
  }
});

describe("an existing store", () => {
  it("becomes private when others could read it", async () => {
    await storeWithRun("run_1");
    chmodSync(path, 0o644);
    await storeWithRun("run_2");
    assert.equal(modeOf(path), 0o600);
  });

  it("of this version is opened as it is, without a copy", async () => {
    await storeWithRun("run_1");
    await storeWithRun("run_2");
    assert.equal(existsSync(join(folder, "backups")), false);
  });

  it("of an older version is copied first, then migrated", async () => {
    await storeWithRun("run_1");
    const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    const store = await openSqliteStore({ path, migrations: [...ours, colours], nowMs: () => nowMs });
    assert.equal((await store.readRun("run_1"))?.start.runId, "run_1");
    await store.close();
    const copy = join(folder, "backups", `parley-v${ours.length}-20260102T030405006Z.db`);
    assert.equal(modeOf(copy), 0o600);
    assert.equal(modeOf(join(folder, "backups")), 0o700);
    // The copy is the way back: the version before opens it.
    const before = await openSqliteStore({ path: copy });
    assert.equal((await before.readRun("run_1"))?.start.runId, "run_1");
    await before.close();
  });

  it("stays at its version when one of several migrations fails, and the older parley still opens it", async () => {
    await storeWithRun("run_1");
    await assert.rejects(openSqliteStore({ path, migrations: [...ours, colours, broken] }), /nonsense/);
    const store = await openSqliteStore({ path });
    assert.equal((await store.readRun("run_1"))?.start.runId, "run_1");
    await store.close();
  });

  it("is migrated once", async () => {
    await storeWithRun("run_1");
    for (let time = 0; time < 2; time += 1) {
      await (await openSqliteStore({ path, migrations: [...ours, colours] })).close();
    }
    assert.equal(readdirSync(join(folder, "backups")).length, 1);
  });
});

describe("a store of a newer version", () => {
  it("is refused with a clear error, and nothing is written", async () => {
    await (await openSqliteStore({ path, migrations: [...ours, colours] })).close();
    const bytes = readFileSync(path);
    await assert.rejects(openSqliteStore({ path }), (error: unknown) => {
      assert.ok(error instanceof StoreVersionError);
      assert.equal(error.found, ours.length + 1);
      assert.equal(error.supported, ours.length);
      assert.match(error.message, /newer parley/);
      return true;
    });
    assert.deepEqual(readdirSync(folder), ["parley.db"]);
    assert.deepEqual(readFileSync(path), bytes);
  });

  it("is refused too when its new version still lies in the WAL only", async () => {
    const running = await openSqliteStore({ path });
    await write(running, insertRun("run_1"));
    const other = new DatabaseSync(path);
    other.exec(`PRAGMA user_version = ${ours.length + 5}`);
    // As a kill -9 would leave it: the file, and a WAL that nobody has put into it.
    const left = join(folder, "left.db");
    copyFileSync(path, left);
    copyFileSync(`${path}-wal`, `${left}-wal`);
    other.close();
    await running.close();
    await assert.rejects(openSqliteStore({ path: left }), StoreVersionError);
  });
});

describe("a file that is not a store", () => {
  for (const { name, make } of [
    { name: "of text", make: () => writeFileSync(path, "hello, this is not a database at all".repeat(10)) },
    {
      name: "of another program",
      make: () => {
        const file = new DatabaseSync(path);
        file.exec("PRAGMA application_id = 7; CREATE TABLE notes (a)");
        file.close();
      },
    },
  ]) {
    it(`${name} is refused and stays as it is`, async () => {
      make();
      const bytes = readFileSync(path);
      await assert.rejects(openSqliteStore({ path }), /not a (database|store)/);
      assert.deepEqual(readFileSync(path), bytes);
    });
  }

  it("but empty, as a crash at its creation leaves it, becomes one", async () => {
    writeFileSync(path, "");
    await storeWithRun("run_1");
  });

  it("another program's database without an application id is refused as well", async () => {
    const file = new DatabaseSync(path);
    file.exec("CREATE TABLE notes (a)");
    file.close();
    await assert.rejects(openSqliteStore({ path }), /not a store/);
    const again = new DatabaseSync(path);
    assert.deepEqual(
      again
        .prepare("SELECT name FROM sqlite_schema")
        .all()
        .map((row) => row.name),
      ["notes"],
    );
    again.close();
  });
});

describe("a backup", () => {
  it("leaves nothing behind when it cannot be written", async () => {
    const store = await openSqliteStore({ path });
    await assert.rejects(store.backup(join(folder, "no", "such", "folder.db")));
    await store.commit(aCommit({ rows: [insertRun("run_1")] }));
    await store.close();
    assert.deepEqual(readdirSync(folder), ["parley.db"]);
  });

  it("is finished before the store closes", async () => {
    const store = await openSqliteStore({ path });
    await write(store, insertRun("run_1"));
    const copy = join(folder, "copy.db");
    const backup = store.backup(copy);
    await store.close();
    await backup;
    const copied = await openSqliteStore({ path: copy });
    assert.deepEqual(await copied.listRunIds(5), ["run_1"]);
    await copied.close();
  });

  it("succeeds every time while commits come in, and holds each of them whole or not at all", async () => {
    const store = await openSqliteStore({ path });
    let written = 0;
    let busy = true;
    const writer = async (_: unknown, lane: number) => {
      for (let at = 0; busy; at += 1) {
        const runId = `run_${lane}_${at}`;
        const body = "x".repeat(20_000);
        await write(store, insertRun(runId), { op: "putContent", contentId: runId, runId, sha256: "0", body });
        written += 1;
      }
    };
    const writing = Promise.all(Array.from({ length: 8 }, writer));
    for (let at = 0; at < 6; at += 1) {
      const before = written;
      await store.backup(join(folder, `copy-${at}.db`));
      const copied = await openSqliteStore({ path: join(folder, `copy-${at}.db`) });
      const runs = await copied.listRunIds(100_000);
      await copied.close();
      assert.ok(runs.length >= before && runs.length <= written + 8, `${before} <= ${runs.length} <= ${written}`);
    }
    busy = false;
    await writing;
    await store.close();
  });
});
