// Whether parley answers. A short gap is nobody's business; a longer one is said in one line, with the last sign of life.

import { type Cell, cell } from "../ui/cell.ts";

/** A restart of the daemon takes less; the person would only see a flicker. */
const PATIENCE_MS = 3_000;

export interface Connection {
  /** When something was heard last, while the line is down; undefined while all is well. */
  readonly downSince: Cell<number | undefined>;
  /** Grows each time the line comes back: whoever shows something reads it again. */
  readonly returns: Cell<number>;
  heard(): void;
  lost(): void;
}

export function createConnection(nowMs: () => number = Date.now): Connection {
  const downSince = cell<number | undefined>(undefined);
  const returns = cell(0);
  let lastMs = nowMs();
  let timer: number | undefined;
  return {
    downSince,
    returns,
    heard() {
      lastMs = nowMs();
      const wasLost = timer !== undefined || downSince.get() !== undefined;
      clearTimeout(timer);
      timer = undefined;
      downSince.set(undefined);
      if (wasLost) returns.set(returns.get() + 1);
    },
    lost() {
      if (downSince.get() !== undefined) return;
      timer ??= setTimeout(() => downSince.set(lastMs), PATIENCE_MS);
    },
  };
}
