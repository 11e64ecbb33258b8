// The SQLite store of a home: opens the file, brings it to this version, and puts the port together.
//
// Everything runs on the main thread and on one connection: a group of commits is one synchronous piece of work, so a
// read never sees half of it, and a prepared read takes microseconds.

import type { Store } from "#ports/store.ts";
import { Listeners, type OnError, warn } from "../listeners.ts";
import { type Mask, maskCommit } from "../masking.ts";
import { brokenCommit, storeClosed } from "../refusals.ts";
import { copyStore } from "./backup.ts";
import { Database } from "./database.ts";
import { prepareFile } from "./file.ts";
import { GroupCommit, type StoreStopPoint } from "./group-commit.ts";
import { prune } from "./marks.ts";
import { migrate, newestOf } from "./migrate.ts";
import { type Migration, migrations as ours } from "./migrations/index.ts";
import type { Reading } from "./reading.ts";
import { readsOf } from "./reads.ts";

export interface SqliteStoreOptions {
  /** The database file; its folder must exist. Created with mode 0600. */
  path: string;
  nowMs?: () => number;
  /** Masks registered secrets in everything that is written. */
  mask?: Mask;
  /** Hears what listeners throw. */
  onError?: OnError;
  hooks?: { stopPoint?: (name: StoreStopPoint) => void };
  /** Commits that may wait for the disk. */
  maxQueuedCommits?: number;
  /** The schema's history: tests bring their own. */
  migrations?: readonly Migration[];
}

const MAX_QUEUED_COMMITS = 20_000;

/** Rejects with `StoreVersionError` when the file was written by a newer parley; then nothing was changed. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, nowMs = Date.now, migrations = ours } = options;
  prepareFile(path, newestOf(migrations));
  const db = new Database(path);
  try {
    await migrate(db, path, migrations, nowMs());
    return storeOver(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

function storeOver(db: Database, options: SqliteStoreOptions): Store {
  const listeners = new Listeners(options.onError ?? warn);
  const groups = new GroupCommit({
    db,
    listeners,
    nowMs: options.nowMs ?? Date.now,
    stopPoint: options.hooks?.stopPoint ?? (() => undefined),
    maxQueued: options.maxQueuedCommits ?? MAX_QUEUED_COMMITS,
  });
  const copies = new Set<Promise<void>>();
  let closed: Promise<void> | undefined;

  const reading: Reading =
    <A extends unknown[], T>(read: (db: Database, ...args: A) => T) =>
    async (...args: A): Promise<T> => {
      if (closed) throw storeClosed();
      return read(db, ...args);
    };

  const end = async () => {
    groups.close();
    await Promise.allSettled(copies);
    db.close();
  };

  return {
    async commit(commit) {
      requireWholeLines(commit.appends);
      return groups.commit(maskCommit(commit, options.mask));
    },
    subscribe: (listener) => listeners.subscribe(listener),

    ...readsOf(reading),
    prune: reading(prune),

    async backup(path) {
      if (closed) throw storeClosed();
      const copy = copyStore(db, path).finally(() => copies.delete(copy));
      copies.add(copy);
      return copy;
    },

    async close() {
      closed ??= end();
      return closed;
    },
  };
}

/** A line break inside a line would make two events of one. */
function requireWholeLines(appends: readonly { lines: readonly string[] }[]): void {
  for (const { lines } of appends) {
    if (lines.some((line) => line.includes("\n"))) throw brokenCommit("a line of the log holds a line break");
  }
}
