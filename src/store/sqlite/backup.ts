// Copies of the whole store.
//
//   A1. A copy appears under its name only when it is complete and synced, readable by its owner only.
//   A2. Commits go on while it is made; each is in the copy as a whole or not at all.

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Database } from "./database.ts";
import { createPrivateFile } from "./file.ts";

/** Rejects when there is a file at `path`. */
export async function copyStore(db: Database, path: string): Promise<void> {
  if (existsSync(path)) throw new Error(`${path} exists: a backup is a new file.`);
  const partial = `${path}.partial`;
  // Left behind by a process that died while it copied.
  rmSync(partial, { force: true });
  createPrivateFile(partial);
  try {
    await db.copyTo(partial);
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
