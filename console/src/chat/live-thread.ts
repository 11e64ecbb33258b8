// One open thread: loads its newest page, listens to its stream, sends what is written. The shell around evolve().
//
//   L1. What is sent keeps its clientMessageId over every attempt, also over a reload of the page: parley takes it once.
//   L2. Frames are applied together, at most once per picture: a fast answer does not slow the page down.

import { type Api, ApiError, BASE, messageOf } from "../api/client.ts";
import { openStream, type Stream } from "../api/stream.ts";
import type { Activity, Delta, Message, MessageAccepted, MessagePage, PendingItem, Resolved } from "../api/types.ts";
import { type Cell, cell } from "../ui/cell.ts";
import { presentMs } from "../ui/time.ts";
import { keepCards, keptCards } from "./kept-cards.ts";
import { keepOutgoing, keptOutgoing } from "./kept-outgoing.ts";
import {
  emptyThread,
  evolve,
  type Outcome,
  type Outgoing,
  type ThreadEvent,
  type ThreadState,
} from "./thread-state.ts";

/** As many as the stream brings by itself when it begins, so that both meet without a gap. */
const PAGE = 100;
const FRAME_MS = 16;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;
const FRAMES = ["message", "delta", "activity", "interrupt", "interrupt.resolved"];

export interface ThreadWatcher {
  /** A message arrived live, not with a page. */
  onMessage(message: Message): void;
  onFrame(): void;
  onUp(): void;
  onDown(): void;
  /** Something changed that lists show. */
  onChange(): void;
  /** The thread's first words became known. */
  onBeginning(text: string): void;
}

export class LiveThread {
  readonly threadId: string;
  readonly state: Cell<ThreadState>;
  readonly error: Cell<string | undefined> = cell<string | undefined>(undefined);
  readonly #api: Api;
  readonly #watcher: ThreadWatcher;
  #stream: Stream | undefined;
  #wasUp = false;
  #closed = false;
  #loadingOlder = false;
  #waiting: ThreadEvent[] = [];
  #timers = new Set<number>();
  #flush: number | undefined;

  /** `isFresh`: the id was made just now; there is nothing to load. */
  constructor(api: Api, threadId: string, isFresh: boolean, watcher: ThreadWatcher) {
    this.#api = api;
    this.threadId = threadId;
    this.#watcher = watcher;
    this.state = cell({ ...emptyThread, outgoing: keptOutgoing(threadId), cards: keptCards(threadId) });
    void this.#begin(isFresh);
    for (const one of this.state.get().outgoing) void this.#attempt(one, FIRST_RETRY_MS);
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#flush);
  }

