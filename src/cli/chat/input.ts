// Lines as they are entered, one after the other.

import type { Interface } from "node:readline";

export interface Entry {
  text: string;
  /** Several lines that came at once: something that was pasted, to be said as it is and never a decision. */
  pasted: boolean;
}

/** Entries that wait; beyond that the source is asked to pause. */
const MOST_WAITING = 100;

export class Input {
  readonly #lines: Interface;
  readonly #waiting: Entry[] = [];
  #pasting: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** `joins`: lines that come at once are one entry. */
  constructor(lines: Interface, joins: boolean) {
    this.#lines = lines;
    lines.on("line", (line) => (joins ? this.#gather(line) : this.#push({ text: line, pasted: false })));
    lines.once("close", () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** The next entry; undefined when there will be none. */
  async next(): Promise<Entry | undefined> {
    for (;;) {
      const entry = this.#waiting.shift();
      if (this.#waiting.length === 0 && !this.#ended) this.#lines.resume();
      if (entry || (this.#ended && this.#pasting.length === 0)) return entry;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #gather(line: string): void {
    this.#pasting.push(line);
    if (this.#pasting.length > 1) return;
    // A terminal hands over what was pasted in one piece: all its lines come before anything else happens.
    setImmediate(() => {
      const lines = this.#pasting;
      this.#pasting = [];
      this.#push({ text: lines.join("\n"), pasted: lines.length > 1 });
    });
  }

  #push(entry: Entry): void {
    this.#waiting.push(entry);
    if (this.#waiting.length >= MOST_WAITING) this.#lines.pause();
    this.#wake?.();
  }
}
