// The words of a calculation: numbers, names of functions, signs.

import { CalculationError } from "./rational.ts";

export interface Token {
  kind: "number" | "name" | "sign" | "end";
  text: string;
}

/** A step of the text: space, number, name or sign. Sticky, so that nothing is skipped. */
const STEP = /\s+|(?<number>\d+(?:\.\d+)?|\.\d+)|(?<name>[a-z]+)|(?<sign>[-+*/%^(),])/iy;

/** Signs as people and models write them. */
const SAME_SIGN: Readonly<Record<string, string>> = { "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-" };

/** Throws {@link CalculationError} at the first character that belongs to nothing. */
export function tokensOf(expression: string): Token[] {
  const text = expression.replace(/[×·÷−–]/g, (sign) => SAME_SIGN[sign] ?? sign);
  const tokens: Token[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const at = STEP.lastIndex;
    const groups = STEP.exec(text)?.groups;
    if (!groups) throw new CalculationError(`${JSON.stringify(characterAt(text, at))} has no meaning here`);
    if (groups.number !== undefined) tokens.push({ kind: "number", text: groups.number });
    else if (groups.name !== undefined) tokens.push({ kind: "name", text: groups.name.toLowerCase() });
    else if (groups.sign !== undefined) tokens.push({ kind: "sign", text: groups.sign });
  }
  return tokens;
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}
