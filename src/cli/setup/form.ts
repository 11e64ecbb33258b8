// Asking somebody at the terminal, line by line; what is secret is not shown.

import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandError } from "../failures.ts";
import type { Host } from "../host.ts";
import type { Terminal } from "../terminal.ts";

export class Form {
  readonly #terminal: Terminal;
  readonly #lines: Interface;
  readonly #gone = new AbortController();
  #hidden = false;

  constructor(host: Host, terminal: Terminal) {
    this.#terminal = terminal;
    const output = new Writable({
      decodeStrings: false,
      write: (text, _encoding, done) => {
        if (!this.#hidden) host.stdout.write(text);
        done();
      },
    });
    // No history: what is secret must not come back with the arrow keys.
    this.#lines = createInterface({ input: host.stdin, output, terminal: true, historySize: 0 });
    this.#lines.once("close", () => this.#gone.abort());
    this.#lines.once("SIGINT", () => this.#lines.close());
  }

  /** What is entered, or the default when that is nothing. @throws CommandError when somebody goes away. */
  async ask(label: string, otherwise: string | undefined): Promise<string> {
    const shown = otherwise === undefined ? "" : ` [${otherwise}]`;
    for (;;) {
      const text = (await this.#line(`${this.#label(label)}${shown}: `)).trim() || otherwise;
      if (text !== undefined) return text;
    }
  }

  /** As {@link ask}; nothing of it is shown. Empty when nothing was entered. */
  async askHidden(label: string): Promise<string> {
    this.#terminal.write(`${this.#label(label)}: `);
    this.#hidden = true;
    try {
      return (await this.#line("")).trim();
    } finally {
      this.#hidden = false;
      this.#terminal.write("\n");
    }
  }

  /** What is to become of settings that did not work. */
  async askWhatNow(): Promise<"keep" | "again" | "leave"> {
    const said = (await this.#line(`${this.#label("Keep these settings all the same?")} [y/N/again]: `)).trim();
    if (/^y(es)?$/i.test(said)) return "keep";
    return /^a(gain)?$/i.test(said) ? "again" : "leave";
  }

  close(): void {
    this.#lines.close();
  }

  async #line(prompt: string): Promise<string> {
    try {
      return await this.#lines.question(prompt, { signal: this.#gone.signal });
    } catch (error) {
      if (!this.#gone.signal.aborted) throw error;
      throw new CommandError("Nothing was changed.");
    }
  }

  #label(text: string): string {
    return `${this.#terminal.paint("cyan", "?")} ${text}`;
  }
}
