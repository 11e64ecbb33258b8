// A channel: the readers who follow one run with the same modes. What happens is made into pieces once for all of them.
//
// In the mode `values` snapshots go on from the first backlog that was read: what is heard before that waits.

import type { FeedItem } from "#runtime/feed.ts";
import type { Snapshotter } from "./snapshots.ts";
import type { StreamMode } from "./stream-modes.ts";
import { livePieces } from "./stream-pieces.ts";
import type { Subscriber } from "./stream-subscriber.ts";

export class Channel {
  readonly subscribers = new Set<Subscriber>();
  readonly #modes: readonly StreamMode[];
  #snapshotter: Snapshotter | undefined;
  /** Heard before there was a snapshotter; undefined: nothing has to wait. */
  #early: FeedItem[] | undefined;
  #beginsBehind = -1;

  constructor(modes: readonly StreamMode[]) {
    this.#modes = modes;
    this.#early = modes[0] === "values" ? [] : undefined;
  }

  /** Sequence up to which snapshots were made when the channel began: a reader's backlog must reach as far. */
  get beginsBehind(): number {
    return this.#beginsBehind;
  }

  /** Goes on with a snapshotter that folded the log up to `through`; only the first one is taken. */
  begin(snapshotter: Snapshotter, through: number): void {
    const early = this.#early;
    if (!early) return;
    this.#early = undefined;
    this.#snapshotter = snapshotter;
    this.#beginsBehind = through;
    for (const item of early) this.hear(item);
  }

  hear(item: FeedItem): void {
    if (this.#early) return void this.#early.push(item);
    try {
      const pieces = livePieces(item, this.#modes, this.#snapshotter);
      for (const subscriber of this.subscribers) subscriber.take(pieces);
    } catch {
      // What the channel shows cannot be made any more: readers come back and are told why.
      for (const subscriber of this.subscribers) subscriber.end();
    }
  }
}
