// parley restore: puts a backup in the place of the store. What the backup had not sent yet is parked as `unknown`:
// it may have been sent after the backup was made, and is never sent again by itself.

import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "#platform/clock.ts";
import { type Home, HomeUnusableError, homeAt, homeRoot, prepareHome } from "#platform/home.ts";
import { createIds } from "#platform/ids.ts";
import { acquireLock, HomeBusyError } from "#platform/lock.ts";
import { createMasker } from "#platform/masking.ts";
import type { Ids } from "#ports/ids.ts";
import type { Store } from "#ports/store.ts";
import { noStopPoint } from "#runtime/stop-points.ts";
import { StoreVersionError } from "#store/sqlite/file.ts";
import { openStore } from "./open-store.ts";

/** 0: done; 1: refused, nothing was changed; 2: wrong use. */
export async function restore(argv: string[]): Promise<number> {
  const json = argv.includes("--json");
  const [file, ...more] = argv.filter((argument) => argument !== "--json");
  if (file === undefined || more.length > 0 || file.startsWith("-")) {
    process.stderr.write("usage: parley restore BACKUP [--json]\n");
    return 2;
  }
  const home = homeAt(homeRoot(process.env));
  try {
    const result = await restoreFrom(home, resolve(file));
    const text = `Restored. ${result.parked} unsent rows are parked as unknown. The store before: ${result.before}`;
    process.stdout.write(`${json ? JSON.stringify(result) : text}\n`);
    return 0;
  } catch (error) {
    const known = [HomeBusyError, HomeUnusableError, StoreVersionError, RestoreRefused].some(
      (type) => error instanceof type,
    );
    if (!known) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

class RestoreRefused extends Error {}

async function restoreFrom(home: Home, file: string): Promise<{ before: string; parked: number }> {
  if (!existsSync(file)) throw new RestoreRefused(`There is no backup ${file}.`);
  prepareHome(home);
  const lock = acquireLock(home, { timeoutMs: 200 });
  try {
    const fresh = `${home.database}.restoring`;
    removeDatabase(fresh);
    copyFileSync(file, fresh);
    // The copy is prepared completely before it takes the place of what is there.
    const parked = await parkUnsent({ ...home, database: fresh }).catch((error) => {
      removeDatabase(fresh);
      if (error instanceof StoreVersionError) throw error;
      throw new RestoreRefused(`${file} is not a backup of parley: ${(error as Error).message}`);
    });
    const before = join(home.backups, `before-restore-${Date.now()}.db`);
    await keepCurrent(home, before);
    removeDatabase(home.database);
    renameSync(fresh, home.database);
    return { before: existsSync(before) ? before : "none", parked };
  } finally {
    lock.release();
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
}

async function keepCurrent(home: Home, target: string): Promise<void> {
  if (!existsSync(home.database)) return;
  const store = await openQuietly(home);
  await store.backup(target);
  await store.close();
}

async function parkUnsent(home: Home): Promise<number> {
  const store = await openQuietly(home);
  const ids = createIds(systemClock);
  const farFuture = Number.MAX_SAFE_INTEGER;
  let parked = 0;
  try {
    parked += await parkEffects(store, ids);
    for (;;) {
      const rows = await store.listDueOutbox(farFuture, PAGE);
      if (rows.length === 0) return parked;
      parked += rows.length;
      await store.commit({
        commitId: ids.next("cmt"),
        guards: [],
        appends: [],
        rows: rows.map((row) => ({
          op: "settleOutbox",
          outboxId: row.outboxId,
          state: "unknown",
          attempts: row.attempts,
          dueMs: row.dueMs,
          lastError: "restored from a backup: it may have been sent after the backup was made",
        })),
      });
    }
  } finally {
    await store.close();
  }
}

/** Planned effects that may not be repeated count as begun: the next start reports them as interrupted. */
async function parkEffects(store: Store, ids: Ids): Promise<number> {
  let parked = 0;
  let after: string | undefined;
  for (;;) {
    const page = await store.listOpenEffects(PAGE, after);
    const risky = page.filter((effect) => effect.class === "unkeyed" && effect.state === "planned");
    parked += risky.length;
    await store.commit({
      commitId: ids.next("cmt"),
      guards: [],
      appends: [],
      rows: risky.map(({ effectId }) => ({ op: "startEffect", effectId })),
    });
    after = page.at(-1)?.effectId;
    if (page.length < PAGE) return parked;
  }
}

const PAGE = 500;

function openQuietly(home: Home): Promise<Store> {
  const logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => logger };
  return openStore({ home, clock: systemClock, logger, masker: createMasker(), stopPoint: noStopPoint });
}

function silent(): void {}
