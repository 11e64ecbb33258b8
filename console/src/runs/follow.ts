// A run and its child runs, followed live: the run by one stream, the children by pages read anew while they go on.
//
//   F1. Children are found in the events that name them (`childRunId`), at most MOST_RUNS in all.
//   F2. Events stand once, in the order of their sequence within a run.

import { type Api, messageOf, pathOfRun } from "../api/client.ts";
import { openStream, type Stream } from "../api/stream.ts";
import type { RunEvent, RunSummary } from "../api/types.ts";
import { type Cell, cell } from "../ui/cell.ts";
import type { FollowedRun } from "./followed-run.ts";

const MOST_RUNS = 24;
const POLL_MS = 1_500;
const FLUSH_MS = 50;
/** More events of one run are not drawn; the list says so. */
export const MOST_EVENTS = 5_000;

export interface Followed {
  /** Parents before their children. */
  runs: readonly FollowedRun[];
  error?: string;
}

/** Told how the line is. */
export interface Line {
  up(): void;
  down(): void;
}

export class RunFollower {
  readonly state: Cell<Followed> = cell<Followed>({ runs: [] });
  readonly #api: Api;
  readonly #runId: string;
  readonly #line: Line;
  readonly #summaries = new Map<string, RunSummary>();
  readonly #logs = new Map<string, RunEvent[]>();
  /** How deep each known run lies; parents come before their children. */
  readonly #depths: Map<string, number>;
  readonly #stream: Stream;
  readonly #timer: number;
  #flush: number | undefined;
  #isClosed = false;
  #isReading = false;

  constructor(api: Api, runId: string, line: Line) {
    this.#api = api;
    this.#runId = runId;
    this.#line = line;
    this.#depths = new Map([[runId, 0]]);
    this.#timer = setInterval(() => {
      const isAllOver = [...this.#depths.keys()].every((id) => this.#isOver(id));
      if (!isAllOver && !document.hidden) void this.#readAll();
    }, POLL_MS);
    void this.#readAll();
    // Two modes, so that every frame comes under one of two names, whatever the type of its event.
    const url = `${pathOfRun(runId)}/events?streamMode=updates,debug`;
    this.#stream = openStream(url, ["updates", "debug"], {
      onOpen: () => line.up(),
      onDown: () => this.#down(),
      onFrame: (_, data) => this.#hear(data),
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#flush);
    this.#stream.close();
  }

  /** The stream of a run that is over ends by itself; that is no broken line. */
  #down(): void {
    if (this.#isOver(this.#runId)) this.#stream.close();
    else this.#line.down();
  }

  #hear(data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    this.#add(this.#runId, [data as RunEvent]);
    this.#line.up();
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      this.#publish();
      void this.#readAll();
    }, FLUSH_MS);
  }

  #add(runId: string, events: readonly RunEvent[]): void {
    const log = this.#logs.get(runId) ?? [];
    this.#logs.set(runId, log);
    for (const event of events) {
      if (event.sequence <= (log.at(-1)?.sequence ?? -1) || log.length >= MOST_EVENTS) continue;
      log.push(event);
      const child = event.payload.childRunId;
      if (typeof child === "string" && !this.#depths.has(child) && this.#depths.size < MOST_RUNS) {
        this.#depths.set(child, (this.#depths.get(runId) ?? 0) + 1);
      }
    }
  }

  async #readAll(): Promise<void> {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    try {
      if (!this.#isOver(this.#runId)) await this.#readSummary(this.#runId);
      // Reading a child may find its children: they are behind it in the same map.
      for (const id of this.#depths.keys()) {
        if (id !== this.#runId && !(this.#isOver(id) && this.#logs.has(id))) await this.#readChild(id);
      }
      this.#publish();
    } catch (error) {
      this.#publish(messageOf(error));
    } finally {
      this.#isReading = false;
    }
  }

  async #readSummary(runId: string): Promise<void> {
    this.#summaries.set(runId, await this.#api.get<RunSummary>(pathOfRun(runId)));
  }

  async #readChild(runId: string): Promise<void> {
    await this.#readSummary(runId);
    const { events } = await this.#api.get<{ events: RunEvent[] }>(`${pathOfRun(runId)}/events?streamMode=debug`);
    this.#add(runId, events);
  }

  #isOver(runId: string): boolean {
    return ["completed", "failed", "cancelled"].includes(this.#summaries.get(runId)?.status ?? "");
  }

  #publish(error?: string): void {
    if (this.#isClosed) return;
    const runs = [...this.#depths].flatMap(([runId, depth]) => {
      const run = this.#summaries.get(runId);
      return run ? [{ run, events: [...(this.#logs.get(runId) ?? [])], depth }] : [];
    });
    this.state.set({ runs, ...(error !== undefined && { error }) });
  }
}
