// A store in memory for tests: correct, slow and hostile. It keeps the port's promises and nothing more.
//
//   O1. Commits are applied in the order of the calls, some turns after the call.
//   O2. Outcomes of commits that share a stream resolve in order; others overtake each other.
//   O3. Listeners hear in commit order, but before or after the outcome resolves, and never in the same turn.
//   O4. What goes in and out is a copy.

import { readFileSync, writeFileSync } from "node:fs";
import type { Commit, CommitOutcome, Store } from "#ports/store.ts";
import { Listeners, type OnError, warn } from "../listeners.ts";
import { type Mask, maskCommit } from "../masking.ts";
import { brokenCommit, queueFull, storeClosed } from "../refusals.ts";
import { applyCommit } from "./apply.ts";
import { waitingOn } from "./lanes.ts";
import type { Reading } from "./lists.ts";
import { countLoad } from "./load.ts";
import * as reads from "./reads.ts";
import { runControlReads } from "./run-control.ts";
import { Tables } from "./tables.ts";
import { timeReads } from "./time.ts";
import { Weather } from "./weather.ts";
import { webhookReads } from "./webhooks.ts";

export interface MemoryStoreOptions {
  /** In [0, 1); seeded, so that a failure can be repeated. */
  random: () => number;
  /** Most turns each step of a call waits; 0: none. Default 4. */
  maxTurns?: number;
  /** Longest real wait of a step in ms. Default 0: turns only. */
  delayMs?: number;
  nowMs?: () => number;
  mask?: Mask;
  onError?: OnError;
  maxQueuedCommits?: number;
  /** A file that `backup` wrote: begin with its contents. */
  from?: string;
}

export interface MemoryStore extends Store {
  /** The next commit rejects, before it was applied or after: then it may not be repeated under another id. */
  failNext(when: "before" | "after"): void;
  /** As kill -9: calls under way and later ones never resolve, what was not applied is lost, nobody is told more. */
  crash(): void;
  /** A new store over the durable contents of this one, which must have crashed or been closed. */
  reopen(): MemoryStore;
}

export function openMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { from } = options;
  return storeOver(from === undefined ? new Tables() : Tables.load(readFileSync(from, "utf8")), options);
}

function storeOver(tables: Tables, options: MemoryStoreOptions): MemoryStore {
  const { random, maxTurns = 4, delayMs: maxDelayMs = 0 } = options;
  const weather = new Weather({ random, maxTurns, maxDelayMs });
  const line = new Line(tables, weather, options);
  let state: "open" | "closed" | "crashed" = "open";

  const reading =
    <A extends unknown[], T>(read: (tables: Tables, ...args: A) => T) =>
    async (...args: A): Promise<T> => {
      if (state === "closed") throw storeClosed();
      const asked = structuredClone(args);
      await weather.wait();
      const answer = structuredClone(read(tables, ...asked));
      await weather.wait();
      return answer;
    };

  return {
    ...readsOf(reading),
    async commit(commit) {
      if (state === "closed") throw storeClosed();
      return line.commit(commit);
    },
    subscribe: (listener) => line.listeners.subscribe(listener),
    backup: reading((all, path: string) => writeFileSync(path, all.dump(), { flag: "wx", mode: 0o600 })),
    async close() {
      state = "closed";
      await line.drained();
    },
    failNext: (when) => weather.failNext(when),
    crash() {
      state = "crashed";
      weather.die();
    },
    reopen() {
      if (state === "open") throw new Error("this store still lives: crash or close it first");
      return storeOver(tables, options);
    },
  };
}

