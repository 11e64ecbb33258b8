// Following a stream of the daemon across lost connections: each event once, in order, from where it stopped.

import type { Client, Query } from "./client.ts";
import { LostConnection } from "./client.ts";
import type { Host } from "./host.ts";
import { type SseEvent, SseParser } from "./sse.ts";

export interface FollowOptions {
  path: string;
  query?: Query;
  host: Host;
  /** How long the daemon may stay away before {@link follow} gives up with `Unreachable`. */
  graceMs: number;
  /** Ends the following, as if the stream had ended. */
  signal: AbortSignal;
  /** Called when a connection is lost, and when the next one stands. */
  onChange?: (change: "lost" | "back") => void;
  /** Asked when the daemon has ended the stream: is there nothing more to come? Without it, more is expected. */
  isOver?: () => Promise<boolean>;
}

/** The daemon sends a sign of life every 15 s: three missed ones are a dead line. */
const SILENCE_MS = 45_000;
/** Pause before the next connection when the last one brought nothing. */
const IDLE_PAUSE_MS = 500;

/** @throws ApiError when the daemon refuses the stream, Unreachable when it stays away. */
export async function* follow(client: Client, options: FollowOptions): AsyncGenerator<SseEvent, void> {
  let lastId: string | undefined;
  let lost = false;
  while (!options.signal.aborted) {
    const connection = new AbortController();
    try {
      const body = await openStream(client, options, lastId, AbortSignal.any([options.signal, connection.signal]));
      if (lost) options.onChange?.("back");
      lost = false;
      for await (const event of readEvents(body, lastId)) {
        lastId = event.lastId;
        yield event;
      }
      if (await options.isOver?.()) return;
    } catch (error) {
      if (options.signal.aborted) return;
      if (!(error instanceof LostConnection)) throw error;
    } finally {
      connection.abort();
    }
    if (!lost) options.onChange?.("lost");
    lost = true;
    await pause(options);
  }
}

async function openStream(
  client: Client,
  options: FollowOptions,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  return client.open({
    method: "GET",
    path: options.path,
    ...(options.query && { query: options.query }),
    headers: { Accept: "text/event-stream", ...(lastId !== undefined && { "Last-Event-ID": lastId }) },
    repeatable: true,
    graceMs: options.graceMs,
    signal,
  });
}

async function pause({ host, signal }: FollowOptions): Promise<void> {
  try {
    await host.sleep(IDLE_PAUSE_MS, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The events of one connection. @throws LostConnection when it breaks or falls silent. */
async function* readEvents(
  body: ReadableStream<Uint8Array>,
  lastId: string | undefined,
): AsyncGenerator<SseEvent, void> {
  const parser = new SseParser(lastId);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await readOrLose(reader);
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function readOrLose(reader: Reader): ReturnType<Reader["read"]> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LostConnection("The stream fell silent.", false)), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    if (error instanceof LostConnection) throw error;
    throw new LostConnection("The stream broke.", false, error);
  } finally {
    clearTimeout(timer);
  }
}
