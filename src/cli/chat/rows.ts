// Text as rows of a terminal: how wide it is, where it breaks.

/** Characters that take no column: accents that join the letter before them, joiners. */
const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Drawn as a picture by itself, two columns wide; half a flag (regional indicator) is one. */
const PICTURE = /^(?!\p{Regional_Indicator})\p{Emoji_Presentation}$/u;
/** Makes a picture of the sign before it, which is one column wide by itself: ❤ and this mark take two. */
const AS_PICTURE = 0xfe0f;

/** First and last code points of what takes two columns (Unicode East Asian Width W and F), joined up. */
const TWO_COLUMNS: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f200, 0x1f251],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

/** Columns that a text without control characters takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300 || code === AS_PICTURE) return 1;
  if (NO_COLUMN.test(character)) return 0;
  return PICTURE.test(character) || TWO_COLUMNS.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Rows that a typed line takes when the terminal breaks it: the cursor behind a full row stands in the next one. */
export function rowsTyped(line: string, columns: number): number {
  return Math.floor(widthOf(line) / columns) + 1;
}

/**
 * Rows of at most `columns`, broken at spaces, or inside a word that is longer than a row. More text behind a text
 * changes its last row at most, so every row before it can be shown for good. Tabs become spaces.
 */
export function wrapRows(text: string, columns: number): string[] {
  return text
    .replaceAll("\t", "    ")
    .split("\n")
    .flatMap((line) => wrapLine(line, Math.max(1, columns)));
}

/** A message for reading: its lines broken at spaces, those between code fences left to the terminal, for copying. */
export function wrapProse(text: string, columns: number): string {
  let isCode = false;
  const lines = text.split("\n").map((line) => {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? line : wrapRows(line, columns).join("\n");
  });
  return lines.join("\n");
}

/** Of a row; the rest must have room for what the line says. */
const WIDEST_HEAD = 0.6;

/** A line whose later rows stand below what it begins with: its indentation, or the columns of a list. */
export function wrapHanging(line: string, columns: number): string[] {
  const room = Math.floor(columns * WIDEST_HEAD);
  const head = /^.*\S {2,}/.exec(line.slice(0, room))?.[0] ?? /^ */.exec(line)?.[0].slice(0, room) ?? "";
  const [first = "", ...others] = wrapRows(line.slice(head.length), columns - widthOf(head));
  const below = " ".repeat(widthOf(head));
  return [head + first, ...others.map((row) => below + row)];
}

function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = "";
  let width = 0;
  for (const piece of line.match(/ +|[^ ]+/g) ?? []) {
    const needs = widthOf(piece);
    if (width + needs <= columns) {
      row += piece;
      width += needs;
      continue;
    }
    // The spaces at which a row breaks are not shown.
    if (piece.startsWith(" ")) {
      rows.push(row);
      [row, width] = ["", 0];
      continue;
    }
    if (row !== "") rows.push(row.trimEnd());
    const parts = cut(piece, columns);
    row = parts.pop() ?? "";
    width = widthOf(row);
    rows.push(...parts);
  }
  return [...rows, row];
}

/** A word that no row can hold, in pieces that fit. */
function cut(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of word) {
    const needs = columnsOf(character);
    if (piece !== "" && width + needs > columns) {
      pieces.push(piece);
      [piece, width] = ["", 0];
    }
    piece += character;
    width += needs;
  }
  return [...pieces, piece];
}
