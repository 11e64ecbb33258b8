// Splits a program into tokens, in one pass.
//
// A text is three kinds of token between two quotes: what is written, `\(`, and the tokens of the interpolated program
// up to its `)`. The lexer counts round brackets to know which `)` that is.

import { finite } from "../values/numbers.ts";
import { SyntaxFailure, type Token } from "./tokens.ts";

const SPACE = /[ \t\r\n]+/y;
// As in jq, an odd number of backslashes before the line's end carries a comment on to the next line.
const COMMENT = /#(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
/** `mark`: length of the sign in front that is no part of the word. */
const words = [
  { kind: "field", pattern: /\.[A-Za-z_]\w*/y, mark: 1 },
  { kind: "variable", pattern: /\$[A-Za-z_]\w*/y, mark: 1 },
  { kind: "name", pattern: /[A-Za-z_]\w*/y, mark: 0 },
  { kind: "format", pattern: /@\w+/y, mark: 0 },
] as const;
const SYMBOL = /\/\/=|\.\.|==|!=|<=|>=|\/\/|\|=|\+=|-=|\*=|\/=|%=|::|[.[\]{}()|,:;=<>+\-*/%?$]/y;
const PLAIN_TEXT = /[^"\\]+/y;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** The tokens of a program, the last of kind `end`. Throws `SyntaxFailure`. */
export function tokenize(source: string): Token[] {
  return new Lexer(source).tokens();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  /** Open round brackets of each interpolation that is being read, the innermost last. */
  readonly #interpolations: number[] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  tokens(): Token[] {
    while (this.#at < this.#source.length) {
      if (this.#match(SPACE) === undefined && this.#match(COMMENT) === undefined) this.#token();
    }
    this.#tokens.push({ kind: "end", position: this.#at });
    return this.#tokens;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found) this.#at += found.length;
    return found || undefined;
  }

  #token(): void {
    const position = this.#at;
    if (this.#source[position] === '"') {
      this.#quote();
      return;
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      this.#tokens.push({ kind: "number", value: finite(Number(number)), position });
      return;
    }
    for (const { kind, pattern, mark } of words) {
      const text = this.#match(pattern);
      if (text === undefined) continue;
      this.#push(kind, text.slice(mark), position);
      return;
    }
    this.#symbol(position);
  }

  #push(kind: "field" | "variable" | "name" | "format" | "text" | "symbol", text: string, position: number): void {
    this.#tokens.push({ kind, text, position });
  }

  #symbol(position: number): void {
    const text = this.#match(SYMBOL);
    if (text === undefined) {
      const character = String.fromCodePoint(this.#source.codePointAt(position) ?? 0);
      throw new SyntaxFailure(`\`${character}\` means nothing here`, position);
    }
    this.#push("symbol", text, position);
    const inner = this.#interpolations.length - 1;
    if (inner < 0) return;
    if (text === "(") this.#interpolations[inner] = (this.#interpolations[inner] as number) + 1;
    if (text !== ")") return;
    const open = (this.#interpolations[inner] as number) - 1;
    this.#interpolations[inner] = open;
    if (open > 0) return;
    this.#interpolations.pop();
    this.#restOfText();
  }

  #quote(): void {
    this.#tokens.push({ kind: "quote", position: this.#at });
    this.#at += 1;
    this.#restOfText();
  }

  /** Reads on inside a text, up to its end or its next interpolation. */
  #restOfText(): void {
    const position = this.#at;
    const parts: string[] = [];
    for (;;) {
      const plain = this.#match(PLAIN_TEXT);
      if (plain !== undefined) parts.push(plain);
      const here = this.#at;
      if (here >= this.#source.length) throw new SyntaxFailure("the text is not closed", here);
      const ends = this.#source[here] === '"' || this.#source[here + 1] === "(";
      if (!ends) {
        parts.push(this.#escape());
        continue;
      }
      if (parts.length > 0) this.#push("text", parts.join(""), position);
      if (this.#source[here] === '"') {
        this.#tokens.push({ kind: "quote", position: here });
        this.#at += 1;
      } else {
        this.#tokens.push({ kind: "interpolation", position: here });
        this.#interpolations.push(1);
        this.#at += 2;
      }
      return;
    }
  }

  #escape(): string {
    const letter = this.#source[this.#at + 1] ?? "";
    if (Object.hasOwn(escapes, letter)) {
      this.#at += 2;
      return escapes[letter] as string;
    }
    const digits = this.#source.slice(this.#at + 2, this.#at + 6);
    if (letter !== "u" || !/^[0-9A-Fa-f]{4}$/.test(digits)) {
      throw new SyntaxFailure(`\`\\${letter}\` is not an escape`, this.#at);
    }
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}
