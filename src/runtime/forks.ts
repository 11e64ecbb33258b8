// Forks: copies the history of forked runs, and plays replays, in pages of bounded size (runs.md §14.2).
//
//   F1. A page is one commit. Where the fork stands follows from its own log, so that a crash costs nothing: the rest is
//       copied, or played, again from the source and what stands already is left out.
//   F2. One fork at a time; between two pages everything else gets its turn. Others wait in order, as rows.
//   F3. The last page of a branch's history opens what stood open (replay/open.ts) in the same commit.

import type { EngineEnvironment } from "#engine/engine.ts";
import type { Graph } from "#engine/graph.ts";
import type { Opening, RecordCommand } from "#engine/replay/command.ts";
import { createCopier } from "#engine/replay/copy.ts";
import { replayRun } from "#engine/replay/replay.ts";
import { isCopying, isEnded, type RunState } from "#engine/state.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { ForkRef } from "#ports/rows/fork.ts";
import type { InterruptRow } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { foldRun } from "./history.ts";
import type { HotRun, Runs } from "./runs.ts";
import { readEvents } from "./source-log.ts";
import type { StopPoint } from "./stop-points.ts";

export interface ForksDeps {
  store: Store;
  runs: Runs;
  environment: EngineEnvironment;
  ids: Ids;
  logger: Logger;
  stopPoint: StopPoint;
}

const RETRY_MS = 1_000;
/** What does not work by then does not work for a reason that waiting cannot mend; the next start tries again. */
const MAX_ATTEMPTS = 5;

/** Whether there is something left to copy or to play. */
export function isForkAtWork(state: RunState): boolean {
  const { fork } = state.start;
  if (!fork || isEnded(state)) return false;
  return fork.mode === "replay" || isCopying(state) || state.phase === "pending";
}

export class Forks {
  readonly #deps: ForksDeps;
  #queue: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(deps: ForksDeps) {
    this.#deps = deps;
  }

  /** Works on a fork whose row is durable, now or after those before it. */
  begin(runId: string): void {
    this.#queue = this.#queue.then(() => this.#workUntilDone(runId));
  }

  async #workUntilDone(runId: string): Promise<void> {
    for (let attempt = 1; !this.#stopping; attempt += 1) {
      try {
        return await this.#work(runId);
      } catch (error) {
        this.#deps.logger.error({ error, runId, attempt }, "a fork could not be worked on");
        if (attempt >= MAX_ATTEMPTS) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }

  async #work(runId: string): Promise<void> {
    const run = await this.#deps.runs.settled(runId);
    const fork = run?.state.start.fork;
    if (!run || !fork || !isForkAtWork(run.state)) return;
    const historyIds = await this.#copyHistory(run, fork);
    if (historyIds && fork.mode === "replay") await this.#replay(run, fork, historyIds);
  }

  /** Answers the ids of the source's events that are history; undefined: there is nothing more to do. */
  async #copyHistory(run: HotRun, fork: ForkRef): Promise<string[] | undefined> {
    const { start, lastSequence: stands } = run.state;
    const copier = createCopier(start.runId, fork.sourceRunId);
    const scene = new Scene();
    const ids: string[] = [];
    const isBranch = fork.mode === "branch";
    for await (const page of this.#source(run.graph, fork, { from: 0, through: fork.fromSeq - 1 })) {
      const copies = page.map((event) => copier.copy(event, event.sequence));
      for (const event of copies) scene.note(event);
      for (const { eventId } of page) ids.push(eventId);
      const fresh = copies.filter(({ sequence }) => sequence > stands);
      const isLast = copies.at(-1)?.sequence === fork.fromSeq - 1;
      const opening = isBranch && isLast ? await this.#openingOf(run, scene) : undefined;
      if (!(await this.#record(start.runId, fresh, opening))) return undefined;
    }
    if (isBranch && fork.fromSeq === 0) await this.#record(start.runId, [], await this.#openingOf(run, scene));
    return ids;
  }

  #source(graph: Graph, { sourceRunId }: ForkRef, range: { from: number; through: number }) {
    return readEvents(this.#deps.store, graph, sourceRunId, range);
  }

  async #openingOf({ state }: HotRun, { lastEvents, questions }: Scene): Promise<Opening> {
    const interrupts = new Map<string, InterruptRow>();
    for (const interruptId of questions.values()) {
      const row = await this.#deps.store.readInterrupt(interruptId);
      if (row) interrupts.set(interruptId, row);
    }
    return { lastEvents, interrupts, variables: state.start.fork?.variables ?? {} };
  }

  async #replay({ graph, state }: HotRun, fork: ForkRef, historyIds: string[]): Promise<void> {
    const { store, environment, ids } = this.#deps;
    const recorded: RunEvent[] = [];
    const range = { from: fork.fromSeq, through: fork.throughSeq };
    for await (const page of this.#source(graph, fork, range)) recorded.push(...page);
    const before = await foldRun(store, state.start, graph, fork.fromSeq - 1);
    const stands = (await this.#deps.runs.settled(state.start.runId))?.state.lastSequence ?? -1;
    for (const page of replayRun(environment, graph, before, { historyIds, recorded }, ids)) {
      const fresh = page.events.filter(({ sequence }) => sequence > stands);
      if (!(await this.#record(state.start.runId, fresh, undefined, page.rows))) return;
      // A replay waits for nothing: others are let in.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** False: the run takes no more events. */
  async #record(
    runId: string,
    events: RunEvent[],
    opening?: Opening,
    rows: RecordCommand["rows"] = [],
  ): Promise<boolean> {
    if (this.#stopping) return false;
    if (events.length === 0 && !opening) return true;
    const command: RecordCommand = {
      type: "record",
      fromSequence: events[0]?.sequence ?? 0,
      events,
      rows,
      ...(opening && { opening }),
    };
    const outcome = await this.#deps.runs.dispatch(runId, () => ({ command }));
    this.#deps.stopPoint("fork.page-written");
    return outcome.outcome === "done" && outcome.changed;
  }

  /** Waits for the page under way; the rest stays for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#queue;
  }
}

/** What the history leaves open: per node its last event, and the id of its open question. */
class Scene {
  readonly lastEvents = new Map<string, RunEvent>();
  readonly questions = new Map<string, string>();

  note(event: RunEvent): void {
    const { nodeId, type, payload } = event;
    if (nodeId === undefined) return;
    this.lastEvents.set(nodeId, event);
    if (type === "node.suspended") this.questions.set(nodeId, idOf(payload));
    if (type === "node.resumed" || type === "node.started") this.questions.delete(nodeId);
  }
}

function idOf({ interruptId }: JsonObject): string {
  return String(interruptId);
}
