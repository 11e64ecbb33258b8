// Migrations: bring the file to the schema of this version.
//
//   V1. All missing migrations are one transaction: the file is at the old version or at the new one.
//   V2. Before a store that holds something is changed, a copy of it lies in `backups/` beside it (P-10).

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyStore } from "./backup.ts";
import type { Database } from "./database.ts";
import { APPLICATION_ID, StoreVersionError } from "./file.ts";
import type { Migration } from "./migrations/index.ts";

export async function migrate(
  db: Database,
  path: string,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<void> {
  const version = versionOf(db);
  const newest = newestOf(migrations);
  // The file's header may be older than its WAL: this is the answer that counts.
  if (version > newest) throw new StoreVersionError(path, version, newest);
  if (version === newest) return;
  if (version > 0) await snapshot(db, path, version, nowMs);
  applyMissing(db, migrations, version, nowMs);
}

export function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

function versionOf(db: Database): number {
  return db.get<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
}

async function snapshot(db: Database, path: string, version: number, nowMs: number): Promise<void> {
  const folder = join(dirname(path), "backups");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const time = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "");
  await copyStore(db, join(folder, `parley-v${version}-${time}.db`));
}

function applyMissing(db: Database, migrations: readonly Migration[], version: number, nowMs: number): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    for (const migration of migrations.slice(version)) {
      db.exec(migration.sql);
      const done = `migration ${migration.version} (${migration.name})`;
      db.run("INSERT INTO meta (key, value) VALUES (?, ?)", done, new Date(nowMs).toISOString());
    }
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${newestOf(migrations)}`);
    db.exec("COMMIT");
  } catch (error) {
    db.rollback();
    throw error;
  }
  // Into the file itself, so that another version sees it before it opens a connection.
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}
