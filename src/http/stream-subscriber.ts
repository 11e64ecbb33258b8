// One reader of a run's stream: catches up, then follows; with `bufferMs` it gets batches.

import type { SseConnection } from "./sse.ts";
import { frame } from "./stream-modes.ts";
import type { Piece } from "./stream-pieces.ts";

/** Bytes of history sent before the reader is waited for. */
const PAGE_BYTES = 1024 * 1024;

export class Subscriber {
  readonly #connection: SseConnection;
  /** 0 = every event at once. */
  readonly #bufferMs: number;
  #sent = -1;
  /** Live pieces that came while the backlog was read. */
  #early: Piece[] | undefined = [];
  #buffered: { sequence: number | undefined; json: string }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: SseConnection, bufferMs: number) {
    this.#connection = connection;
    this.#bufferMs = bufferMs;
  }

  /** Sends the history, which reaches to `through`, as fast as the reader takes it, then what came meanwhile. */
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

  /** Live pieces; what was sent already is left out. */
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

  /** Ends the stream. */
  end(): void {
    this.#connection.end();
  }

  /** The reader is gone. */
  close(): void {
    clearTimeout(this.#timer);
    this.#buffered = [];
  }
}

function cutPage(pieces: Piece[]): [Piece[], Piece[]] {
  let bytes = 0;
  const end = pieces.findIndex((piece) => {
    bytes += piece.bytes.length;
    return bytes > PAGE_BYTES;
  });
  return end < 0 ? [pieces, []] : [pieces.slice(0, end + 1), pieces.slice(end + 1)];
}
