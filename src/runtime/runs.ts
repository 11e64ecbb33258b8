// Runs: the shell around the engine. Load, decide, commit, and only then believe it.
//
//   R1. Decisions on one run are made one after the other (its mailbox); different runs do not wait for each other.
//   R2. Hot state advances only after the commit resolved; a commit that did not go through drops it.
//   R3. A stale sequence means that somebody else wrote: load again, decide again.
//   R4. What a decision caused (effects, timers, lanes) is picked up from the committed rows, never from memory.

import { advance } from "#engine/advance.ts";
import { type Decision, patchOf } from "#engine/draft.ts";
import type { Command, EngineEnvironment, Inputs } from "#engine/engine.ts";
import type { Graph } from "#engine/graph.ts";
import { initialState, type RunState } from "#engine/state.ts";
import type { Clock } from "#ports/clock.ts";
import type { Ids } from "#ports/ids.ts";
import type { Guard, RowOp, RunStart } from "#ports/rows.ts";
import type { Commit, CommitOutcome, Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { Graphs } from "./graphs.ts";
import { foldRun } from "./history.ts";
import { Lru } from "./lru.ts";
import { Mailboxes } from "./mailboxes.ts";

/** A run as it stands in memory: equal to the fold of its durable log. */
export interface HotRun {
  graph: Graph;
  state: RunState;
}

/** What else goes into the commit of a decision, all or nothing with it. */
export interface Extras {
  guards?: Guard[];
  /** Written before the decision's own rows. */
  rows?: RowOp[];
}

/** What a command means: how the run shall be told, and what else is committed, given the state it leads to. */
export interface Order {
  command: Command;
  extras?: (next: RunState) => Extras;
}

export type Dispatched =
  | { outcome: "done"; run: HotRun; changed: boolean }
  | { outcome: "guard_failed"; guard: Guard; existing: unknown }
  | { outcome: "no_run" };

export type HandOver = (start: RunStart, events: readonly RunEvent[], nowMs: number) => RowOp[];

export interface RunsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  environment: EngineEnvironment;
  graphs: Graphs;
  /** Runs kept folded in memory. */
  maxHotRuns: number;
  /** Decisions that may wait at the same time over all runs. */
  maxQueuedDecisions: number;
  /** Rows that hand events to who subscribed to them, for the commit that writes the events. */
  handOver?: HandOver;
}

/** Somebody else wrote first: that often in a row means that something is wrong. */
const MAX_STALE_RETRIES = 20;
const CONTINUE_RETRY_MS = 1_000;
const COMMIT_RETRY_DELAYS_MS = [10, 50, 250];

export class Runs {
  readonly #deps: RunsDeps;
  readonly #hot: Lru<string, HotRun>;
  readonly #mailboxes: Mailboxes;
  readonly #bootMs: number;

  constructor(deps: RunsDeps) {
    this.#deps = deps;
    this.#hot = new Lru(deps.maxHotRuns);
    this.#mailboxes = new Mailboxes(deps.maxQueuedDecisions);
    this.#bootMs = deps.clock.nowMs();
  }

  /**
   * Creates a run. With `begin` its first decision is part of the same commit (a run of pure nodes is then already
   * over); without, the run stays pending until a `start` command. `apart`: it stays pending and is marked unfinished, for
   * whoever brings it its events (a fork).
   */
  create(start: RunStart, graph: Graph, begin: boolean | "apart", extras: Extras = {}): Promise<Dispatched> {
    return this.#mailboxes.run(start.runId, async () => {
      const before = initialState(start, graph.defaults);
      const decision =
        begin === true
          ? advance(this.#deps.environment, graph, before, { type: "start" }, this.#inputs())
          : { state: before, events: [], rows: [], unfinished: false };
      const run = { start, ...patchOf(decision.state, decision.unfinished || begin === "apart") };
      const rows: RowOp[] = [...(extras.rows ?? []), { op: "insertRun", run }, ...withoutIdleEnd(decision)];
      rows.push(...this.#handedOver(start, decision));
      const outcome = await this.#commit(toCommit(this.#deps.ids, before, decision, rows, extras.guards ?? []));
      if (outcome.outcome === "guard_failed") return outcome;
      if (outcome.outcome === "stale_sequence") throw new Error(`run id ${start.runId} is taken`);
      const hot = { graph, state: decision.state };
      this.#keep(hot, outcome);
      if (decision.unfinished) this.#continueSoon(start.runId);
      return { outcome: "done", run: hot, changed: true };
    });
  }

  /**
   * Gives a run a command. `build` sees the state the command will be decided on and may throw to refuse; it can run
   * more than once. Extras are committed even when the command no longer changes the run.
   */
  dispatch(runId: string, build: (run: HotRun) => Order): Promise<Dispatched> {
    return this.#mailboxes.run(runId, () => this.#decide(runId, build));
  }

