// Live streams of threads (triggers-channels.md C6): messages with their position as id, live text without id,
// questions as they open and close.
//
//   T1. A message is sent once, in the order of the thread, whatever was heard in which order.
//   T2. Of the text that is typed a reader gets what there is as one piece when it comes, then each further piece once.
//   T3. What waits for a slow reader is bounded; beyond that the reader is cut off and comes back with Last-Event-ID.

import type { Call } from "#app/call.ts";
import type { AppDeps } from "#app/deps.ts";
import { pendingItem } from "#app/interrupt-lists.ts";
import { messageOf } from "#app/threads.ts";
import type { StoredMessage } from "#ports/rows.ts";
import { type FeedItem, threadTopic } from "#runtime/feed.ts";
import type { SseConnection } from "./sse.ts";
import { frame } from "./stream-modes.ts";

const BACKLOG = 100;
/** Things heard that wait for one reader (T3): some minutes of typing. */
const MAX_WAITING = 10_000;

export class ThreadStreams {
  readonly #app: AppDeps;

  constructor(app: AppDeps) {
    this.#app = app;
  }

  /**
   * Streams a thread, also one that does not exist yet. `after`: the position the reader has; without it, or when the
   * thread never came that far, the stream begins with the last 100 messages. The returned function ends it.
   */
  async subscribe(
    call: Call,
    threadId: string,
    after: number | undefined,
    connection: SseConnection,
  ): Promise<() => void> {
    const reader = new ThreadReader(this.#app, call, threadId, connection);
    const { tenantId } = call.principal;
    const unlisten = this.#app.feed.listen(threadTopic(tenantId, threadId), (item) => reader.hear(item));
    try {
      await reader.begin(after);
    } catch (error) {
      unlisten();
      throw error;
    }
    return unlisten;
  }
}

/** One reader; its writes go out in the order in which things were heard. */
class ThreadReader {
  readonly #app: AppDeps;
  readonly #call: Call;
  readonly #threadId: string;
  readonly #connection: SseConnection;
  #sent = 0;
  /** Whether the text so far went out: pieces heard before are part of it. */
  #isLive = false;
  #waiting = 0;
  #chain: Promise<unknown> = Promise.resolve();

  constructor(app: AppDeps, call: Call, threadId: string, connection: SseConnection) {
    this.#app = app;
    this.#call = call;
    this.#threadId = threadId;
    this.#connection = connection;
  }

  begin(after: number | undefined): Promise<void> {
    const started = this.#chain.then(() => this.#sendBacklog(after));
    this.#chain = started.catch(() => undefined);
    return started;
  }

  async #sendBacklog(after: number | undefined): Promise<void> {
    this.#connection.begin();
    if (after !== undefined && (await this.#reached(after))) {
      this.#sent = after;
      await this.#catchUp();
    } else await this.#sendAll(await this.#read({ limit: BACKLOG, newest: true }));
    const { tenantId } = this.#call.principal;
    const filter = { tenantId, threadId: this.#threadId };
    const open = await this.#app.store.listOpenInterrupts(filter, { limit: BACKLOG });
    for (const row of open.items) this.#send("interrupt", pendingItem(this.#app, this.#call, row));
    this.#isLive = true;
    this.#sendSoFar(threadTopic(tenantId, this.#threadId));
  }

  /** A position of another thread, or of a store that was put back, would make the reader wait for what it never had. */
  async #reached(position: number): Promise<boolean> {
    const [newest] = await this.#read({ limit: 1, newest: true });
    return position <= (newest?.position ?? 0);
  }

  /** What is being done and typed just now. */
  #sendSoFar(topic: string): void {
    const live = this.#app.liveText.soFar(topic);
    if (live?.activity) this.#send("activity", live.activity);
    if (live && live.text !== "") this.#send("delta", { runId: live.runId, offset: 0, text: live.text });
  }

  /** Everything behind the last position sent: heals whatever was missed. */
  async #catchUp(): Promise<void> {
    while (!this.#connection.ended) {
      const page = await this.#read({ after: this.#sent, limit: BACKLOG, newest: false });
      await this.#sendAll(page);
      if (page.length < BACKLOG) return;
    }
  }

  #read(range: { after?: number; limit: number; newest: boolean }): Promise<StoredMessage[]> {
    return this.#app.store.readMessages(this.#call.principal.tenantId, this.#threadId, range);
  }

  /** As fast as the reader takes them: a page of long messages is more than may lie unread. */
  async #sendAll(messages: StoredMessage[]): Promise<void> {
    for (const message of messages) {
      if (message.position <= this.#sent) continue;
      this.#sent = message.position;
      this.#connection.write(frame(message.position, "message", JSON.stringify(messageOf(message))));
      await this.#connection.drained();
    }
  }

  hear(item: FeedItem): void {
    if (item.kind === "live" && !this.#isLive) return;
    if (this.#waiting >= MAX_WAITING) return this.#connection.cut();
    this.#waiting += 1;
    this.#chain = this.#chain
      .then(() => this.#pass(item))
      .catch((error) => {
        this.#app.logger.error({ error, threadId: this.#threadId }, "a thread's stream could not go on");
        this.#connection.end();
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #pass(item: FeedItem): Promise<void> {
    if (this.#connection.ended) return;
    switch (item.kind) {
      case "message":
        if (item.position > this.#sent) await this.#catchUp();
        return;
      case "interrupt": {
        const row = await this.#app.store.readInterrupt(item.interruptId);
        if (row?.status === "open") this.#send("interrupt", pendingItem(this.#app, this.#call, row));
        return;
      }
      case "interrupt-settled":
        return this.#sendSettled(item);
      case "live":
        return this.#send(item.event, item.data);
      case "events":
        return;
    }
  }

  async #sendSettled(item: Extract<FeedItem, { kind: "interrupt-settled" }>): Promise<void> {
    const row = await this.#app.store.readInterrupt(item.interruptId);
    if (!row) return;
    const { interruptId, runId, nodeId } = row;
    const resolvedBy = item.by === undefined ? {} : { resolvedBy: item.by };
    this.#send("interrupt.resolved", { interruptId, runId, nodeId, ...resolvedBy, outcome: item.outcome });
  }

  #send(event: string, data: object): void {
    this.#connection.write(frame(undefined, event, JSON.stringify(data)));
  }
}
