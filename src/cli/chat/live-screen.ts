// The screen of a conversation on a terminal. What is over stands above, for good; below it a foot that is drawn anew
// with every change: the text that is being written, one line about what is being done, and what the user types.
//
//   S1. A row above the foot is written once and never touched again.
//   S2. The foot has fewer rows than the screen: rows that are drawn anew must not have scrolled away. Of a longer draft
//       the first rows are written for good.
//   S3. What somebody is typing stays on the screen, cursor and all, whatever happens above.

import type { Interface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import type { Sink } from "../host.ts";
import type { Terminal } from "../terminal.ts";
import { type Draft, LiveDraft, type Standing } from "./live-draft.ts";
import { rowsTyped, widthOf, wrapHanging, wrapProse, wrapRows } from "./rows.ts";
import type { Screen, Speaker } from "./screen.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Rows that the draft leaves to the activity line and to what is typed. */
const ROWS_BELOW_DRAFT = 6;
const LEAST_DRAFT_ROWS = 3;
/** Pasted lines that are shown before they are sent. */
const SHOWN_PASTE = 3;

const upAndClear = (rows: number) => `\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[0J`;
/** Asks the terminal to say where a paste begins and ends, and not to any more. */
const PASTES_ON = "\u001b[?2004h";
const PASTES_OFF = "\u001b[?2004l";

export class LiveScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #stdout: Sink;
  readonly #lines: Interface;
  readonly #draft: LiveDraft;
  #activity: string | undefined;
  #pasted: readonly string[] = [];
  #label = "you";
  /** The foot above the prompt as it was drawn, and how wide the screen was then. */
  #drawn: { rows: readonly string[]; columns: number };
  #closed = false;

  constructor(terminal: Terminal, stdout: Sink, lines: Interface) {
    this.#terminal = terminal;
    this.#stdout = stdout;
    this.#lines = lines;
    this.#draft = new LiveDraft(this.#columns - 1);
    this.#drawn = { rows: [], columns: this.#columns };
    this.#stdout.write(PASTES_ON);
    this.#setPrompt();
  }

  get typing(): boolean {
    return this.#lines.line !== "" || this.#pasted.length > 0;
  }

  say(speaker: Speaker, text: string): void {
    this.#change(() => `${this.#readable(speaker, text)}\n`);
  }

  finish(speaker: Speaker, text: string): void {
    this.#change(() => {
      if (this.#draft.hasBegun) return this.#stand(this.#draft.end({ speaker, text }), speaker);
      this.#draft.drop();
      return `${this.#readable(speaker, text)}\n`;
    });
  }

  echo(speaker: Speaker, text: string, remark?: string): void {
    const shown = this.#readable(speaker, text);
    const lastRow = stripVTControlCharacters(shown.slice(shown.lastIndexOf("\n") + 1));
    const fits = widthOf(`${lastRow} ${remark ?? ""}`) < this.#columns;
    const rest = remark === undefined ? "" : (fits ? " " : "\n") + this.#terminal.paint("dim", remark);
    this.#change(() => `${shown}${rest}\n`);
  }

  note(text: string): void {
    const rows = wrapHanging(text, this.#columns - 1);
    this.#change(() => rows.map((row) => `${this.#terminal.paint("dim", row)}\n`).join(""));
  }

  card(speaker: Speaker, [first = "", ...rest]: readonly string[]): void {
    const edge = this.#terminal.paint(speaker.colour, "│");
    // Every row has the edge: no text of a card can look as if it stood below the card.
    const rows = rest.flatMap((line) => wrapHanging(line, this.#columns - 3)).map((row) => `${edge} ${row}`);
    const head = this.#named(speaker) + this.#terminal.paint("bold", first);
    this.#change(() => `${[head, ...rows].join("\n")}\n`);
  }

  aside(write: () => void): void {
    this.#change(() => {
      write();
      return "";
    });
  }

  draft(draft: Draft | undefined): void {
    this.#change(() => {
      if (draft) return this.#stand(this.#draft.grow(draft, this.#mostDraftRows), draft.speaker);
      this.#draft.drop();
      return "";
    });
  }

  keepDraft(): void {
    const { speaker } = this.#draft;
    if (!speaker) return;
    this.#change(() => {
      const written = this.#stand({ ...this.#draft.rest(), isAnew: false }, speaker);
      this.#draft.drop();
      return written;
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

  pasted(lines: readonly string[]): void {
    this.#change(() => {
      this.#pasted = lines;
      return "";
    });
  }

  retype(text: string): void {
    // A line break would enter it.
    this.#lines.write(text.replaceAll("\n", " "));
  }

  /** Takes away the line that was typed and sent with Enter: what it was stands above, in the form of the conversation. */
  takeTyped(line: string): void {
    this.#stdout.write(upAndClear(rowsTyped(`${this.#label} ▸ ${line}`, this.#columns) + this.#rowsDrawn()));
    this.#draw(0);
  }

  close(): void {
    if (this.#closed) return;
    this.#erase();
    this.#stdout.write(PASTES_OFF);
    this.#closed = true;
  }

  get #columns(): number {
    return this.#stdout.columns ?? DEFAULT_COLUMNS;
  }

  get #mostDraftRows(): number {
    return Math.max(LEAST_DRAFT_ROWS, (this.#stdout.rows ?? DEFAULT_ROWS) - ROWS_BELOW_DRAFT);
  }

  #setPrompt(): void {
    this.#lines.setPrompt(`${this.#terminal.paint("bold", `${this.#label} ▸`)} `);
  }

  #setActivity(line: string | undefined): string {
    this.#activity = line;
    return "";
  }

  /** Takes the foot away, writes what comes to stand above it, draws the foot anew. */
  #change(above: () => string): void {
    if (this.#closed) return;
    const promptRows = this.#erase();
    // One column stays free: a full row would break by itself as well.
    this.#draft.resize(this.#columns - 1);
    this.#stdout.write(above());
    this.#draw(promptRows);
  }

  /** Returns how many rows below the beginning of the prompt the cursor stood. */
  #erase(): number {
    const { rows } = this.#lines.getCursorPos();
    this.#stdout.write(upAndClear(this.#rowsDrawn() + rows));
    this.#drawn = { rows: [], columns: this.#columns };
    return rows;
  }

  /** Rows that the foot takes by now: a screen that became narrower has broken those that no longer fit. */
  #rowsDrawn(): number {
    const { rows, columns } = this.#drawn;
    if (this.#columns >= columns) return rows.length;
    const broken = rows.map((row) => Math.ceil(widthOf(stripVTControlCharacters(row)) / this.#columns));
    return broken.reduce((sum, count) => sum + Math.max(1, count), 0);
  }

  #draw(promptRows: number): void {
    const rows = this.#foot();
    this.#drawn = { rows, columns: this.#columns };
    // readline takes the cursor up by the rows it had left it at: it is given these rows first.
    this.#stdout.write(rows.map((row) => `${row}\n`).join("") + "\n".repeat(promptRows));
    this.#lines.prompt(true);
  }

  #foot(): string[] {
    const { speaker } = this.#draft;
    const rows = speaker ? this.#labelled(this.#draft.rest(), speaker) : [];
    if (this.#activity !== undefined) rows.push(this.#oneRow(`… ${this.#activity}`));
    for (const line of this.#pasted.slice(0, SHOWN_PASTE)) rows.push(this.#oneRow(`│ ${line}`));
    const lines = this.#pasted.length;
    if (lines > 0)
      rows.push(this.#oneRow(`│ ${lines} pasted ${lines === 1 ? "line" : "lines"}: Enter sends, Ctrl-C drops`));
    return rows;
  }

  #oneRow(text: string): string {
    const [row = "", more] = wrapRows(text, this.#columns - 2);
    return this.#terminal.paint("dim", more === undefined ? row : `${row}…`);
  }

  #stand(standing: Standing, speaker: Speaker): string {
    const anew = standing.isAnew ? `${this.#terminal.paint("dim", "(begun anew)")}\n` : "";
    const rows = this.#labelled(standing, speaker);
    return anew + rows.map((row) => `${row}\n`).join("");
  }

  #labelled({ rows, hasLabel }: Pick<Standing, "rows" | "hasLabel">, speaker: Speaker): string[] {
    return rows.map((row, index) => (hasLabel && index === 0 ? this.#paintLabel(row, speaker) : row));
  }

  #readable(speaker: Speaker, text: string): string {
    return this.#paintLabel(wrapProse(`${speaker.name} ▸ ${text}`, this.#columns - 1), speaker);
  }

  #paintLabel(row: string, { name, colour }: Speaker): string {
    const label = `${name} ▸`;
    return row.startsWith(label) ? this.#terminal.paint(colour, label) + row.slice(label.length) : row;
  }

  #named({ name, colour }: Speaker): string {
    return `${this.#terminal.paint(colour, `${name} ▸`)} `;
  }
}
