// The text of a turn while it is written: pieces that say where they begin.

/** Longest text that is shown live; what is longer is shown when it is complete. */
const MOST_CHARACTERS = 200_000;

/**
 * The text with a piece that stands from character `offset` on. A new round of the turn begins again at 0. What lies
 * behind a gap is left to the message that ends the turn.
 */
export function withPiece(text: string, { offset, text: piece }: { offset: number; text: string }): string {
  if (offset > text.length || offset + piece.length > MOST_CHARACTERS) return text;
  return text.slice(0, offset) + piece;
}
