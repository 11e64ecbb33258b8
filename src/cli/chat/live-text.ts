// Text that arrives in pieces, perhaps twice, perhaps with a gap, and its final form: what to print so that a reader
// sees every character once, in order.
//
//   LT1. A piece names the position it begins at; what was printed already is not printed again.
//   LT2. A piece behind a gap waits for the final text.
//   LT3. When the text turns out to be another one (the turn was begun anew), it is shown anew, and marked as such.

export type Print =
  | { kind: "nothing" }
  /** Goes on where the last print of this text stopped; `first` when it is its beginning. */
  | { kind: "more"; text: string; first: boolean }
  /** What was shown so far no longer holds. */
  | { kind: "anew"; text: string };

/** One text that grows. */
export class LiveText {
  #shown = "";
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  /** A piece that begins at character `offset`. */
  piece(offset: number, text: string): Print {
    const end = offset + text.length;
    if (offset > this.#shown.length) return { kind: "nothing" };
    const known = this.#shown.slice(offset, end);
    if (!text.startsWith(known)) return offset === 0 ? this.#anew(text) : { kind: "nothing" };
    return this.#more(text.slice(known.length));
  }

  /** The text as it was committed. */
  final(text: string): Print {
    return text.startsWith(this.#shown) ? this.#more(text.slice(this.#shown.length)) : this.#anew(text);
  }

  #more(text: string): Print {
    if (text === "") return { kind: "nothing" };
    const first = !this.#begun;
    this.#begun = true;
    this.#shown += text;
    return { kind: "more", text, first };
  }

  #anew(text: string): Print {
    this.#begun = true;
    this.#shown = text;
    return { kind: "anew", text };
  }
}
