// Feed: what live readers hear, per topic. A topic is a run's stream or a thread; listeners get what was committed and,
// for threads, live-only pieces (text as it is typed).
//
//   F1. Work is done once per event, not once per listener: listeners share the same object.
//   F2. Committed things are heard in commit order; live-only ones carry no position and may be missed.

import type { AnnotationRow } from "#ports/rows/annotations.ts";
import type { Committed } from "#ports/store.ts";
import type { Json } from "#protocol/json.ts";

export type FeedItem =
  | { kind: "events"; firstSequence: number; lines: readonly string[] }
  | { kind: "message"; messageId: string; position: number }
  | { kind: "interrupt"; interruptId: string }
  /** `outcome`: how it ended; of an approval that was answered the action (`accept`, `reject` …). */
  | { kind: "interrupt-settled"; interruptId: string; outcome: string; by: string | undefined }
  | { kind: "annotation"; annotation: AnnotationRow }
  | { kind: "live"; event: string; data: { [key: string]: Json } };

export type FeedListener = (item: FeedItem) => void;

export function runTopic(runId: string): string {
  return `run:${runId}`;
}

export function threadTopic(tenantId: string, threadId: string): string {
  return `thread:${tenantId}:${threadId}`;
}

/** What was decided, from the event of the same commit; nothing where the answer names no action. */
function actionOf(interruptId: string, { appends }: Committed): string | undefined {
  for (const line of appends.flatMap(({ lines }) => lines)) {
    // Most lines are about something else: they are not parsed.
    if (!line.includes(interruptId)) continue;
    const { type, payload } = JSON.parse(line) as { type: string; payload: ResolvedPayload };
    const action = payload.resumeValue?.action;
    if (type === "interrupt.resolved" && payload.interruptId === interruptId && typeof action === "string")
      return action;
  }
  return undefined;
}

interface ResolvedPayload {
  interruptId?: string;
  resumeValue?: { action?: unknown } | null;
}

export class Feed {
  readonly #listeners = new Map<string, Set<FeedListener>>();

  /** Hears a topic from now on; the returned function ends it. */
  listen(topic: string, listener: FeedListener): () => void {
    const set = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0 && this.#listeners.get(topic) === set) this.#listeners.delete(topic);
    };
  }

  onCommitted(committed: Committed): void {
    if (this.#listeners.size === 0) return;
    for (const append of committed.appends) {
      const item = { kind: "events", firstSequence: append.expectedSequence, lines: append.lines } as const;
      this.#tell(runTopic(append.stream), item);
    }
    for (const row of committed.rows) this.#hearRow(row, committed);
  }

  #hearRow(row: Committed["rows"][number], committed: Committed): void {
    if (row.op === "putAnnotation") {
      const { annotation } = row;
      this.#tell(runTopic(annotation.runId), { kind: "annotation", annotation });
    }
    if (row.op === "insertMessage") {
      const { messageId, tenantId, threadId } = row.message;
      const position = committed.positions[messageId] ?? 0;
      this.#tell(threadTopic(tenantId, threadId), { kind: "message", messageId, position });
    }
    if (row.op === "putInterrupt" && row.interrupt.threadId !== undefined) {
      const { interruptId, tenantId, threadId } = row.interrupt;
      this.#tell(threadTopic(tenantId, threadId), { kind: "interrupt", interruptId });
    }
    if (row.op === "settleInterrupt" && row.threadId !== undefined) {
      const topic = threadTopic(row.tenantId, row.threadId);
      if (!this.hasListeners(topic)) return;
      const { interruptId, status, by } = row;
      const outcome = status === "resolved" ? (actionOf(interruptId, committed) ?? status) : status;
      this.#tell(topic, { kind: "interrupt-settled", interruptId, outcome, by });
    }
  }

  /** Live only: not stored, not repeated after a reconnect. */
  publishLive(topic: string, event: string, data: { [key: string]: Json }): void {
    this.#tell(topic, { kind: "live", event, data });
  }

  hasListeners(topic: string): boolean {
    return this.#listeners.has(topic);
  }

  #tell(topic: string, item: FeedItem): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(item);
  }
}
