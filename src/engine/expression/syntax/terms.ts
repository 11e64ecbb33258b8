// Terms: literals, paths, brackets, `if`, calls; and the steps that may follow each of them.

import type { Json } from "#protocol/json.ts";
import { findFunction, findFunctionsNamed } from "../functions/functions.ts";
import type { Branch, Node } from "../program/nodes.ts";
import type { Cursor } from "./cursor.ts";
import { parseObject } from "./objects.ts";
import { isRefused, refusal } from "./refused.ts";
import { parseText } from "./texts.ts";
import type { Token } from "./tokens.ts";

const keywords = new Set("then else elif end and or catch as try".split(" "));
const constants = new Map<string, Json>([
  ["null", null],
  ["true", true],
  ["false", false],
]);

/** A term with all its steps: `.a["b"][1:2][]?`. */
export function parseTerm(cursor: Cursor): Node {
  let term = parseHead(cursor);
  for (;;) {
    const longer = parseStep(cursor, term);
    if (longer === undefined) return term;
    term = longer;
  }
}

function parseHead(cursor: Cursor): Node {
  const { token } = cursor;
  switch (token.kind) {
    case "number":
      cursor.advance();
      return cursor.node({ kind: "literal", value: token.value });
    case "quote":
      return parseText(cursor, "text");
    case "format":
      return parseFormat(cursor, token);
    case "field":
      return parseFields(cursor, cursor.node({ kind: "identity" }));
    case "variable":
      cursor.advance();
      return parseVariable(cursor, token);
    case "name":
      cursor.advance();
      return parseName(cursor, token);
    case "symbol":
      return parseBracketed(cursor, token);
    default:
      return cursor.unexpected("a value");
  }
}

function parseBracketed(cursor: Cursor, token: Token & { kind: "symbol" }): Node {
  cursor.advance();
  switch (token.text) {
    case ".":
      return parseDot(cursor);
    case "..":
      return cursor.node({ kind: "descend" });
    case "(": {
      const inner = cursor.grammar.program(cursor);
      cursor.expectSymbol(")");
      return inner;
    }
    case "[": {
      if (cursor.takesSymbol("]")) return cursor.node({ kind: "array", items: undefined });
      const items = cursor.grammar.program(cursor);
      cursor.expectSymbol("]");
      return cursor.node({ kind: "array", items });
    }
    case "{":
      return parseObject(cursor);
    default:
      if (isRefused(token.text)) cursor.fail(refusal(token.text), token);
      return cursor.fail(`\`${token.text}\` stands where a value is expected`, token);
  }
}

/** A dot alone, or before a quoted key. */
function parseDot(cursor: Cursor): Node {
  const identity = cursor.node({ kind: "identity" });
  return cursor.token.kind === "quote" ? parseKey(cursor, identity, parseText(cursor, "text")) : identity;
}

function parseFormat(cursor: Cursor, token: Token & { kind: "format" }): Node {
  cursor.advance();
  if (token.text !== "@json" && token.text !== "@text") cursor.fail(refusal(token.text), token);
  const format = token.text === "@json" ? "json" : "text";
  if (cursor.token.kind === "quote") return parseText(cursor, format);
  return cursor.node({ kind: "text", format, parts: [cursor.node({ kind: "identity" })] });
}

function parseVariable(cursor: Cursor, token: Token & { kind: "variable" }): Node {
  const word = `$${token.text}`;
  if (cursor.knows(token.text)) return cursor.node({ kind: "variable", name: token.text });
  return cursor.fail(isRefused(word) ? refusal(word) : `\`${word}\` is not defined`, token);
}

function parseName(cursor: Cursor, token: Token & { kind: "name" }): Node {
  const constant = constants.get(token.text);
  if (constant !== undefined) return cursor.node({ kind: "literal", value: constant });
  if (token.text === "if") return cursor.nested(() => parseIf(cursor));
  if (isRefused(token.text)) cursor.fail(refusal(token.text), token);
  if (keywords.has(token.text)) cursor.fail(`\`${token.text}\` stands where a value is expected`, token);
  return parseCall(cursor, token);
}

