// Watching folders: one reload at a time, soon after the last change. What is watched is the path: a folder that is put
// in the place of another (restored, checked out anew) is watched like the one before.

import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Logger } from "#ports/logger.ts";

export interface Watching {
  /** Reloads now; resolves when that is done. */
  now(): Promise<void>;
  close(): void;
}

/** Editors write a file in several steps. */
const SETTLE_MS = 200;

/** Calls `reload` after changes in any of the folders. A folder that cannot be watched is told of in the log. */
export function watchFolders(folders: readonly string[], reload: () => Promise<void>, logger: Logger): Watching {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let running: Promise<void> = Promise.resolve();

  function now(): Promise<void> {
    const mine = running.then(() => (closed ? undefined : reload()));
    running = mine.catch(() => undefined);
    return mine;
  }

  function soon(): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(
      () => now().catch((error) => logger.error({ error }, "the roster could not be read again")),
      SETTLE_MS,
    );
    timer.unref();
  }

  const watchers = new Map(folders.map((folder) => [folder, watchFolder(folder, soon, logger)]));

  function watchAgain(folder: string): void {
    if (closed) return;
    watchers.get(folder)?.close();
    watchers.set(folder, watchFolder(folder, soon, logger));
    soon();
  }

  const parents = [...new Set(folders.map((folder) => dirname(folder)))].map((parent) => {
    const inside = folders.filter((folder) => dirname(folder) === parent);
    const onChange = (name: string | null) =>
      inside.filter((folder) => name === null || basename(folder) === name).forEach(watchAgain);
    return watchFolder(parent, onChange, logger);
  });
  return {
    now,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of [...watchers.values(), ...parents]) watcher?.close();
    },
  };
}

/** `onChange` gets the name of what changed, where the system tells it. */
function watchFolder(folder: string, onChange: (name: string | null) => void, logger: Logger): FSWatcher | undefined {
  const failed = (error: unknown) => logger.warn({ error, folder }, "the folder cannot be watched");
  try {
    const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name));
    watcher.on("error", failed);
    return watcher;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
