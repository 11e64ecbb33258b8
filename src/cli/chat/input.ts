// Lines as they are entered, one after the other.
//
//   I1. What is pasted is one entry, however many lines it has and in however many pieces it arrives. Where the terminal
//       says what is pasted, nothing of it is sent before Enter.

import type { Interface } from "node:readline";

export interface Entry {
  text: string;
  /** Several lines that came at once: something that was pasted, to be said as it is and never a decision. */
  pasted: boolean;
}

/** Entries that wait; beyond that the source is asked to pause. */
const MOST_WAITING = 100;

/** Somebody at a terminal. */
export interface Typist {
  /** Tells of single keys. */
  keys: NodeJS.ReadableStream;
  /** Called with the pasted lines that wait for Enter whenever they change. */
  onPaste: (lines: readonly string[]) => void;
}

export class Input {
  readonly #lines: Interface;
  readonly #waiting: Entry[] = [];
  readonly #typist: Typist | undefined;
  /** Between the terminal's marks of a paste. */
  #isPasting = false;
  #pasted: string[] = [];
  #atOnce: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** Without a typist every line is an entry. */
  constructor(lines: Interface, typist: Typist | undefined) {
    this.#lines = lines;
    this.#typist = typist;
    lines.on("line", (line) => this.#take(line));
    typist?.keys.on("keypress", (_text: unknown, key: { name?: string }) => this.#notePaste(key.name));
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
      if (entry || (this.#ended && this.#atOnce.length === 0)) return entry;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Something was pasted and waits for Enter. */
  get holdsPaste(): boolean {
    return this.#pasted.length > 0;
  }

  /** Forgets what was pasted and not sent. */
  dropPaste(): void {
    this.#hold([]);
  }

  #notePaste(key: string | undefined): void {
    if (key === "paste-start") this.#isPasting = true;
    if (key === "paste-end") this.#isPasting = false;
  }

  #take(line: string): void {
    if (!this.#typist) this.#push({ text: line, pasted: false });
    else if (this.#isPasting) this.#hold([...this.#pasted, line]);
    else if (this.#pasted.length > 0) this.#sendPaste(line);
    else this.#gather(line);
  }

  #hold(lines: string[]): void {
    this.#pasted = lines;
    this.#typist?.onPaste(lines);
  }

  #sendPaste(last: string): void {
    const lines = last === "" ? this.#pasted : [...this.#pasted, last];
    this.#hold([]);
    this.#push({ text: lines.join("\n"), pasted: true });
  }

  #gather(line: string): void {
    this.#atOnce.push(line);
    if (this.#atOnce.length > 1) return;
    // A terminal that does not mark a paste hands it over in few pieces: the lines of one come before anything else.
    setImmediate(() => {
      const lines = this.#atOnce;
      this.#atOnce = [];
      this.#push({ text: lines.join("\n"), pasted: lines.length > 1 });
    });
  }

  #push(entry: Entry): void {
    this.#waiting.push(entry);
    if (this.#waiting.length >= MOST_WAITING) this.#lines.pause();
    this.#wake?.();
  }
}
