// What a terminal shows after it was written to: the few control sequences that the command line uses, nothing more.

/** A screen of endless height: rows that a real one scrolls away stay readable. The cursor cannot leave the last `rows`. */
export class VirtualTerminal {
  #columns: number;
  readonly #rows: number;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** Part of a control sequence that goes on in the next write. */
  #rest = "";

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Another width. Rows that no longer fit are broken, as most terminals do. */
  resize(columns: number): void {
    const before = this.#lines;
    this.#lines = [];
    for (const [index, cells] of before.entries()) {
      const pieces = Math.max(1, Math.ceil(cells.length / columns));
      if (index === this.#row)
        this.#row = this.#lines.length + Math.min(pieces - 1, Math.floor(this.#column / columns));
      for (let at = 0; at < pieces; at += 1) this.#lines.push(cells.slice(at * columns, (at + 1) * columns));
    }
    this.#column %= columns;
    this.#columns = columns;
  }

  /** Everything it has shown, from the top, without spaces at the ends of lines and empty rows at the end. */
  get text(): string {
    return this.#lines
      .map((cells) =>
        Array.from(cells, (cell) => cell ?? " ")
          .join("")
          .trimEnd(),
      )
      .join("\n")
      .trimEnd();
  }

  write(text: string): void {
    const whole = this.#rest + text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
    const cut = /\u001b(\[\??[\d;]*)?$/.exec(whole);
    this.#rest = cut ? cut[0] : "";
    const ready = whole.slice(0, whole.length - this.#rest.length);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    for (const [, parameters, command, character] of ready.matchAll(/\u001b\[(\??[\d;]*)([A-Za-z])|([\s\S])/gu)) {
      // What the terminal tells of a paste changes nothing that is shown.
      if (parameters === "?2004") continue;
      if (command === undefined) this.#put(character ?? "");
      else this.#obey(command, Number(parameters || 0));
    }
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") {
      // The driver of a terminal turns a line feed into both.
      this.#column = 0;
      this.#moveDown();
    } else {
      if (this.#column >= this.#columns) {
        this.#column = 0;
        this.#moveDown();
      }
      this.#line[this.#column] = character;
      this.#column += 1;
    }
  }

  get #line(): string[] {
    return this.#lines[this.#row] as string[];
  }

  #moveDown(): void {
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push([]);
  }

  #obey(command: string, parameter: number): void {
    switch (command) {
      case "A":
        this.#row = Math.max(0, this.#lines.length - this.#rows, this.#row - Math.max(1, parameter));
        return;
      case "B":
        for (let step = 0; step < Math.max(1, parameter); step += 1) this.#moveDown();
        return;
      case "C":
        this.#column += Math.max(1, parameter);
        return;
      case "D":
        this.#column = Math.max(0, this.#column - Math.max(1, parameter));
        return;
      case "G":
        this.#column = Math.max(1, parameter) - 1;
        return;
      case "J":
        // From the cursor to the end. Rows below stay rows of the screen, empty ones.
        this.#line.length = Math.min(this.#line.length, this.#column);
        for (const line of this.#lines.slice(this.#row + 1)) line.length = 0;
        return;
      case "K":
        this.#line.length = Math.min(this.#line.length, this.#column);
        return;
      case "m":
        return;
      default:
        throw new Error(`The command line wrote a control sequence that nobody expected: ${command}`);
    }
  }
}
