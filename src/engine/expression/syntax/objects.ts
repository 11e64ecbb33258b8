// Object construction: {a: 1, "b": .x, (.k): .v, c, "d", $e}.

import type { Member, Node } from "../program/nodes.ts";
import type { Cursor } from "./cursor.ts";
import { isRefused, refusal } from "./refused.ts";
import { parseText } from "./texts.ts";

/** Reads behind the opening brace. */
export function parseObject(cursor: Cursor): Node {
  const members: Member[] = [];
  if (!cursor.takesSymbol("}")) {
    do members.push(parseMember(cursor));
    while (cursor.takesSymbol(","));
    cursor.expectSymbol("}");
  }
  return cursor.node({ kind: "object", members });
}

function parseMember(cursor: Cursor): Member {
  const { token } = cursor;
  switch (token.kind) {
    case "name":
      cursor.advance();
      return parseValueOf(cursor, cursor.node({ kind: "literal", value: token.text }));
    case "quote":
      return parseValueOf(cursor, parseText(cursor, "text"));
    case "variable":
      return parseVariableMember(cursor, token.text);
    case "symbol":
      if (token.text === "(") return parseComputedMember(cursor);
      return cursor.unexpected("a key");
    default:
      return cursor.unexpected("a key");
  }
}

/** Behind a key that can stand alone: {a} is {a: .a}. */
function parseValueOf(cursor: Cursor, key: Node): Member {
  if (cursor.takesSymbol(":")) return { key, value: cursor.grammar.memberValue(cursor) };
  return {
    key,
    value: cursor.node({ kind: "index", target: cursor.node({ kind: "identity" }), key, optional: false }),
  };
}

function parseVariableMember(cursor: Cursor, name: string): Member {
  const word = `$${name}`;
  if (!cursor.knows(name)) cursor.fail(isRefused(word) ? refusal(word) : `\`${word}\` is not defined`);
  cursor.advance();
  return { key: cursor.node({ kind: "literal", value: name }), value: cursor.node({ kind: "variable", name }) };
}

function parseComputedMember(cursor: Cursor): Member {
  cursor.expectSymbol("(");
  const key = cursor.grammar.program(cursor);
  cursor.expectSymbol(")");
  cursor.expectSymbol(":");
  return { key, value: cursor.grammar.memberValue(cursor) };
}
