// Writing for people and for programs.
//
//   W1. Text that came from outside loses its control characters before it reaches a terminal: a message must not move
//       the cursor, colour the screen or change the title (P-14).
//   W2. Colours only on a terminal, and never with NO_COLOR.
//   W3. Results go to stdout, everything about them to stderr.

import { stripVTControlCharacters } from "node:util";
import type { Host, Sink } from "./host.ts";

export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export class Terminal {
  readonly #host: Host;
  readonly #colour: { out: boolean; err: boolean };

  constructor(host: Host) {
    this.#host = host;
    this.#colour = { out: wantsColour(host, host.stdout), err: wantsColour(host, host.stderr) };
  }

  /** Somebody can be asked here. */
  get interactive(): boolean {
    return this.#host.stdin.isTTY === true && this.#host.stdout.isTTY === true;
  }

  get outIsTerminal(): boolean {
    return this.#host.stdout.isTTY === true;
  }

  /** One line to stdout. */
  out(line: string): void {
    this.#host.stdout.write(`${line}\n`);
  }

  /** One line to stderr. */
  err(line: string): void {
    this.#host.stderr.write(`${line}\n`);
  }

  /** Text to stdout as it is, without a line end. */
  write(text: string): void {
    this.#host.stdout.write(text);
  }

  /** One JSON object on one line of stdout. */
  json(value: unknown): void {
    this.out(JSON.stringify(value));
  }

  /** Colours text for stdout. */
  paint(colour: Colour, text: string): string {
    return this.#colour.out ? painted(colour, text) : text;
  }

  /** Colours text for stderr. */
  paintErr(colour: Colour, text: string): string {
    return this.#colour.err ? painted(colour, text) : text;
  }

  /** Rows in columns; the first row is the heading. */
  table(rows: readonly (readonly string[])[]): void {
    const clean = rows.map((row) => row.map((cell) => cellText(cell)));
    const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => (row[column] ?? "").length)));
    for (const [index, row] of clean.entries()) {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd();
      this.out(index === 0 ? this.paint("bold", line) : line);
    }
  }

  /** `name  value` lines; empty values are left out. */
  facts(facts: readonly (readonly [string, string | undefined])[]): void {
    const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== "");
    const width = Math.max(0, ...shown.map(([name]) => name.length));
    for (const [name, value] of shown) this.out(`${this.paint("dim", name.padEnd(width))}  ${oneLine(value)}`);
  }
}

function wantsColour({ env }: Host, sink: Sink): boolean {
  return sink.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

function painted(colour: Colour, text: string): string {
  const [on, off] = codes[colour];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Without control characters; line ends and tabs stay (W1). */
export function printable(text: string): string {
  // Whole sequences first: without it, the letters of a stripped sequence would be left behind.
  return dropControls(stripVTControlCharacters(text));
}

/** As {@link printable}, for pieces of a text: works on single characters, so a sequence may be cut anywhere. */
export function dropControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** For one line of a table or a list. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** As {@link oneLine}; spaces at the beginning stay, they are the depth of a tree. */
function cellText(text: string): string {
  const line = oneLine(text);
  return line === "" ? "" : text.slice(0, text.search(/[^ ]/)) + line;
}

/** Cut to `length` characters, with a sign that something is missing. */
export function shorten(text: string, length: number): string {
  const line = oneLine(text);
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
