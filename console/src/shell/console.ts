// What the console knows besides the page that is open, and how it stays true. One object, made at the start.
//
//   C1. Lists are asked for again at a steady pace while the page is visible, and at once after an action of ours.
//   C2. One thread is live at a time: the one that is shown.

import { type Api, BASE, createApi } from "../api/client.ts";
import type { ModelsAnswer, PendingItem, RosterAnswer, ThreadSummary } from "../api/types.ts";
import { forgetDrafts } from "../chat/drafts.ts";
import { forgetCards } from "../chat/kept-cards.ts";
import { forgetOutgoing } from "../chat/kept-outgoing.ts";
import { LiveThread } from "../chat/live-thread.ts";
import { createReadMarks, type ReadMarks } from "../chat/read-marks.ts";
import { type Cell, cell } from "../ui/cell.ts";
import { presentMs } from "../ui/time.ts";
import { type Connection, createConnection } from "./connection.ts";
import { type SessionState, signIn, takeToken } from "./session.ts";
import { createTitles, type Titles } from "./titles.ts";

const POLL_MS = 4_000;
/** A daemon that hangs is found out by these requests: nothing else asks while a person only looks. */
const POLL_DEADLINE_MS = 6_000;
const THREADS = 100;

/** A list that may not have arrived yet. */
export interface Known<Value> {
  value: Value | undefined;
  /** What went wrong, while nothing newer is known. */
  error?: string;
}

export class Console {
  readonly api: Api;
  readonly connection: Connection;
  readonly session: Cell<SessionState> = cell<SessionState>({ kind: "unknown" });
  readonly threads: Cell<Known<readonly ThreadSummary[]>> = cell<Known<readonly ThreadSummary[]>>({ value: undefined });
  readonly pending: Cell<Known<readonly PendingItem[]>> = cell<Known<readonly PendingItem[]>>({ value: undefined });
  readonly roster: Cell<Known<RosterAnswer>> = cell<Known<RosterAnswer>>({ value: undefined });
  readonly models: Cell<Known<ModelsAnswer>> = cell<Known<ModelsAnswer>>({ value: undefined });
  readonly thread: Cell<LiveThread | undefined> = cell<LiveThread | undefined>(undefined);
  /** What a screen reader is told. */
  readonly announcement: Cell<string> = cell("");
  readonly readMarks: ReadMarks = createReadMarks();
  readonly #titles: Titles;
  #timer: number | undefined;
  #soon: number | undefined;

  constructor() {
    this.connection = createConnection();
    this.api = createApi({
      onAnswer: () => this.connection.heard(),
      onUnreachable: () => this.connection.lost(),
      onSignedOut: () => this.#leave("ended"),
    });
    this.#titles = createTitles(this.api);
  }

  async start(): Promise<void> {
    const state = await signIn(this.api, takeToken());
    this.session.set(state);
    if (state.kind !== "signed-in") return;
    this.#readEverything();
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
    document.addEventListener("visibilitychange", () => this.#poll());
    this.connection.returns.watch(() => this.#readEverything());
  }

  #readEverything(): void {
    this.#poll();
    void this.readRoster();
    void this.readModels();
  }

  #poll(): void {
    if (document.hidden || this.session.get().kind !== "signed-in") return;
    void this.readThreads();
    void this.readPending();
  }

  /** An action of ours changed what lists show. Several at once are one reading. */
  readSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#poll(), 100);
  }

  readThreads(): Promise<void> {
    return this.#read(this.threads, `/threads?limit=${THREADS}`, (body: { threads: ThreadSummary[] }) =>
      this.#titles.complete(body.threads, () => this.readSoon()),
    );
  }

  readPending(): Promise<void> {
    const path = "/interrupts?status=pending&limit=200";
    return this.#read(this.pending, path, (body: { interrupts: PendingItem[] }) => body.interrupts);
  }

  /** Is over: no page shows it as open until the list is read again. */
  dropPending(interruptId: string): void {
    const known = this.pending.get();
    const value = known.value?.filter((item) => item.interruptId !== interruptId);
    if (value) this.pending.set({ ...known, value });
  }

  readRoster(): Promise<void> {
    return this.#read(this.roster, "/roster", (body: RosterAnswer) => body);
  }

  readModels(): Promise<void> {
    return this.#read(this.models, "/models", (body: ModelsAnswer) => body);
  }

  async #read<Body, Value>(into: Cell<Known<Value>>, path: string, take: (body: Body) => Value): Promise<void> {
    try {
      const value = take(await this.api.get<Body>(BASE + path, {}, POLL_DEADLINE_MS));
      // The same again is no news: nothing is drawn anew.
      if (JSON.stringify(value) !== JSON.stringify(into.get().value)) into.set({ value });
    } catch (error) {
      const { value } = into.get();
      into.set({ value, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Shows a thread live; another one that was shown is closed. */
  openThread(threadId: string | undefined, isFresh = false): void {
    const shown = this.thread.get();
    if (shown?.threadId === threadId) return;
    shown?.close();
    this.thread.set(threadId === undefined ? undefined : this.#live(threadId, isFresh));
  }

  #live(threadId: string, isFresh: boolean): LiveThread {
    return new LiveThread(this.api, threadId, isFresh, {
      onFrame: () => this.connection.heard(),
      onUp: () => this.connection.heard(),
      onDown: () => this.connection.lost(),
      onChange: () => this.readSoon(),
      onBeginning: (text) => this.#titles.note(threadId, text),
      onMessage: (message) => {
        if (!document.hidden) this.readMarks.markRead(threadId, Date.parse(message.at));
        // What the stream brings of the past is not news.
        const isNew = presentMs() - Date.parse(message.at) < 30_000;
        if (message.role !== "user" && isNew) this.announcement.set(`New message: ${message.text.slice(0, 300)}`);
        this.readSoon();
      },
    });
  }

  async signOut(): Promise<void> {
    await this.api.send("DELETE", `${BASE}/session`).catch(() => undefined);
    forgetOutgoing();
    forgetDrafts();
    forgetCards();
    this.#leave("left");
  }

  #leave(reason: "ended" | "left"): void {
    if (this.session.get().kind !== "signed-in") return;
    clearInterval(this.#timer);
    this.openThread(undefined);
    this.session.set({ kind: "signed-out", reason });
  }
}
