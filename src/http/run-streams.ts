// Live streams of runs. All subscribers of one run with the same modes share a channel: an event is turned into its
// frame once, and the same bytes go to everybody.
//
//   Z1. A subscriber joins the channel before its backlog is read; what comes meanwhile is kept and sent after it.
//   Z2. Positions decide what was already sent: nothing is lost between backlog and live, nothing comes twice.
//   Z3. The stream ends with the run's terminal event.

import { shownAnnotation } from "#app/annotations.ts";
import type { AnnotationRow } from "#ports/rows/annotations.ts";
import type { Store } from "#ports/store.ts";
import { isTerminalEvent } from "#protocol/events.ts";
import { type Feed, type FeedItem, runTopic } from "#runtime/feed.ts";
import { createSnapshotter, type SnapshotSource, type Snapshotter } from "./snapshots.ts";
import type { SseConnection } from "./sse.ts";
import { forcesFlush, frame, type Shown, type StreamMode, show, typeOf } from "./stream-modes.ts";

/** What one event looks like in a channel. */
interface Piece {
  /** Undefined: it has no place in the log, and is told only to those who listen now. */
  sequence: number | undefined;
  shown: Shown[];
  /** All frames of the event, ready to send. */
  bytes: Buffer;
  flush: boolean;
  terminal: boolean;
}

export interface StreamRequest {
  runId: string;
  modes: StreamMode[];
  /** 0 = every event at once. */
  bufferMs: number;
  /** Position the reader has; undefined = from the start. */
  after: number | undefined;
}

export class RunStreams {
  readonly #feed: Feed;
  readonly #store: Store;
  readonly #snapshots: SnapshotSource;
  readonly #channels = new Map<string, Channel>();

  constructor(feed: Feed, store: Store, snapshots: SnapshotSource) {
    this.#feed = feed;
    this.#store = store;
    this.#snapshots = snapshots;
  }

  /** Sends the whole of a run that is over, and ends. */
  async replay(request: StreamRequest, connection: SseConnection): Promise<void> {
    await this.#sendBacklog(request, new Subscriber(connection, request));
    connection.end();
  }

  /** Streams a run that may still go on. The connection is ended by the run or by the reader. */
  async subscribe(request: StreamRequest, connection: SseConnection): Promise<() => void> {
    const key = `${request.modes.join()} ${request.runId}`;
    const subscriber = new Subscriber(connection, request);
    const channel = this.#channels.get(key) ?? this.#openChannel(key, request);
    channel.subscribers.add(subscriber);
    const leave = () => {
      subscriber.close();
      channel.subscribers.delete(subscriber);
      if (channel.subscribers.size > 0 || this.#channels.get(key) !== channel) return;
      this.#channels.delete(key);
      channel.stop();
    };
    try {
      await this.#sendBacklog(request, subscriber);
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  async #sendBacklog(request: StreamRequest, subscriber: Subscriber): Promise<void> {
    const { runId, modes, after = -1 } = request;
    const values = modes[0] === "values";
    const batches = await this.#store.readLog(runId, values ? 0 : after + 1);
    const snapshotter = values ? await createSnapshotter(this.#snapshots, runId) : undefined;
    const pieces: Piece[] = [];
    let current: Piece | undefined;
    for (const batch of batches) {
      for (const [offset, line] of batch.lines.entries()) {
        const sequence = batch.firstSequence + offset;
        const piece = pieceOf(line, sequence, modes, snapshotter);
        if (sequence > after) pieces.push(piece);
        else current = piece;
      }
    }
    // A resumed `values` stream begins with a fresh snapshot (§1.3).
    if (values && request.after !== undefined && current && snapshotter) {
      pieces.unshift(snapshotPiece(snapshotter, current.sequence ?? -1, current.terminal));
    }
    await subscriber.catchUp(pieces, batches.at(-1)?.lastSequence ?? -1);
  }

  #openChannel(key: string, { runId, modes }: StreamRequest): Channel {
    const channel = new Channel();
    this.#channels.set(key, channel);
    // `values` folds what stands in the log first; the chain keeps the order of what comes meanwhile.
    let previous = modes[0] === "values" ? this.#foldedSnapshotter(runId) : undefined;
    previous?.catch(() => channel.end());
    const unlisten = this.#feed.listen(runTopic(runId), (item) => {
      if (item.kind === "annotation") {
        if (!previous) return channel.publish(annotationPieces(item.annotation, modes));
        previous = previous.then((snapshotter) => {
          channel.publish([livePiece([snapshotter.now()])]);
          return snapshotter;
        });
        return void previous.catch(() => channel.end());
      }
      if (item.kind !== "events") return;
      if (!previous) return channel.publish(piecesOf(item, modes, undefined));
      previous = previous.then((snapshotter) => {
        channel.publish(piecesOf(item, modes, snapshotter));
        return snapshotter;
      });
      previous.catch(() => channel.end());
    });
    channel.stop = unlisten;
    return channel;
  }

  async #foldedSnapshotter(runId: string): Promise<Snapshotter> {
    const snapshotter = await createSnapshotter(this.#snapshots, runId);
    for (const batch of await this.#store.readLog(runId, 0)) {
      for (const [offset, line] of batch.lines.entries()) {
        snapshotter.fold(line, batch.firstSequence + offset);
      }
    }
    return snapshotter;
  }
}

type EventsItem = Extract<FeedItem, { kind: "events" }>;

