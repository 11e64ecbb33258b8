// The screen of a conversation on a terminal. What is over stands above, for good; below it a foot that is drawn anew
// with every change: the text that is being written, one line about what is being done, and what the user types.
//
//   S1. A row above the foot is written once and never touched again.
//   S2. The foot has fewer rows than the screen: rows that are drawn anew must not have scrolled away. Of a longer draft
//       the first rows are written for good.
//   S3. What somebody is typing stays on the screen, cursor and all, whatever happens above.

import type { Interface } from "node:readline";
import type { Sink } from "../host.ts";
import type { Terminal } from "../terminal.ts";
import { rowsTyped, wrapProse, wrapRows } from "./rows.ts";
import type { Screen, Speaker } from "./screen.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Rows that the draft leaves to the activity line and to what is typed. */
const ROWS_BELOW_DRAFT = 6;
const LEAST_DRAFT_ROWS = 3;

const upAndClear = (rows: number) => `\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[0J`;

export class LiveScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #stdout: Sink;
  readonly #lines: Interface;
  #draft: { speaker: Speaker; text: string } | undefined;
  /** Rows of the draft that stand above the foot already (S2). */
  #written: string[] = [];
  #activity: string | undefined;
  #label = "you";
  /** Rows of the foot above the prompt. */
  #footRows = 0;
  #closed = false;

  constructor(terminal: Terminal, stdout: Sink, lines: Interface) {
    this.#terminal = terminal;
    this.#stdout = stdout;
    this.#lines = lines;
    this.#setPrompt();
  }

  get typing(): boolean {
    return this.#lines.line !== "";
  }

  say(speaker: Speaker, text: string, remark?: string): void {
    this.#change(() => {
      const written = this.#written;
      this.#endDraft();
      const rest = remark === undefined ? "" : ` ${this.#terminal.paint("dim", remark)}`;
      if (written.length === 0) return `${this.#readable(speaker, text)}${rest}\n`;
      const rows = this.#rowsOf(speaker, text);
      if (startsWith(rows, written)) return this.#painted(rows, speaker, written.length);
      return `${this.#anew()}${this.#readable(speaker, text)}\n`;
    });
  }

  echo(speaker: Speaker, text: string): void {
    this.#change(() => `${this.#named(speaker)}${text}\n`);
  }

  note(text: string): void {
    this.#change(() => `${this.#terminal.paint("dim", text)}\n`);
  }

  card(speaker: Speaker, [first = "", ...rest]: readonly string[]): void {
    const edge = this.#terminal.paint(speaker.colour, "│");
    const lines = [
      this.#named(speaker) + this.#terminal.paint("bold", first),
      ...rest.map((line) => `${edge} ${line}`),
    ];
    this.#change(() => `${lines.join("\n")}\n`);
  }

  aside(write: () => void): void {
    this.#change(() => {
      write();
      return "";
    });
  }

  draft(draft: { speaker: Speaker; text: string } | undefined): void {
    this.#change(() => {
      if (!draft) return this.#endDraft();
      this.#draft = draft;
      return this.#writeOverflow(this.#rowsOf(draft.speaker, draft.text), draft.speaker);
    });
  }

  activity(line: string | undefined): void {
    if (line !== this.#activity) this.#change(() => this.#setActivity(line));
  }

  prompt(label: string): void {
    this.#change(() => {
      this.#label = label;
      this.#setPrompt();
      return "";
    });
  }

  retype(text: string): void {
    // A line break would enter it.
    this.#lines.write(text.replaceAll("\n", " "));
  }

  /** Takes away the line that was typed and sent with Enter: what it was stands above, in the form of the conversation. */
  takeTyped(line: string): void {
    this.#stdout.write(upAndClear(rowsTyped(`${this.#label} ▸ ${line}`, this.#columns) + this.#footRows));
    this.#draw(0);
  }

  close(): void {
    if (this.#closed) return;
    this.#erase();
    this.#closed = true;
  }

  get #columns(): number {
    return this.#stdout.columns ?? DEFAULT_COLUMNS;
  }

  #setPrompt(): void {
    this.#lines.setPrompt(`${this.#terminal.paint("bold", `${this.#label} ▸`)} `);
  }

  #setActivity(line: string | undefined): string {
    this.#activity = line;
    return "";
  }

  #endDraft(): string {
    this.#draft = undefined;
    this.#written = [];
    return "";
  }

  /** Takes the foot away, writes what comes to stand above it, draws the foot anew. */
  #change(above: () => string): void {
    if (this.#closed) return;
    const promptRows = this.#erase();
    this.#stdout.write(above());
    this.#draw(promptRows);
  }

  /** Returns how many rows below the beginning of the prompt the cursor stood. */
  #erase(): number {
    const { rows } = this.#lines.getCursorPos();
    this.#stdout.write(upAndClear(this.#footRows + rows));
    this.#footRows = 0;
    return rows;
  }

  #draw(promptRows: number): void {
    const foot = this.#foot();
    this.#footRows = foot.length;
    // readline takes the cursor up by the rows it had left it at: it is given these rows first.
    this.#stdout.write(foot.map((row) => `${row}\n`).join("") + "\n".repeat(promptRows));
    this.#lines.prompt(true);
  }

  #foot(): string[] {
    const rows = this.#draft ? this.#rowsOf(this.#draft.speaker, this.#draft.text) : [];
    const shown = rows.slice(this.#written.length).map((row, index) => {
      return this.#draft && this.#written.length + index === 0 ? this.#paintLabel(row, this.#draft.speaker) : row;
    });
    if (this.#activity !== undefined) {
      const [row = "", more] = wrapRows(`… ${this.#activity}`, this.#columns - 2);
      shown.push(this.#terminal.paint("dim", more === undefined ? row : `${row}…`));
    }
    return shown;
  }

  /** The first rows of a draft that has become too long for the foot. */
  #writeOverflow(rows: readonly string[], speaker: Speaker): string {
    let above = "";
    if (!startsWith(rows, this.#written)) {
      above = this.#anew();
      this.#written = [];
    }
    const most = Math.max(LEAST_DRAFT_ROWS, (this.#stdout.rows ?? DEFAULT_ROWS) - ROWS_BELOW_DRAFT);
    const upTo = rows.length - most;
    if (upTo <= this.#written.length) return above;
    above += this.#painted(rows.slice(0, upTo), speaker, this.#written.length);
    this.#written = rows.slice(0, upTo);
    return above;
  }

  #readable(speaker: Speaker, text: string): string {
    return this.#paintLabel(wrapProse(`${speaker.name} ▸ ${text}`, this.#columns - 1), speaker);
  }

  #rowsOf(speaker: Speaker, text: string): string[] {
    // One column stays free: a full row would break by itself as well.
    return wrapRows(`${speaker.name} ▸ ${text}`, this.#columns - 1);
  }

  #painted(rows: readonly string[], speaker: Speaker, from: number): string {
    return rows
      .map((row, index) => (index === 0 ? this.#paintLabel(row, speaker) : row))
      .slice(from)
      .map((row) => `${row}\n`)
      .join("");
  }

  #paintLabel(row: string, { name, colour }: Speaker): string {
    const label = `${name} ▸`;
    return row.startsWith(label) ? this.#terminal.paint(colour, label) + row.slice(label.length) : row;
  }

  #named({ name, colour }: Speaker): string {
    return `${this.#terminal.paint(colour, `${name} ▸`)} `;
  }

  #anew(): string {
    return `${this.#terminal.paint("dim", "(begun anew)")}\n`;
  }
}

function startsWith(rows: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((row, index) => rows[index] === row);
}
