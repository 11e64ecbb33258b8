// Group commit: everything committed within one turn of the event loop reaches the disk with one sync.
//
//   G1. Commits are applied in the order of the calls, each seeing what the earlier ones of its group wrote.
//   G2. Nothing is answered before COMMIT has returned. Then, in the same turn and in this order: promises are
//       resolved, listeners hear the group in commit-number order. So listeners have heard of a commit when the code
//       that awaits it goes on.
//   G3. One broken commit costs its neighbours nothing: the group is rolled back and each is written alone; only the
//       broken one rejects.
//   G4. The queue is bounded; past the bound a commit is refused at once with `service_unavailable`.

import type { Commit, CommitOutcome, Committed } from "#ports/store.ts";
import type { Listeners } from "../listeners.ts";
import { queueFull, storeClosed } from "../refusals.ts";
import type { Database } from "./database.ts";
import { lastCommitNumber } from "./marks.ts";
import { writeCommit } from "./write-commit.ts";

/** Where the crash suite ends the process. */
export type StoreStopPoint = "store.before-write" | "store.before-commit" | "store.after-commit";

export interface GroupCommitDeps {
  db: Database;
  listeners: Listeners;
  nowMs: () => number;
  stopPoint: (name: StoreStopPoint) => void;
  maxQueued: number;
}

/** A commit as it will be written. */
export interface SafeCommit {
  commit: Commit;
  verbatim: boolean;
}

interface Pending extends SafeCommit {
  resolve: (outcome: CommitOutcome) => void;
  reject: (error: unknown) => void;
}

/** Keeps one transaction short: at about 30 us each, reads and sockets wait 8 ms at most for a full group. */
const MAX_GROUP = 256;

export class GroupCommit {
  readonly #deps: GroupCommitDeps;
  #queue: Pending[] = [];
  #scheduled = false;
  #closed = false;
  #lastNumber: number;

  constructor(deps: GroupCommitDeps) {
    this.#deps = deps;
    this.#lastNumber = lastCommitNumber(deps.db);
  }

  commit(safe: SafeCommit): Promise<CommitOutcome> {
    if (this.#closed) return Promise.reject(storeClosed());
    if (this.#queue.length >= this.#deps.maxQueued) return Promise.reject(queueFull());
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...safe, resolve, reject });
      this.#schedule();
    });
  }

  /** setImmediate: after all sockets of this turn were read, so that their commits share the sync. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeNext();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #writeNext(): void {
    const group = this.#queue.splice(0, MAX_GROUP);
    if (group.length > 0) this.#write(group);
  }

  #write(group: readonly Pending[]): void {
    const { db, stopPoint } = this.#deps;
    const before = this.#lastNumber;
    let outcomes: CommitOutcome[];
    stopPoint("store.before-write");
    try {
      db.run("BEGIN IMMEDIATE");
    } catch (error) {
      // Nobody may write at the moment: trying one by one would only wait as many times.
      rejectAll(group, error);
      return;
    }
    try {
      outcomes = this.#writeEach(group);
      stopPoint("store.before-commit");
      db.run("COMMIT");
    } catch (error) {
      this.#lastNumber = before;
      this.#redo(group, error);
      return;
    }
    stopPoint("store.after-commit");
    this.#answer(group, outcomes);
  }

  #writeEach(group: readonly Pending[]): CommitOutcome[] {
    const nowMs = this.#deps.nowMs();
    return group.map((pending) => {
      const outcome = writeCommit(this.#deps.db, pending, this.#lastNumber + 1, nowMs);
      if (outcome.outcome === "committed") this.#lastNumber += 1;
      return outcome;
    });
  }

  #redo(group: readonly Pending[], error: unknown): void {
    try {
      this.#deps.db.rollback();
    } catch (rollbackError) {
      rejectAll(group, rollbackError);
      return;
    }
    if (group.length === 1) rejectAll(group, error);
    else for (const pending of group) this.#write([pending]);
  }

  #answer(group: readonly Pending[], outcomes: readonly CommitOutcome[]): void {
    const heard: Committed[] = [];
    group.forEach(({ commit, resolve }, at) => {
      const outcome = outcomes[at] as CommitOutcome;
      resolve(outcome);
      if (outcome.outcome !== "committed") return;
      const { commitNumber, positions, laneNext } = outcome;
      heard.push({ commitNumber, appends: commit.appends, rows: commit.rows, positions, laneNext });
    });
    for (const committed of heard) this.#deps.listeners.tell(committed);
  }

  /** Writes what waits, at once; later commits reject. */
  close(): void {
    this.#closed = true;
    while (this.#queue.length > 0) this.#writeNext();
  }
}

function rejectAll(group: readonly Pending[], error: unknown): void {
  for (const { reject } of group) reject(error);
}
