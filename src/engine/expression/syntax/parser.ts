// Operators of the language, by jq's precedence: `|` binds least, then `,`, `//`, `or`, `and`, comparisons, `+ -`, `* / %`.
// One pass over the tokens, no backtracking.

import type { Node, Program } from "../program/nodes.ts";
import type { Comparison } from "../values/comparison.ts";
import { Cursor, type Grammar } from "./cursor.ts";
import { isRefused, refusal } from "./refused.ts";
import { parseTerm } from "./terms.ts";
import type { Token } from "./tokens.ts";

interface Operator {
  level: number;
  /** `none`: cannot be chained, as in `1 < 2 < 3`. */
  joins: "left" | "right" | "none";
}

const MULTIPLICATIVE = 6;

const operators = new Map<string, Operator>([
  ["//", { level: 1, joins: "right" }],
  ["or", { level: 2, joins: "left" }],
  ["and", { level: 3, joins: "left" }],
  ...["==", "!=", "<", "<=", ">", ">="].map((text) => [text, { level: 4, joins: "none" }] as const),
  ...["+", "-"].map((text) => [text, { level: 5, joins: "left" }] as const),
  ...["*", "/", "%"].map((text) => [text, { level: MULTIPLICATIVE, joins: "left" }] as const),
]);

/** Reads a whole program. Throws `SyntaxFailure`. */
export function parseProgram(tokens: readonly Token[]): Program {
  const cursor = new Cursor(tokens, grammar);
  if (cursor.token.kind === "end") cursor.fail("the expression is empty");
  const root = parsePipe(cursor);
  if (cursor.token.kind !== "end") {
    refuseWord(cursor);
    cursor.unexpected("an operator or the end");
  }
  return { root };
}

const grammar: Grammar = {
  program: parsePipe,
  memberValue: (cursor) => cursor.nested(() => parseStages(cursor, parseOperation)),
};

function parsePipe(cursor: Cursor): Node {
  return cursor.nested(() => parseStages(cursor, parseComma));
}

function parseStages(cursor: Cursor, parseStage: (cursor: Cursor) => Node): Node {
  const stages = [parseStage(cursor)];
  while (cursor.takesSymbol("|")) stages.push(parseStage(cursor));
  return stages.length === 1 ? (stages[0] as Node) : cursor.node({ kind: "pipe", stages });
}

function parseComma(cursor: Cursor): Node {
  const items = [parseOperation(cursor)];
  while (cursor.takesSymbol(",")) items.push(parseOperation(cursor));
  return items.length === 1 ? (items[0] as Node) : cursor.node({ kind: "comma", items });
}

function parseOperation(cursor: Cursor): Node {
  return parseBinary(cursor, 0);
}

/** Operators that bind more than `level`. `negated`: behind a minus sign. */
function parseBinary(cursor: Cursor, level: number, negated = false): Node {
  let left = parseOperand(cursor, negated);
  let barred = Number.POSITIVE_INFINITY; // the level of a comparison just read: another one may not follow
  for (;;) {
    refuseWord(cursor);
    const text = cursor.token.kind === "symbol" || cursor.token.kind === "name" ? cursor.token.text : "";
    const operator = operators.get(text);
    if (operator === undefined || operator.level <= level) return left;
    if (operator.level === barred) cursor.fail(`comparisons cannot be chained: \`${text}\` needs brackets`);
    cursor.advance();
    const right =
      operator.joins === "right"
        ? cursor.nested(() => parseBinary(cursor, operator.level - 1))
        : parseBinary(cursor, operator.level);
    left = join(cursor, text, left, right);
    barred = operator.joins === "none" ? operator.level : Number.POSITIVE_INFINITY;
  }
}

function join(cursor: Cursor, operator: string, left: Node, right: Node): Node {
  switch (operator) {
    case "//":
      return cursor.node({ kind: "alternative", left, right });
    case "and":
    case "or":
      return cursor.node({ kind: operator, left, right });
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return cursor.node({ kind: "arithmetic", operator, left, right });
    default:
      return cursor.node({ kind: "compare", operator: operator as Comparison, left, right });
  }
}

/** A term, or one behind a minus sign, `try`, or before `as`. */
function parseOperand(cursor: Cursor, negated = false): Node {
  if (cursor.takesSymbol("-")) {
    // As in jq, the sign takes the whole product: -2 * 3 is -(2 * 3).
    const operand = cursor.nested(() => parseBinary(cursor, MULTIPLICATIVE - 1, true));
    return cursor.node({ kind: "negate", operand });
  }
  if (cursor.takesName("try")) return cursor.nested(() => parseTry(cursor));
  const term = parseTerm(cursor);
  if (!cursor.isName("as")) return term;
  // jq's versions disagree on what `-1 as $x | …` binds.
  if (negated) cursor.fail("a negated value before `as` needs brackets");
  return parseBinding(cursor, term);
}

function parseTry(cursor: Cursor): Node {
  const body = parseGuarded(cursor);
  return cursor.node({ kind: "try", body, handler: cursor.takesName("catch") ? parseGuarded(cursor) : undefined });
}

/** What `try` and `catch` take: no operators, so that `try a // b` is `(try a) // b`. */
function parseGuarded(cursor: Cursor): Node {
  return cursor.isSymbol("-") || cursor.isName("try") ? parseOperand(cursor) : parseTerm(cursor);
}

/** `as $name | body`, where the body goes as far as it can. */
function parseBinding(cursor: Cursor, source: Node): Node {
  cursor.expectName("as");
  const { token } = cursor;
  if (token.kind !== "variable") cursor.fail("only a single variable may stand behind `as`");
  cursor.advance();
  cursor.expectSymbol("|");
  const body = cursor.binding(token.text, () => cursor.grammar.program(cursor));
  return cursor.node({ kind: "bind", source, name: token.text, body });
}

function refuseWord(cursor: Cursor): void {
  const { token } = cursor;
  if ((token.kind === "symbol" || token.kind === "name") && isRefused(token.text)) cursor.fail(refusal(token.text));
}
