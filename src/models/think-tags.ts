// Thinking that comes inside the text: `<think>…</think>` before the answer, as models write it whose server does not
// take it out. It is the model's account of its thinking and no part of what it says to anybody.
//
//   T1. Only at the very beginning: the same tags later in a text are the text's own.
//   T2. What may still become the tag is held back until that is clear; `rest` gives it when the text ends.

const OPEN = "<think>";
const CLOSE = "</think>";

/** A piece of a text, divided. */
export interface Divided {
  text: string;
  reasoning: string;
}

export class ThinkTags {
  #where: "before" | "inside" | "after" | "beyond" = "before";
  #held = "";

  /** The next piece. */
  divide(piece: string): Divided {
    if (this.#where === "beyond") return { text: piece, reasoning: "" };
    this.#held += piece;
    const reasoning = this.#takeThinking();
    return { text: this.#takeText(), reasoning };
  }

  /** What was held back when the text has come to its end. */
  rest(): Divided {
    const held = this.#held;
    this.#held = "";
    return this.#where === "inside" ? { text: "", reasoning: held } : { text: held, reasoning: "" };
  }

  #takeThinking(): string {
    if (this.#where === "before") {
      const start = this.#held.trimStart();
      if (start.startsWith(OPEN)) {
        this.#held = start.slice(OPEN.length);
        this.#where = "inside";
      } else if (!OPEN.startsWith(start)) this.#where = "beyond";
    }
    if (this.#where !== "inside") return "";
    const end = this.#held.indexOf(CLOSE);
    const taken = end === -1 ? this.#held.length - lengthOfBegun(CLOSE, this.#held) : end;
    const thinking = this.#held.slice(0, taken);
    this.#held = this.#held.slice(end === -1 ? taken : end + CLOSE.length);
    if (end !== -1) this.#where = "after";
    return thinking;
  }

  /** Nothing before the text is clear; the empty lines between thinking and text belong to neither. */
  #takeText(): string {
    if (this.#where === "after") {
      this.#held = this.#held.trimStart();
      if (this.#held !== "") this.#where = "beyond";
    }
    if (this.#where !== "beyond") return "";
    const text = this.#held;
    this.#held = "";
    return text;
  }
}

/** How many letters at the end of `text` are the beginning of `tag`. */
function lengthOfBegun(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
