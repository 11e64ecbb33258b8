// Live streams of runs. All subscribers of one run with the same modes share a channel: an event is turned into its
// frame once, and the same bytes go to everybody.
//
//   Z1. A subscriber joins the channel before its backlog is read; what comes meanwhile is kept and sent after it.
//   Z2. Positions decide what was already sent: nothing is lost between backlog and live, nothing comes twice.
//   Z3. The stream ends with the run's terminal event.

import { linePages } from "#platform/run-log.ts";
import type { Store } from "#ports/store.ts";
import { type Feed, runTopic } from "#runtime/feed.ts";
import { createSnapshotter, type SnapshotSource, type Snapshotter } from "./snapshots.ts";
import type { SseConnection } from "./sse.ts";
import { Channel } from "./stream-channel.ts";
import type { StreamMode } from "./stream-modes.ts";
import { eventPiece, type Piece, snapshotPiece } from "./stream-pieces.ts";
import { Subscriber } from "./stream-subscriber.ts";

export interface StreamRequest {
  runId: string;
  modes: StreamMode[];
  /** 0 = every event at once. */
  bufferMs: number;
  /** Position the reader has; undefined = from the start. */
  after: number | undefined;
}

/** What a reader is sent before it follows. */
interface Backlog {
  pieces: Piece[];
  /** Sequence of the last event that was read; -1: none was. */
  through: number;
  /** Of `values`: it folded all that was read. */
  snapshotter: Snapshotter | undefined;
}

/** Events read from the log at a time. */
const PAGE = 1_000;

export class RunStreams {
  readonly #feed: Feed;
  readonly #store: Store;
  readonly #snapshots: SnapshotSource;
  readonly #channels = new Map<string, { channel: Channel; unlisten: () => void }>();

  constructor(feed: Feed, store: Store, snapshots: SnapshotSource) {
    this.#feed = feed;
    this.#store = store;
    this.#snapshots = snapshots;
  }

  /** Sends the whole of a run that is over, and ends. */
  async replay(request: StreamRequest, connection: SseConnection): Promise<void> {
    const { pieces, through } = await this.#readBacklog(request);
    await new Subscriber(connection, request.bufferMs).catchUp(pieces, through);
    connection.end();
  }

  /** Streams a run that may still go on. The connection is ended by the run or by the reader. */
  async subscribe(request: StreamRequest, connection: SseConnection): Promise<() => void> {
    const subscriber = new Subscriber(connection, request.bufferMs);
    const { channel, leave } = this.#join(request, subscriber);
    try {
      let backlog = await this.#readBacklog(request);
      if (backlog.snapshotter) channel.begin(backlog.snapshotter, backlog.through);
      // Snapshots go on behind a backlog that somebody else read later.
      if (backlog.through < channel.beginsBehind) backlog = await this.#readBacklog(request);
      await subscriber.catchUp(backlog.pieces, backlog.through);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  #join({ runId, modes }: StreamRequest, subscriber: Subscriber): { channel: Channel; leave: () => void } {
    const key = `${modes.join()} ${runId}`;
    const joined = this.#channels.get(key) ?? this.#openChannel(runId, modes);
    this.#channels.set(key, joined);
    const { channel, unlisten } = joined;
    channel.subscribers.add(subscriber);
    const leave = () => {
      subscriber.close();
      channel.subscribers.delete(subscriber);
      if (channel.subscribers.size > 0 || this.#channels.get(key) !== joined) return;
      this.#channels.delete(key);
      unlisten();
    };
    return { channel, leave };
  }

  #openChannel(runId: string, modes: readonly StreamMode[]): { channel: Channel; unlisten: () => void } {
    const channel = new Channel(modes);
    return { channel, unlisten: this.#feed.listen(runTopic(runId), (item) => channel.hear(item)) };
  }

  async #readBacklog({ runId, modes, after = -1 }: StreamRequest): Promise<Backlog> {
    const snapshotter = modes[0] === "values" ? await createSnapshotter(this.#snapshots, runId) : undefined;
    const pieces: Piece[] = [];
    let through = -1;
    // A resumed `values` stream begins with a fresh snapshot (§1.3), made where the reader stands.
    const resume = () => {
      if (snapshotter && pieces.length === 0 && through >= 0) pieces.push(snapshotPiece(snapshotter));
    };
    const from = snapshotter ? 0 : after + 1;
    for await (const lines of linePages(this.#store, runId, { from }, PAGE)) {
      for (const line of lines) {
        const sequence = Math.max(from, through + 1);
        if (sequence <= after) snapshotter?.fold(line, sequence);
        else {
          resume();
          pieces.push(eventPiece(line, sequence, modes, snapshotter));
        }
        through = sequence;
      }
    }
    resume();
    return { pieces, through, snapshotter };
  }
}
