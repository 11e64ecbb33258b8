// The screen of a conversation: lines, text that grows, and below them what the user is typing.

import { clearLine, cursorTo, type Interface } from "node:readline";
import type { Sink } from "../host.ts";
import type { Colour, Terminal } from "../terminal.ts";

export interface Speaker {
  name: string;
  colour: Colour;
}

export interface Screen {
  /** A whole message. */
  say(speaker: Speaker, text: string): void;
  /** A remark of parley's own. */
  note(text: string): void;
  /** More of the text `id`. It may have been interrupted by other lines: then it goes on under its name. */
  grow(id: string, speaker: Speaker, text: string, first: boolean): void;
  /** The text `id` is complete. */
  finish(id: string): void;
  /** Shows the prompt. */
  ready(): void;
}

/** Where programs read, nothing is drawn. */
export const noScreen: Screen = {
  say: () => undefined,
  note: () => undefined,
  grow: () => undefined,
  finish: () => undefined,
  ready: () => undefined,
};

export class TerminalScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #stdout: Sink;
  /** Present on a terminal only: without one there is no prompt to step around. */
  readonly #prompt: Interface | undefined;
  /** Whose text stands on the last line, without a line end. */
  #growing: string | undefined;

  constructor(terminal: Terminal, stdout: Sink, prompt: Interface | undefined) {
    this.#terminal = terminal;
    this.#stdout = stdout;
    this.#prompt = prompt;
  }

  say(speaker: Speaker, text: string): void {
    this.#above();
    this.#terminal.out(this.#label(speaker) + text);
    this.#below();
  }

  note(text: string): void {
    this.#above();
    this.#terminal.out(this.#terminal.paint("dim", text));
    this.#below();
  }

  grow(id: string, speaker: Speaker, text: string, first: boolean): void {
    if (this.#growing !== id) {
      this.#above();
      this.#terminal.write(this.#label(speaker) + (first ? "" : "… "));
      this.#growing = id;
    }
    this.#terminal.write(text);
  }

  finish(id: string): void {
    if (this.#growing !== id) return;
    this.#endGrowing();
    this.#below();
  }

  ready(): void {
    if (this.#growing === undefined) this.#below();
  }

  #label({ name, colour }: Speaker): string {
    return `${this.#terminal.paint(colour, `${name} ▸`)} `;
  }

  #above(): void {
    if (this.#growing !== undefined) {
      this.#endGrowing();
    } else if (this.#prompt) {
      cursorTo(this.#stdout, 0);
      clearLine(this.#stdout, 0);
    }
  }

  #endGrowing(): void {
    this.#growing = undefined;
    this.#terminal.write("\n");
  }

  #below(): void {
    this.#prompt?.prompt(true);
  }
}
