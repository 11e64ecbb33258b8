// What is seen of a turn before anything of it is durable: the text as it is typed, and one line of what is being done.
// Live only; whoever comes later gets the text so far as one piece (triggers-channels.md C6).
//
//   L1. One entry per chat, for the turn that runs there: begun by what it does first, ended with its run. What comes
//       late, of a call that was stopped, begins none.
//   L2. Only the agent that answers the chat types into it; agents below it show their activity.

import { chatOf } from "#engine/messages.ts";
import type { RunStart } from "#ports/rows.ts";
import type { Committed } from "#ports/store.ts";
import { type Feed, threadTopic } from "./feed.ts";

/** Text beyond this is not shown live; the message has all of it. */
const MAX_TEXT_LENGTH = 65_536;

/** What is typed while a call runs; each request begins anew. */
export interface Typing {
  restart(): void;
  text(piece: string): void;
}

export interface Activity {
  runId: string;
  agent: string;
  text: string;
}

interface Entry {
  runId: string;
  text: string;
  activity?: Activity;
}

export class LiveText {
  readonly #feed: Feed;
  readonly #entries = new Map<string, Entry>();
  readonly #topicOf = new Map<string, string>();

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** Where a model call of this run types. */
  open(start: RunStart): Typing {
    const { turn, tenantId, runId } = start;
    if (!turn) return { restart: () => undefined, text: () => undefined };
    const topic = threadTopic(tenantId, turn.threadId);
    return {
      restart: () => {
        const entry = this.#entries.get(topic);
        if (entry?.runId !== runId || entry.text === "") return;
        entry.text = "";
        this.#feed.publishLive(topic, "delta", { runId, offset: 0, text: "" });
      },
      text: (piece) => this.#type(topic, runId, piece),
    };
  }

  #type(topic: string, runId: string, piece: string): void {
    const entry = this.#entries.get(topic);
    if (entry?.runId !== runId || piece === "") return;
    const room = MAX_TEXT_LENGTH - entry.text.length;
    if (room <= 0) return;
    const text = piece.slice(0, room);
    const offset = entry.text.length;
    entry.text += text;
    if (this.#feed.hasListeners(topic)) this.#feed.publishLive(topic, "delta", { runId, offset, text });
  }

  /** Says what is being done, in the chat that follows the run. */
  show(start: RunStart, agent: string, persona: string, doing: string): void {
    const chat = chatOf(start);
    if (!chat) return;
    const above = chat.path.at(-1);
    const text = above === undefined ? `${persona}: ${doing}` : `${above} → ${persona}: ${doing}`;
    const topic = threadTopic(start.tenantId, chat.threadId);
    const activity = { runId: chat.runId, agent, text };
    this.#entry(topic, chat.runId).activity = activity;
    this.#feed.publishLive(topic, "activity", activity);
  }

  #entry(topic: string, runId: string): Entry {
    const known = this.#entries.get(topic);
    if (known?.runId === runId) return known;
    const entry = { runId, text: "" };
    this.#entries.set(topic, entry);
    this.#topicOf.set(runId, topic);
    return entry;
  }

  /** What a reader who comes now has missed. */
  soFar(topic: string): Readonly<Entry> | undefined {
    return this.#entries.get(topic);
  }

  onCommitted(committed: Committed): void {
    if (this.#topicOf.size === 0) return;
    for (const row of committed.rows) {
      if (row.op === "endRun") this.#end(row.runId);
      // A turn that waits for a person types and does nothing.
      if (row.op === "putInterrupt" && row.interrupt.threadId !== undefined) this.#rest(row.interrupt);
    }
  }

  #end(runId: string): void {
    const topic = this.#topicOf.get(runId);
    if (topic === undefined) return;
    this.#topicOf.delete(runId);
    if (this.#entries.get(topic)?.runId === runId) this.#entries.delete(topic);
  }

  #rest({ tenantId, threadId }: { tenantId: string; threadId?: string }): void {
    const entry = this.#entries.get(threadTopic(tenantId, threadId ?? ""));
    if (entry) delete entry.activity;
  }
}
