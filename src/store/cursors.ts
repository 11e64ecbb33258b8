// Cursors: where a page ended, as opaque text. A cursor holds the sort key of the last item, so that a list goes on
// at the right place even when that item has changed or moved since.

type Part = string | number;

/** `kind` names the list: a cursor of one list means nothing to another. */
export function encodeCursor(kind: string, ...parts: Part[]): string {
  return Buffer.from(JSON.stringify([kind, ...parts]), "utf8").toString("base64url");
}

/** The parts of a cursor of this kind, in the order and of the types of `example`; undefined when it is not ours. */
export function decodeCursor<T extends Part[]>(kind: string, cursor: string, example: readonly [...T]): T | undefined {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.shift() !== kind || parts.length !== example.length) return undefined;
  return parts.every((part, at) => typeof part === typeof example[at]) ? (parts as T) : undefined;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