  async #decide(runId: string, build: (run: HotRun) => Order): Promise<Dispatched> {
    for (let attempt = 0; attempt < MAX_STALE_RETRIES; attempt += 1) {
      const hot = await this.load(runId);
      if (!hot) return { outcome: "no_run" };
      const order = build(hot);
      const decision = advance(this.#deps.environment, hot.graph, hot.state, order.command, this.#inputs());
      const extras = order.extras?.(decision.state);
      if (isEmpty(decision) && !hasExtras(extras)) return { outcome: "done", run: hot, changed: false };
      const outcome = await this.#commitDecision(hot.state, decision, extras);
      if (outcome.outcome === "stale_sequence") {
        this.#hot.delete(runId);
        continue;
      }
      if (outcome.outcome === "guard_failed") return outcome;
      const next = { graph: hot.graph, state: decision.state };
      this.#keep(next, outcome);
      if (decision.unfinished) this.#continueSoon(runId);
      return { outcome: "done", run: next, changed: !isEmpty(decision) };
    }
    throw new ParleyError("service_unavailable", { runId, retryAfter: 1 });
  }

  #commitDecision(before: RunState, decision: Decision, extras: Extras = {}): Promise<CommitOutcome> {
    const rows: RowOp[] = [...(extras.rows ?? []), ...decision.rows];
    if (!isEmpty(decision)) {
      const patch = patchOf(decision.state, decision.unfinished);
      rows.push({ op: "updateRun", runId: before.start.runId, patch });
    }
    rows.push(...this.#handedOver(before.start, decision));
    return this.#commit(toCommit(this.#deps.ids, before, decision, rows, extras.guards ?? []));
  }

  #handedOver(start: RunStart, { events }: Decision): RowOp[] {
    const { handOver, clock } = this.#deps;
    return handOver && events.length > 0 ? handOver(start, events, clock.nowMs()) : [];
  }

  /** Decisions that wait or are made, over all runs. */
  get waiting(): number {
    return this.#mailboxes.size;
  }

  /** The folded state of a run if it is in memory; costs nothing. */
  peek(runId: string): HotRun | undefined {
    return this.#hot.get(runId);
  }

  /** The run was removed from the store. */
  forget(runId: string): void {
    this.#hot.delete(runId);
  }

  /** The run as it stands when every decision given before is durable. */
  settled(runId: string): Promise<HotRun | undefined> {
    return this.#mailboxes.run(runId, () => this.load(runId));
  }

  /** The folded state of a run, from memory or from its log. */
  async load(runId: string): Promise<HotRun | undefined> {
    const known = this.#hot.get(runId);
    if (known) return known;
    const row = await this.#deps.store.readRun(runId);
    if (!row) return undefined;
    const graph = await this.#deps.graphs.load(row.start.definitionHash);
    const hot = { graph, state: await foldRun(this.#deps.store, row.start, graph) };
    this.#hot.set(runId, hot);
    return hot;
  }

  /** Commits; an unclear failure is repeated with the same id, so that nothing is written twice. */
  async #commit(commit: Commit): Promise<CommitOutcome> {
    for (const delayMs of COMMIT_RETRY_DELAYS_MS) {
      try {
        return await this.#deps.store.commit(commit);
      } catch (error) {
        if (error instanceof ParleyError) throw error;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
    return this.#deps.store.commit(commit);
  }

  #keep(hot: HotRun, outcome: CommitOutcome): void {
    const { runId } = hot.state.start;
    // Masked on the way in, or written by an earlier try of ours: what is durable is the truth.
    if (outcome.outcome !== "committed" || !outcome.verbatim) this.#hot.delete(runId);
    else this.#hot.set(runId, hot);
  }

  #continueSoon(runId: string): void {
    // The row is marked unfinished: should this process end before it works, the next boot goes on.
    this.dispatch(runId, () => ({ command: { type: "continue" } })).catch(() => {
      setTimeout(() => this.#continueSoon(runId), CONTINUE_RETRY_MS).unref();
    });
  }

  #inputs(): Inputs {
    return { nowMs: this.#deps.clock.nowMs(), ids: this.#deps.ids, bootMs: this.#bootMs };
  }

  /** Resolves when no decision waits or runs. */
  drained(): Promise<void> {
    return this.#mailboxes.drained();
  }
}

function toCommit(ids: Ids, before: RunState, decision: Decision, rows: RowOp[], guards: Guard[]): Commit {
  const { runId } = before.start;
  const lines = decision.events.map((event) => JSON.stringify(event));
  return {
    commitId: ids.next("cmt"),
    guards,
    appends: lines.length === 0 ? [] : [{ stream: runId, expectedSequence: before.lastSequence + 1, lines }],
    rows,
  };
}

function isEmpty(decision: Decision): boolean {
  return decision.events.length === 0 && decision.rows.length === 0;
}

function hasExtras(extras: Extras | undefined): boolean {
  return (extras?.rows?.length ?? 0) > 0 || (extras?.guards?.length ?? 0) > 0;
}

/** A run that is over in its first commit has no rows to clean up, unless the decision put some there. */
function withoutIdleEnd(decision: Decision): RowOp[] {
  const puts = decision.rows.some(
    (row) => row.op === "putEffect" || row.op === "putTimer" || row.op === "putInterrupt",
  );
  return puts ? decision.rows : decision.rows.filter((row) => row.op !== "endRun");
}
