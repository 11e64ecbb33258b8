// The parser's place in the tokens, the variables in sight there, and the bounds it keeps.

import { MAX_FRAMES, type Node, node, type Shape } from "../program/nodes.ts";
import { SyntaxFailure, type Token } from "./tokens.ts";

/** Deepest nesting of brackets, `if`, `try`, minus signs and interpolations: parsing recurses only along these. */
export const MAX_NESTING = 64;

/** The rules that terms need and that are themselves made of terms. */
export interface Grammar {
  /** A whole program: pipes, commas, everything below. */
  program(cursor: Cursor): Node;
  /** A member's value in an object: pipes but no commas. */
  memberValue(cursor: Cursor): Node;
}

export class Cursor {
  readonly grammar: Grammar;
  readonly #tokens: readonly Token[];
  readonly #variables: string[] = [];
  #at = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[], grammar: Grammar) {
    this.#tokens = tokens;
    this.grammar = grammar;
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** The token behind the current one. */
  get following(): Token {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)] as Token;
  }

  /** Takes the current token, whatever it is. */
  advance(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  isSymbol(text: string): boolean {
    return this.token.kind === "symbol" && this.token.text === text;
  }

  isName(text: string): boolean {
    return this.token.kind === "name" && this.token.text === text;
  }

  takesSymbol(text: string): boolean {
    const found = this.isSymbol(text);
    if (found) this.advance();
    return found;
  }

  takesName(text: string): boolean {
    const found = this.isName(text);
    if (found) this.advance();
    return found;
  }

  expectSymbol(text: string): void {
    if (!this.takesSymbol(text)) this.unexpected(`\`${text}\``);
  }

  expectName(text: string): void {
    if (!this.takesName(text)) this.unexpected(`\`${text}\``);
  }

  fail(reason: string, token: Token = this.token): never {
    throw new SyntaxFailure(reason, token.position);
  }

  unexpected(wanted: string): never {
    return this.fail(`${nameOf(this.token)} stands where ${wanted} is expected`);
  }

  /** Parses something that may contain itself. */
  nested<T>(parse: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) this.fail(`the expression is nested deeper than ${MAX_NESTING} levels`);
    const result = parse();
    this.#nesting -= 1;
    return result;
  }

  /** Parses the part in which `name` is a variable. */
  binding<T>(name: string, parse: () => T): T {
    this.#variables.push(name);
    const result = parse();
    this.#variables.pop();
    return result;
  }

  knows(variable: string): boolean {
    return this.#variables.includes(variable);
  }

  /** Builds a node that the evaluator's stack can carry. */
  node(shape: Shape): Node {
    const built = node(shape);
    if (built.frames > MAX_FRAMES) this.fail("the expression chains too many parts");
    return built;
  }
}

function nameOf(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end";
    case "number":
      return `\`${token.value}\``;
    case "quote":
    case "text":
      return "a text";
    case "interpolation":
      return "`\\(`";
    case "field":
      return `\`.${token.text}\``;
    case "variable":
      return `\`$${token.text}\``;
    default:
      return `\`${token.text}\``;
  }
}
