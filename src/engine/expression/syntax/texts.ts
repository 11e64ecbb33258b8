// Texts with interpolations: "a \(.b) c".

import type { Node } from "../program/nodes.ts";
import type { Cursor } from "./cursor.ts";

/** Reads from the opening quote to the closing one. `format`: how interpolated values are written. */
export function parseText(cursor: Cursor, format: "text" | "json"): Node {
  cursor.advance();
  const parts: (string | Node)[] = [];
  for (;;) {
    const token = cursor.advance();
    switch (token.kind) {
      case "text":
        parts.push(token.text);
        break;
      case "interpolation":
        parts.push(cursor.grammar.program(cursor));
        cursor.expectSymbol(")");
        break;
      default:
        // The lexer ends every text with a quote.
        return makeText(cursor, format, parts);
    }
  }
}

function makeText(cursor: Cursor, format: "text" | "json", parts: (string | Node)[]): Node {
  if (parts.every((part) => typeof part === "string")) return cursor.node({ kind: "literal", value: parts.join("") });
  return cursor.node({ kind: "text", format, parts });
}
