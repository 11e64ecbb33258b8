// Listeners of a store: who hears of commits (S4).
//
//   N1. A listener that throws is reported and stays; the others hear the commit all the same.
//   N2. Who subscribes while a commit is told hears from the next one on.

import type { Committed } from "#ports/store.ts";

export type Listener = (committed: Committed) => void;
/** Where errors go that have no caller to go to. `where` names the place. */
export type OnError = (error: unknown, where: string) => void;

export class Listeners {
  #entries: readonly { listener: Listener }[] = [];
  readonly #onError: OnError;

  constructor(onError: OnError) {
    this.#onError = onError;
  }

  subscribe(listener: Listener): () => void {
    const entry = { listener };
    this.#entries = [...this.#entries, entry];
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  tell(committed: Committed): void {
    for (const entry of this.#entries) {
      try {
        entry.listener(committed);
      } catch (error) {
        this.#onError(error, "store listener");
      }
    }
  }
}

/** Used when nobody gave an `onError`: visible, and never fatal. */
export function warn(error: unknown, where: string): void {
  process.emitWarning(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
