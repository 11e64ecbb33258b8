// The text that somebody is writing, as rows: those that stand on the screen for good, and those that are drawn anew.
//
//   D1. Of a text that only grows, no row that stands is written a second time.
//   D2. A text that is written once more from its beginning, as after a restart of the daemon, shows nothing until it
//       comes to something new.
//   D3. A screen that becomes wider or narrower leaves the rows that stand as they are; what follows has the new width.

import { wrapRows } from "./rows.ts";
import type { Speaker } from "./screen.ts";

export interface Draft {
  speaker: Speaker;
  text: string;
}

/** Rows to be written for good. */
export interface Standing {
  rows: readonly string[];
  /** The first row says who writes. */
  hasLabel: boolean;
  /** What stands already is no part of this text. */
  isAnew: boolean;
}

export class LiveDraft {
  #draft: Draft | undefined;
  #columns: number;
  /** Rows that stand, of the text behind `#before`. */
  #standing: readonly string[] = [];
  /** What of the text stood when the width changed last. */
  #before = "";

  constructor(columns: number) {
    this.#columns = columns;
  }

  get speaker(): Speaker | undefined {
    return this.#draft?.speaker;
  }

  /** Something of it stands. */
  get hasBegun(): boolean {
    return this.#standing.length > 0 || this.#before !== "";
  }

  resize(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    if (!this.#draft || this.#standing.length === 0) return;
    const source = sourceOf(this.#draft);
    this.#before += source.slice(this.#before.length).slice(0, lengthOf(this.#standing, source, this.#before.length));
    this.#standing = [];
  }

  /** The text as it is now; what does not fit into `most` rows is to be written. */
  grow(draft: Draft, most: number): Standing {
    const isRepeated = this.#draft && this.hasBegun && sourceOf(this.#draft).startsWith(sourceOf(draft));
    return this.#become(isRepeated && this.#draft ? this.#draft : draft, most);
  }

  #become(draft: Draft, most: number): Standing {
    const isAnew = this.#draft !== undefined && this.#beginAnew(draft);
    this.#draft = draft;
    const rows = this.#rowsOf(draft);
    const upTo = Math.max(this.#standing.length, rows.length - most);
    const standing = { rows: rows.slice(this.#standing.length, upTo), hasLabel: !this.hasBegun, isAnew };
    this.#standing = rows.slice(0, upTo);
    return standing;
  }

  /** What of it is drawn anew. */
  rest(): Omit<Standing, "isAnew"> {
    if (!this.#draft) return { rows: [], hasLabel: false };
    return { rows: this.#rowsOf(this.#draft).slice(this.#standing.length), hasLabel: !this.hasBegun };
  }

  /** The text is complete; what is missing is to be written. */
  end(draft: Draft): Standing {
    const standing = this.#become(draft, 0);
    this.drop();
    return standing;
  }

  drop(): void {
    this.#draft = undefined;
    this.#standing = [];
    this.#before = "";
  }

  /** Forgets what stands when the text does not begin with it. */
  #beginAnew(draft: Draft): boolean {
    const isGoingOn = sourceOf(draft).startsWith(this.#before) && startsWith(this.#rowsOf(draft), this.#standing);
    if (isGoingOn) return false;
    this.drop();
    return true;
  }

  #rowsOf(draft: Draft): string[] {
    return wrapRows(sourceOf(draft).slice(this.#before.length), this.#columns);
  }
}

function sourceOf({ speaker, text }: Draft): string {
  return `${speaker.name} ▸ ${text}`;
}

function startsWith(rows: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((row, index) => rows[index] === row);
}

/** Characters of `source` from `from` on that these rows show, with the break behind them. */
function lengthOf(rows: readonly string[], source: string, from: number): number {
  const shown = rows.join("").replace(/\s/g, "").length;
  let at = from;
  for (let seen = 0; seen < shown; at += 1) if (!/\s/.test(source[at] ?? "")) seen += 1;
  let breaks = 1;
  for (let last = rows.length - 1; rows[last] === "" && last > 0; last -= 1) breaks += 1;
  while (source[at] === " ") at += 1;
  for (; breaks > 0 && source[at] === "\n"; breaks -= 1) at += 1;
  return at - from;
}
