// The lock of a home: at most one daemon has it.
//
// Node has no flock. An exclusive transaction on a small SQLite file of its own is an operating-system lock: it waits
// for a given time, and it is free the moment its process is gone, however it went.
//
//   K1. Nothing else may open the file: closing any descriptor of it would free the (POSIX) lock of this process.
//   K2. The handle must stay referenced; a collected one frees the lock.

import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { readDaemonFile, removeDaemonFile } from "./daemon-file.ts";
import { type Home, HomeUnusableError } from "./home.ts";

export interface HomeLock {
  /** Frees the lock; again does nothing. */
  release(): void;
}

/** Another daemon runs on this home. */
export class HomeBusyError extends Error {
  readonly root: string;
  /** Of the other one, when it left word. */
  readonly pid: number | undefined;
  readonly url: string | undefined;
  constructor(home: Home) {
    const other = readDaemonFile(home);
    const who = other === undefined ? "Another daemon" : `The daemon with process id ${other.pid} at ${other.url}`;
    super(`${who} is running on the home ${home.root}. Stop it first, or set PARLEY_HOME to another folder.`);
    this.name = "HomeBusyError";
    this.root = home.root;
    this.pid = other?.pid;
    this.url = other?.url;
  }
}

/** A predecessor that was killed a moment ago may still be dying. */
export const LOCK_TIMEOUT_MS = 3000;

/**
 * Takes the lock of a prepared home, or throws {@link HomeBusyError} after `timeoutMs`. The wait blocks the process:
 * there is nothing it could do without the lock.
 */
export function acquireLock(home: Home, { timeoutMs = LOCK_TIMEOUT_MS }: { timeoutMs?: number } = {}): HomeLock {
  const file = openLockFile(home, timeoutMs);
  try {
    file.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw new HomeBusyError(home);
    throw new HomeUnusableError(home.lock, `cannot be locked (${(error as Error).message})`, error);
  }
  removeDaemonFile(home); // a killed predecessor's
  return {
    release() {
      if (file.isOpen) file.close();
    },
  };
}

const SQLITE_BUSY = 5;

function openLockFile(home: Home, timeoutMs: number): DatabaseSync {
  try {
    const file = new DatabaseSync(home.lock, { timeout: timeoutMs });
    chmodSync(home.lock, 0o600);
    return file;
  } catch (error) {
    throw new HomeUnusableError(home.lock, `cannot be opened (${(error as Error).message})`, error);
  }
}
