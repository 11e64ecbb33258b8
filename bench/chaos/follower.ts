// A reader of a thread's live stream that comes back with Last-Event-ID after every kill, as a browser does.
// What it has seen in the end must be the thread: each message once, in order.

import type { Body } from "./client.ts";
import { pause, type World } from "./world.ts";

const PAUSE_MS = 15;

export class Follower {
  readonly threadId: string;
  /** Message ids in the order in which they were heard. */
  readonly seen: string[] = [];
  readonly #world: World;
  readonly #over = new AbortController();
  #lastEventId: string | undefined;

  constructor(world: World, threadId: string) {
    this.#world = world;
    this.threadId = threadId;
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
        ...(this.#lastEventId !== undefined && { "last-event-id": this.#lastEventId }),
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
    if (fields.get("event") !== "message") return;
    this.#lastEventId = fields.get("id");
    this.seen.push((JSON.parse(fields.get("data") ?? "{}") as Body).messageId);
  }

  stop(): void {
    this.#over.abort();
  }
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1).trimStart()];
}