  async #begin(isFresh: boolean): Promise<void> {
    try {
      const page = isFresh ? { messages: [] } : await this.#page();
      this.#apply({ type: "page", page, older: false });
    } catch (error) {
      this.#apply({ type: "page", page: { messages: [] }, older: false });
      const isNew = error instanceof ApiError && error.status === 404;
      if (!isNew) this.error.set(messageOf(error));
    }
    if (this.#closed) return;
    this.#stream = openStream(`${this.#path()}/stream`, FRAMES, {
      onOpen: () => this.#up(),
      onDown: () => this.#watcher.onDown(),
      onFrame: (event, data) => this.#hear(event, data),
    });
  }

  #path(): string {
    return `${BASE}/threads/${encodeURIComponent(this.threadId)}`;
  }

  #page(cursor?: string): Promise<MessagePage> {
    const from = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return this.#api.get<MessagePage>(`${this.#path()}?limit=${PAGE}${from}`);
  }

  async loadOlder(): Promise<void> {
    const { olderCursor } = this.state.get();
    if (olderCursor === undefined || this.#loadingOlder) return;
    this.#loadingOlder = true;
    try {
      this.#apply({ type: "page", page: await this.#page(olderCursor), older: true });
    } catch (error) {
      this.error.set(messageOf(error));
    } finally {
      this.#loadingOlder = false;
    }
  }

  #up(): void {
    this.#watcher.onUp();
    this.error.set(undefined);
    if (this.#wasUp) void this.#afterGap();
    this.#wasUp = true;
  }

  /** Whatever has no position was lost with the line; the stream itself brings what is open now. */
  async #afterGap(): Promise<void> {
    this.#apply({ type: "reconnected" });
    const hasOpen = this.state.get().cards.some((card) => card.outcome === undefined);
    if (!hasOpen) return;
    const answer = await this.#api
      .get<{ interrupts: PendingItem[] }>(`${BASE}/interrupts?status=pending&limit=200`)
      .catch(() => undefined);
    if (!answer) return;
    const ids = answer.interrupts.map((item) => item.interruptId);
    this.#apply({ type: "open-questions", ids, nowMs: presentMs() });
  }

  #hear(event: string, data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    this.#watcher.onFrame();
    const nowMs = presentMs();
    switch (event) {
      case "message":
        this.#watcher.onMessage(data as Message);
        return this.#later({ type: "message", message: data as Message });
      case "delta":
        return this.#later({ type: "delta", delta: data as Delta });
      case "activity":
        return this.#later({ type: "activity", activity: data as Activity, nowMs });
      case "interrupt":
        this.#watcher.onChange();
        return this.#later({ type: "question", item: data as PendingItem });
      case "interrupt.resolved":
        this.#watcher.onChange();
        return this.#later({ type: "settled", resolved: data as Resolved, nowMs });
    }
  }

  #later(event: ThreadEvent): void {
    this.#waiting.push(event);
    this.#flush ??= setTimeout(() => this.#apply(), FRAME_MS);
  }

  #apply(...events: ThreadEvent[]): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const all = [...this.#waiting, ...events];
    this.#waiting = [];
    const before = this.state.get();
    const after = all.reduce(evolve, before);
    this.state.set(after);
    const [first] = after.messages;
    if (first && first !== before.messages[0] && after.olderCursor === undefined) this.#watcher.onBeginning(first.text);
    if (before.outgoing !== after.outgoing) keepOutgoing(this.threadId, after.outgoing);
    if (before.cards !== after.cards) keepCards(this.threadId, after.cards);
  }

  send(text: string, agent?: string): void {
    const outgoing: Outgoing = {
      clientMessageId: `web-${crypto.randomUUID()}`,
      text,
      atMs: presentMs(),
      standing: { kind: "sending" },
      ...(agent !== undefined && { agent }),
    };
    this.#apply({ type: "sending", outgoing });
    void this.#attempt(outgoing, FIRST_RETRY_MS);
  }

  sendAgain(clientMessageId: string): void {
    const outgoing = this.state.get().outgoing.find((one) => one.clientMessageId === clientMessageId);
    if (outgoing) void this.#attempt(outgoing, FIRST_RETRY_MS);
  }

  discard(clientMessageId: string): void {
    this.#apply({ type: "dropped", clientMessageId });
  }

  async #attempt(outgoing: Outgoing, retryMs: number): Promise<void> {
    const { clientMessageId, text, agent } = outgoing;
    if (!this.#isWaiting(clientMessageId)) return;
    this.#apply({ type: "standing", clientMessageId, standing: { kind: "sending" } });
    try {
      const body = { text, clientMessageId, ...(agent !== undefined && { agent }) };
      const { messageId } = await this.#api.send<MessageAccepted>("POST", `${this.#path()}/messages`, body);
      this.#apply({ type: "accepted", clientMessageId, messageId });
      this.#watcher.onChange();
    } catch (error) {
      const isFinal = error instanceof ApiError && error.status < 500 && error.status !== 429;
      const standing: Outgoing["standing"] = isFinal
        ? { kind: "refused", reason: error.message }
        : { kind: "retrying", atMs: presentMs() + retryMs };
      this.#apply({ type: "standing", clientMessageId, standing });
      if (!isFinal) this.#after(retryMs, () => this.#attempt(outgoing, Math.min(retryMs * 2, MAX_RETRY_MS)));
    }
  }

  #isWaiting(clientMessageId: string): boolean {
    const one = this.state.get().outgoing.find((known) => known.clientMessageId === clientMessageId);
    return !this.#closed && one !== undefined && one.messageId === undefined;
  }

  #after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  async stop(): Promise<void> {
    await this.#api.send("POST", `${this.#path()}/stop`, {});
    this.#watcher.onChange();
  }

  async retry(messageId: string): Promise<void> {
    const path = `${BASE}/messages/${encodeURIComponent(messageId)}/retry`;
    const { runId } = await this.#api.send<MessageAccepted>("POST", path, {});
    // The answer may be here already.
    const done = this.state.get().messages.some((message) => message.runId === runId);
    if (!done) this.#apply({ type: "retrying", runId });
    this.#watcher.onChange();
  }

  /** The person's own answer was taken: the card says so before the stream does. */
  noteAnswer(interruptId: string, outcome: Outcome): void {
    this.#apply({ type: "answered", interruptId, outcome });
    this.#watcher.onChange();
  }
}
