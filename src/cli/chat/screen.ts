// What a conversation is shown on. Texts handed to a screen have lost their control characters already.

import type { Colour, Terminal } from "../terminal.ts";

export interface Speaker {
  name: string;
  colour: Colour;
}

export interface Screen {
  /** A whole message. A draft goes on below it. */
  say(speaker: Speaker, text: string): void;
  /** The message that the draft has become; without a draft as {@link say}. */
  finish(speaker: Speaker, text: string): void;
  /** What was entered here, said once more in the form of the conversation; only where the typed line goes away. */
  echo(speaker: Speaker, text: string, remark?: string): void;
  /** A remark of parley's own. */
  note(text: string): void;
  /** A card: something to read and to decide on. */
  card(speaker: Speaker, lines: readonly string[]): void;
  /** Lets somebody else write lines, who does not know of the screen. */
  aside(write: () => void): void;
  /** The text that a speaker is writing, as far as it is known; undefined: nobody writes any more. */
  draft(draft: { speaker: Speaker; text: string } | undefined): void;
  /** The draft stays as it stands: no message comes in its place. */
  keepDraft(): void;
  /** The one line that says what is being done now; undefined: nothing. */
  activity(line: string | undefined): void;
  /** What the prompt says; it stands until the next call. */
  prompt(label: string): void;
  /** Lines that were pasted and wait for Enter. */
  pasted(lines: readonly string[]): void;
  /** Puts a text where it was typed. */
  retype(text: string): void;
  /** Somebody is in the middle of a line. */
  readonly typing: boolean;
  /** Nothing is shown any more. */
  close(): void;
}

/** Where programs read, nothing is drawn. */
export const noScreen: Screen = {
  say: () => undefined,
  finish: () => undefined,
  echo: () => undefined,
  note: () => undefined,
  card: () => undefined,
  aside: (write) => write(),
  draft: () => undefined,
  keepDraft: () => undefined,
  activity: () => undefined,
  prompt: () => undefined,
  pasted: () => undefined,
  retype: () => undefined,
  typing: false,
  close: () => undefined,
};

/** Lines for a pipe or a file: messages and cards to stdout, all about them to stderr, no half texts. */
export class PlainScreen implements Screen {
  readonly #terminal: Terminal;
  readonly typing = false;
  #activity: string | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  say(speaker: Speaker, text: string): void {
    this.#terminal.out(`${speaker.name} ▸ ${text}`);
  }

  finish(speaker: Speaker, text: string): void {
    this.say(speaker, text);
  }

  echo(): void {
    // Programs know what they wrote.
  }

  note(text: string): void {
    this.#terminal.err(text);
  }

  card(speaker: Speaker, [first = "", ...rest]: readonly string[]): void {
    this.#terminal.out(`${speaker.name} ▸ ${first}`);
    for (const line of rest) this.#terminal.out(`  ${line}`);
  }

  aside(write: () => void): void {
    write();
  }

  draft(): void {
    // A text that may still change is nothing for a pipe; the message follows.
  }

  keepDraft(): void {
    // As above.
  }

  activity(line: string | undefined): void {
    if (line !== undefined && line !== this.#activity) this.#terminal.err(`… ${line}`);
    this.#activity = line;
  }

  prompt(): void {
    // Nobody types here.
  }

  pasted(): void {
    // As above.
  }

  retype(): void {
    // As above.
  }

  close(): void {
    // Every line is written already.
  }
}