/** `if a then b elif c then d else e end`; without `else` the input itself. */
function parseIf(cursor: Cursor): Node {
  const branches: Branch[] = [];
  do {
    const test = cursor.grammar.program(cursor);
    cursor.expectName("then");
    branches.push({ test, body: cursor.grammar.program(cursor) });
  } while (cursor.takesName("elif"));
  const otherwise = cursor.takesName("else") ? cursor.grammar.program(cursor) : cursor.node({ kind: "identity" });
  cursor.expectName("end");
  return cursor.node({ kind: "if", branches, otherwise });
}

function parseCall(cursor: Cursor, token: Token & { kind: "name" }): Node {
  const args: Node[] = [];
  if (cursor.takesSymbol("(")) {
    do args.push(cursor.grammar.program(cursor));
    while (cursor.takesSymbol(";"));
    cursor.expectSymbol(")");
  }
  const found = findFunction(token.text, args.length);
  if (found === undefined) return cursor.fail(noSuchFunction(token.text, args.length), token);
  const single = found.single && args.every((arg) => arg.single || found.takesPrograms);
  return cursor.node({ kind: "call", signature: found.signature, args, single });
}

function noSuchFunction(name: string, arity: number): string {
  const arities = findFunctionsNamed(name);
  if (arities.length === 0) return refusal(name);
  const counts = (count: number) => (count === 0 ? "no argument" : count === 1 ? "one argument" : `${count} arguments`);
  return `\`${name}\` cannot be used with ${counts(arity)}, only with ${arities.map(counts).join(" or ")}`;
}

/** One step behind a term; undefined when none follows. */
function parseStep(cursor: Cursor, target: Node): Node | undefined {
  const { token } = cursor;
  if (token.kind === "field") return parseFields(cursor, target);
  if (cursor.takesSymbol("[")) return parseSubscript(cursor, target);
  if (cursor.takesSymbol("?")) return cursor.node({ kind: "try", body: target, handler: undefined });
  if (!cursor.isSymbol(".")) return undefined;
  cursor.advance();
  if (cursor.token.kind === "quote") return parseKey(cursor, target, parseText(cursor, "text"));
  if (cursor.takesSymbol("[")) return parseSubscript(cursor, target);
  return cursor.unexpected("a key");
}

/** A run of `.name` steps, as one node however long it is; only the last may end in `?`. */
function parseFields(cursor: Cursor, target: Node): Node {
  const names: string[] = [];
  while (cursor.token.kind === "field") {
    names.push(cursor.token.text);
    cursor.advance();
  }
  if (!cursor.takesSymbol("?")) return cursor.node({ kind: "fields", target, names, optional: false });
  const last = names.slice(-1);
  const before = names.slice(0, -1);
  const inner = before.length === 0 ? target : cursor.node({ kind: "fields", target, names: before, optional: false });
  return cursor.node({ kind: "fields", target: inner, names: last, optional: true });
}

function parseKey(cursor: Cursor, target: Node, key: Node): Node {
  return cursor.node({ kind: "index", target, key, optional: cursor.takesSymbol("?") });
}

/** Behind `[`: a key, a slice, or nothing for every item. */
function parseSubscript(cursor: Cursor, target: Node): Node {
  if (cursor.takesSymbol("]")) return cursor.node({ kind: "iterate", target, optional: cursor.takesSymbol("?") });
  const absent = cursor.node({ kind: "literal", value: null });
  if (cursor.takesSymbol(":")) return endSlice(cursor, target, absent, cursor.grammar.program(cursor));
  const key = cursor.grammar.program(cursor);
  if (cursor.takesSymbol(":")) {
    return endSlice(cursor, target, key, cursor.isSymbol("]") ? absent : cursor.grammar.program(cursor));
  }
  cursor.expectSymbol("]");
  return parseKey(cursor, target, key);
}

function endSlice(cursor: Cursor, target: Node, from: Node, to: Node): Node {
  cursor.expectSymbol("]");
  return cursor.node({ kind: "slice", target, from, to, optional: cursor.takesSymbol("?") });
}