function piecesOf(item: EventsItem, modes: StreamMode[], snapshotter: Snapshotter | undefined): Piece[] {
  return item.lines.map((line, offset) => pieceOf(line, item.firstSequence + offset, modes, snapshotter));
}

function pieceOf(line: string, sequence: number, modes: StreamMode[], snapshotter: Snapshotter | undefined): Piece {
  const type = typeOf(line);
  const terminal = isTerminalEvent(type);
  const shown = snapshotter ? snapshotter.after(line, sequence, type) : show(line, type, modes);
  return toPiece(sequence, shown, terminal, forcesFlush(type));
}

/** `run.annotated`, the live notification (streams-webhooks.md §6). */
function annotationPieces(row: AnnotationRow, modes: StreamMode[]): Piece[] {
  const annotation = shownAnnotation(row);
  const type = "run.annotated";
  const json = JSON.stringify({
    eventId: `annotation:${row.annotationId}`,
    runId: row.runId,
    type,
    timestamp: annotation.createdAt,
    payload: annotation,
  });
  const mode = modes.find((candidate) => candidate === "updates" || candidate === "debug");
  return mode === undefined ? [] : [livePiece([{ name: modes.length === 1 ? type : mode, json }])];
}

function livePiece(shown: Shown[]): Piece {
  return toPiece(undefined, shown, false, false);
}

function snapshotPiece(snapshotter: Snapshotter, sequence: number, terminal: boolean): Piece {
  return toPiece(sequence, [snapshotter.at(sequence)], terminal, true);
}

function toPiece(sequence: number | undefined, shown: Shown[], terminal: boolean, flush: boolean): Piece {
  const bytes = Buffer.from(shown.map(({ name, json }) => frame(sequence, name, json)).join(""));
  return { sequence, shown, bytes, terminal, flush };
}

/** The subscribers of one run with the same modes. */
class Channel {
  readonly subscribers = new Set<Subscriber>();
  stop: () => void = () => undefined;

  publish(pieces: Piece[]): void {
    for (const subscriber of this.subscribers) subscriber.take(pieces);
  }

  /** What the channel shows cannot be made any more: readers come back and are told why. */
  end(): void {
    for (const subscriber of this.subscribers) subscriber.end();
  }
}

/** Bytes of history sent before the reader is waited for. */
const PAGE_BYTES = 1024 * 1024;

function cutPage(pieces: Piece[]): [Piece[], Piece[]] {
  let bytes = 0;
  const end = pieces.findIndex((piece) => {
    bytes += piece.bytes.length;
    return bytes > PAGE_BYTES;
  });
  return end < 0 ? [pieces, []] : [pieces.slice(0, end + 1), pieces.slice(end + 1)];
}

/** One reader: catches up, then follows; with `bufferMs` it gets batches. */
class Subscriber {
  readonly #connection: SseConnection;
  readonly #bufferMs: number;
  #sent: number;
  /** Live pieces that came while the backlog was read. */
  #early: Piece[] | undefined = [];
  #buffered: { sequence: number | undefined; json: string }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: SseConnection, request: StreamRequest) {
    this.#connection = connection;
    this.#bufferMs = request.bufferMs;
    this.#sent = -1;
  }

  /** Sends the history as fast as the reader takes it, then what came meanwhile. */
  async catchUp(pieces: Piece[], through: number): Promise<void> {
    let rest = pieces;
    for (let [page, more] = cutPage(rest); more.length > 0; [page, more] = cutPage(rest)) {
      this.#send(page);
      await this.#connection.drained();
      rest = more;
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    // In one write where it can be: a short run that is over goes out as a single answer.
    const live = early.filter(({ sequence }) => sequence === undefined || sequence > through);
    this.#send([...rest, ...live]);
    this.#sent = Math.max(this.#sent, through);
    if (!this.#connection.ended) this.#connection.begin();
  }

  take(pieces: Piece[]): void {
    if (this.#early) this.#early.push(...pieces);
    else this.#send(pieces.filter(({ sequence }) => sequence === undefined || sequence > this.#sent));
  }

  #send(pieces: Piece[]): void {
    const last = pieces.at(-1);
    if (!last) return;
    this.#sent = last.sequence ?? this.#sent;
    if (this.#bufferMs > 0) return this.#buffer(pieces);
    if (last.terminal) return this.#connection.end(pieces.map((piece) => piece.bytes.toString()).join(""));
    for (const piece of pieces) if (piece.bytes.length > 0) this.#connection.write(piece.bytes);
  }

  #buffer(pieces: Piece[]): void {
    for (const piece of pieces) {
      for (const { json } of piece.shown) this.#buffered.push({ sequence: piece.sequence, json });
      if (piece.flush) this.#flush();
    }
    if (pieces.at(-1)?.terminal) return this.#connection.end();
    if (this.#buffered.length === 0) return;
    this.#timer ??= setTimeout(() => this.#flush(), this.#bufferMs);
  }

  /** The id of a batch is the highest sequence in it. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#buffered.length === 0) return;
    const id = this.#buffered.findLast(({ sequence }) => sequence !== undefined)?.sequence;
    const batch = `[${this.#buffered.map(({ json }) => json).join(",")}]`;
    this.#buffered = [];
    this.#connection.write(frame(id, "batch", batch));
  }

  end(): void {
    this.#connection.end();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#buffered = [];
  }
}
