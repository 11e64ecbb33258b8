// Live streams of threads (triggers-channels.md C6): messages with their position as id, live text without id,
// questions as they open and close.

import type { Call } from "#app/call.ts";
import type { AppDeps } from "#app/deps.ts";
import { pendingItem } from "#app/interrupt-lists.ts";
import { messageOf } from "#app/threads.ts";
import type { StoredMessage } from "#ports/rows.ts";
import { type FeedItem, threadTopic } from "#runtime/feed.ts";
import type { SseConnection } from "./sse.ts";
import { frame } from "./stream-modes.ts";

const BACKLOG = 100;

export class ThreadStreams {
  readonly #app: AppDeps;

  constructor(app: AppDeps) {
    this.#app = app;
  }

  /**
   * Streams a thread, also one that does not exist yet. `after`: the position the reader has; without it the stream
   * begins with the last 100 messages. The returned function ends it.
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
    this.#sent = after ?? 0;
    if (after === undefined) this.#sendAll(await this.#read({ limit: BACKLOG, newest: true }));
    else await this.#catchUp();
    const { tenantId } = this.#call.principal;
    const filter = { tenantId, threadId: this.#threadId };
    const open = await this.#app.store.listOpenInterrupts(filter, { limit: BACKLOG });
    for (const row of open.items) this.#send("interrupt", pendingItem(this.#app, this.#call, row));
    this.#sendSoFar(threadTopic(tenantId, this.#threadId));
  }

  /** What is being done and typed just now. */
  #sendSoFar(topic: string): void {
    const live = this.#app.liveText.soFar(topic);
    if (live?.activity) this.#send("activity", live.activity);
    if (live && live.text !== "") this.#send("delta", { runId: live.runId, offset: 0, text: live.text });
  }

  /** Everything behind the last position sent: heals whatever was missed. */
  async #catchUp(): Promise<void> {
    for (;;) {
      const page = await this.#read({ after: this.#sent, limit: BACKLOG, newest: false });
      this.#sendAll(page);
      await this.#connection.drained();
      if (page.length < BACKLOG) return;
    }
  }

  #read(range: { after?: number; limit: number; newest: boolean }): Promise<StoredMessage[]> {
    return this.#app.store.readMessages(this.#call.principal.tenantId, this.#threadId, range);
  }

  #sendAll(messages: StoredMessage[]): void {
    for (const message of messages) {
      if (message.position <= this.#sent) continue;
      this.#sent = message.position;
      this.#connection.write(frame(message.position, "message", JSON.stringify(messageOf(message))));
    }
  }

  hear(item: FeedItem): void {
    this.#chain = this.#chain
      .then(() => this.#pass(item))
      .catch((error) => {
        this.#app.logger.error({ error, threadId: this.#threadId }, "a thread's stream could not go on");
        this.#connection.end();
      });
  }

  async #pass(item: FeedItem): Promise<void> {
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
    this.#send("interrupt.resolved", { interruptId, runId, nodeId, ...resolvedBy, outcome: item.status });
  }

  #send(event: string, data: object): void {
    this.#connection.write(frame(undefined, event, JSON.stringify(data)));
  }
}
