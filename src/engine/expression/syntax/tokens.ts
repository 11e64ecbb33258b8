// The words of a program, and how one that cannot be read is reported.

export type Token =
  | { kind: "field"; text: string; position: number } // `.name`, without the dot
  | { kind: "name"; text: string; position: number } // functions and keywords
  | { kind: "variable"; text: string; position: number } // `$name`, without the dollar
  | { kind: "format"; text: string; position: number } // `@name`, with the at sign
  | { kind: "number"; value: number; position: number }
  | { kind: "quote"; position: number } // opens and closes a text
  | { kind: "text"; text: string; position: number } // what stands between quotes, escapes resolved
  | { kind: "interpolation"; position: number } // `\(`; it ends with the symbol `)`
  | { kind: "symbol"; text: string; position: number }
  | { kind: "end"; position: number };

/** Ends parsing; `parseExpression` turns it into a value. Positions count characters from 0. */
export class SyntaxFailure extends Error {
  readonly position: number;
  constructor(reason: string, position: number) {
    super(`${reason} (position ${position})`);
    this.name = "SyntaxFailure";
    this.position = position;
  }
}