function readsOf(reading: Reading) {
  return {
    readRun: reading((all, runId: string) => all.runs.get(runId)),
    readLog: reading(reads.readLog),
    listRuns: reading(reads.listRuns),
    listUnfinishedRuns: reading(reads.listUnfinishedRuns),
    countLoad: reading(countLoad),
    readDefinition: reading((all, hash: string) => all.definitions.get(hash)),
    readWorkflow: reading((all, tenantId: string, workflowId: string) => all.workflows.get(tenantId, workflowId)),
    listWorkflows: reading(reads.listWorkflows),
    readInterrupt: reading((all, interruptId: string) => all.interrupts.get(interruptId)),
    findInterrupt: reading(reads.findInterrupt),
    listOpenInterrupts: reading(reads.listOpenInterrupts),
    readEffect: reading((all, effectId: string) => all.effects.get(effectId)),
    listOpenEffects: reading(reads.listOpenEffects),
    listDueTimers: reading(reads.listDueTimers),
    nextTimerDueMs: reading(reads.nextTimerDueMs),
    listDueOutbox: reading(reads.listDueOutbox),
    nextOutboxDueMs: reading(reads.nextOutboxDueMs),
    readOutbox: reading((all, outboxId: string) => all.outbox.get(outboxId)),
    readThread: reading((all, tenantId: string, threadId: string) => all.threads.get(tenantId, threadId)),
    listThreads: reading(reads.listThreads),
    readMessage: reading(reads.readMessage),
    readMessages: reading(reads.readMessages),
    listLane: reading((all, tenantId: string, threadId: string) =>
      waitingOn(all, tenantId, threadId).map((row) => row.runId),
    ),
    readContent: reading((all, contentId: string) => all.content.get(contentId)),
    readReceipt: reading(reads.readReceipt),
    readDedup: reading((all, scope: string, key: string) => all.dedup.get(scope, key)?.value),
    readApiKey: reading((all, keyId: string) => all.apiKeys.get(keyId)),
    listApiKeys: reading(reads.listApiKeys),
    readSecret: reading((all, name: string) => all.secrets.get(name)),
    listRunIds: reading(reads.listRunIds),
    listTimers: reading(reads.listTimers),
    listUnsettledOutbox: reading(reads.listUnsettledOutbox),
    listDedup: reading(reads.listDedup),
    ...webhookReads(reading),
    ...timeReads(reading),
    ...runControlReads(reading),
    prune: reading(reads.prune),
  };
}

/** The commits on their way, one behind the other. */
class Line {
  readonly listeners: Listeners;
  readonly #tables: Tables;
  readonly #weather: Weather;
  readonly #options: MemoryStoreOptions;
  readonly #answersOfStream = new Map<string, Promise<unknown>>();
  #applied: Promise<unknown> = Promise.resolve();
  #told: Promise<unknown> = Promise.resolve();
  readonly #pending = new Set<Promise<unknown>>();

  constructor(tables: Tables, weather: Weather, options: MemoryStoreOptions) {
    this.#tables = tables;
    this.#weather = weather;
    this.#options = options;
    this.listeners = new Listeners(options.onError ?? warn);
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    const { maxQueuedCommits = 20_000, mask } = this.#options;
    if (this.#pending.size >= maxQueuedCommits) throw queueFull();
    if (commit.appends.some(({ lines }) => lines.some((text) => text.includes("\n")))) {
      throw brokenCommit("a line of the log holds a line break");
    }
    const safe = maskCommit(structuredClone(commit), mask);
    const failure = this.#weather.takeFailure();
    const applied = this.#applied.then(() => this.#apply(safe.commit, safe.verbatim, failure));
    this.#applied = applied.catch(() => undefined);
    const answered = this.#inOrder(safe.commit, () => applied);
    const settled = answered.catch(() => undefined).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return answered;
  }

  async #apply(commit: Commit, verbatim: boolean, failure: "before" | "after" | undefined): Promise<CommitOutcome> {
    await this.#weather.wait();
    if (failure === "before") throw new Error("the store failed before the write (asked for)");
    const outcome = applyCommit(this.#tables, commit, verbatim, (this.#options.nowMs ?? Date.now)());
    if (outcome.outcome === "committed") this.#tell(commit, outcome);
    if (failure === "after") throw new Error("the store failed after the write (asked for)");
    return structuredClone(outcome);
  }

  #tell(commit: Commit, outcome: Extract<CommitOutcome, { outcome: "committed" }>): void {
    const { commitNumber, positions, laneNext } = outcome;
    const { appends, rows } = commit;
    const committed = structuredClone({ commitNumber, appends, rows, positions, laneNext });
    this.#told = this.#told.then(async () => {
      await this.#weather.wait();
      this.listeners.tell(committed);
    });
  }

  /** Answers after some turns more, behind earlier answers about the same streams. */
  async #inOrder(commit: Commit, outcome: () => Promise<CommitOutcome>): Promise<CommitOutcome> {
    const streams = commit.appends.map((append) => append.stream);
    const earlier = streams.map((stream) => this.#answersOfStream.get(stream));
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    for (const stream of streams) this.#answersOfStream.set(stream, answered);
    try {
      return await outcome();
    } finally {
      await this.#weather.wait();
      await Promise.all(earlier);
      resolve();
      for (const stream of streams) {
        if (this.#answersOfStream.get(stream) === answered) this.#answersOfStream.delete(stream);
      }
    }
  }

  /** Resolves when nothing is on its way and everyone was told. */
  async drained(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    await this.#told;
  }
}
