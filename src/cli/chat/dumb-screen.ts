// The screen of a conversation on a terminal that knows no control sequences (TERM=dumb): lines, one below the other,
// and the prompt behind them. What somebody is typing is written again when lines came in between.

import type { Interface } from "node:readline";
import type { Terminal } from "../terminal.ts";
import { PlainScreen, type Screen, type Speaker } from "./screen.ts";

export class DumbScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #plain: PlainScreen;
  readonly #lines: Interface;
  #label = "you";
  #activity: string | undefined;
  /** The prompt stands at the end of what was written. */
  #isAsking = false;

  constructor(terminal: Terminal, lines: Interface) {
    this.#terminal = terminal;
    this.#plain = new PlainScreen(terminal);
    this.#lines = lines;
    lines.on("line", () => {
      this.#isAsking = false;
    });
  }

  get typing(): boolean {
    return this.#lines.line !== "";
  }

  say(speaker: Speaker, text: string): void {
    this.aside(() => this.#plain.say(speaker, text));
  }

  finish(speaker: Speaker, text: string): void {
    this.say(speaker, text);
  }

  echo(_speaker: Speaker, _text: string, remark?: string): void {
    // The text stands where it was typed.
    if (remark !== undefined) this.note(remark);
  }

  note(text: string): void {
    this.aside(() => this.#terminal.out(text));
  }

  card(speaker: Speaker, lines: readonly string[]): void {
    this.aside(() => this.#plain.card(speaker, lines));
  }

  activity(line: string | undefined): void {
    if (line !== undefined && line !== this.#activity) this.note(`… ${line}`);
    this.#activity = line;
  }

  prompt(label: string): void {
    if (label === this.#label && this.#isAsking) return;
    this.#label = label;
    this.#lines.setPrompt(`${label} ▸ `);
    this.aside(() => undefined);
  }

  retype(text: string): void {
    this.#lines.write(text.replaceAll("\n", " "));
  }

  aside(write: () => void): void {
    if (this.#isAsking) this.#terminal.write("\n");
    write();
    this.#terminal.write(`${this.#label} ▸ ${this.#lines.line}`);
    this.#isAsking = true;
  }

  draft(): void {
    // Text that may still change cannot be taken back here; the message follows.
  }

  keepDraft(): void {
    // As above.
  }

  pasted(): void {
    // The lines stand where they were pasted.
  }

  close(): void {
    if (this.#isAsking) this.#terminal.write("\n");
    this.#isAsking = false;
  }
}
