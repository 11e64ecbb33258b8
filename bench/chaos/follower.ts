// A reader of a thread's live stream that comes back with Last-Event-ID after every kill, as a browser does.
// What it has seen in the end must be the thread: each message once, in order.

import type { Body } from "./client.ts";
import { pause, type World } from "./world.ts";

const PAUSE_MS = 15;

/** One event of the stream; `id` is there where the event has a position. */
export interface HeardEvent {
  event: string;
  id?: string;
  data: Body;
}

export class Follower {
  readonly threadId: string;
  /** Message ids in the order in which they were heard. */
  readonly seen: string[] = [];
  /** Their positions, in the same order. */
  readonly positions: number[] = [];
  readonly #world: Pick<World, "daemon">;
  readonly #heard: (event: HeardEvent) => void;
  readonly #over = new AbortController();
  /** Position 0: a reader that is let in late, when the newest hundred are not all, still hears the thread from its start. */
  #lastEventId = "0";

  /** `heard` is told every event as it comes. */
  constructor(world: Pick<World, "daemon">, threadId: string, heard: (event: HeardEvent) => void = () => undefined) {
    this.#world = world;
    this.threadId = threadId;
    this.#heard = heard;
  }

  /** Resolves after `stop`. */
  async follow(): Promise<void> {
    const { signal } = this.#over;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    while (!signal.aborted) {
      await Promise.race([this.#world.daemon.up(), stopped]);
      // The end of a stream is what a kill looks like from here.
      await this.#readOnce(signal).catch(() => undefined);
      if (!signal.aborted) await pause(PAUSE_MS);
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { target } = this.#world.daemon;
    if (!target) return;
    const response = await fetch(`${target.url}/v1/host/parley/threads/${this.threadId}/stream`, {
      signal,
      headers: {
        authorization: `Bearer ${target.key}`,
        accept: "text/event-stream",
        "last-event-id": this.#lastEventId,
      },
    });
    if (response.status !== 200 || !response.body) throw new Error(`the stream was refused with ${response.status}`);
    let text = "";
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const frames = (text + piece).split("\n\n");
      text = frames.pop() ?? "";
      for (const frame of frames) this.#hear(frame);
    }
  }

  #hear(frame: string): void {
    const fields = new Map(frame.split("\n").map((line) => splitField(line)));
    const event = fields.get("event");
    if (event === undefined) return;
    const id = fields.get("id");
    const data = JSON.parse(fields.get("data") ?? "{}") as Body;
    if (event === "message") {
      this.#lastEventId = id ?? this.#lastEventId;
      this.seen.push(data.messageId);
      this.positions.push(Number(id));
    }
    this.#heard({ event, data, ...(id !== undefined && { id }) });
  }

  stop(): void {
    this.#over.abort();
  }
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1).trimStart()];
}
