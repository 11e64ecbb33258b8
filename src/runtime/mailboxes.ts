// Mailboxes: work for one key runs one after the other, work for different keys side by side (P-6).
//
//   B1. A task begins only when the previous task of its key has settled, whatever its outcome.
//   B2. An idle key costs nothing: its entry is gone.
//   B3. Past the bound a task is refused with `service_unavailable`, it never waits without a limit.

import { ParleyError } from "#protocol/errors.ts";

export class Mailboxes {
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #maxTasks: number;
  #tasks = 0;

  constructor(maxTasks: number) {
    this.#maxTasks = maxTasks;
  }

  /** Runs `task` after everything given before for the same key. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    if (this.#tasks >= this.#maxTasks) {
      return Promise.reject(new ParleyError("service_unavailable", { retryAfter: 1 }));
    }
    this.#tasks += 1;
    const previous = this.#tails.get(key);
    const current = previous ? previous.then(task, task) : task();
    this.#tails.set(key, current);
    const settle = () => {
      this.#tasks -= 1;
      if (this.#tails.get(key) === current) this.#tails.delete(key);
    };
    current.then(settle, settle);
    return current;
  }

  /** Tasks that wait or run. */
  get size(): number {
    return this.#tasks;
  }

  /** Resolves when nothing waits or runs. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.allSettled(this.#tails.values());
  }
}
