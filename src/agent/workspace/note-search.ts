// Searching notes for words: reads them one by one, newest first, and shows where the words stand.
//
//   S1. What is read is bounded (notes and bytes), and every note is a turn of the event loop of its own.
//   S2. A note that cannot be read is no match; it does not end the search.

import { WorkspaceError } from "./files.ts";
import { type ListedNote, MAX_NOTE_BYTES, type Notes, type NoteText } from "./notes.ts";

export interface FoundNote {
  name: string;
  /** Epoch milliseconds. */
  changedMs: number;
  /** The lines around the first word that was found, on one line; the beginning when only the name matches. */
  snippet: string;
}

export interface SearchResult {
  /** Newest first. */
  found: FoundNote[];
  /** False: no note has all of the words; these have some. */
  allWords: boolean;
  /** How many notes were looked at, of how many. */
  searched: number;
  total: number;
}

const MAX_WORDS = 10;
const MAX_NOTES = 2_000;
const MAX_TOTAL_BYTES = 64 * MAX_NOTE_BYTES;
const SNIPPET_BEFORE = 60;
const SNIPPET_AFTER = 180;

/** Scripts that are written without spaces: there a word begins anywhere. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The words of a query as patterns, each finding words that begin with it, whatever their case. Empty: no words. */
export function wordsOf(query: string): RegExp[] {
  const words = query.normalize("NFC").match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];
  return [...new Set(words)].slice(0, MAX_WORDS).map((word) => {
    // Letters, marks and digits only: there is nothing to escape, and nothing to backtrack over.
    return new RegExp(UNSPACED.test(word) ? word : `(?<![\\p{L}\\p{M}\\p{N}])${word}`, "iu");
  });
}

/** Notes in which all of the words begin words of the name or the text; failing that, those with some of them. */
export async function searchNotes(
  notes: Notes,
  tenantId: string,
  words: readonly RegExp[],
  limit: number,
  signal: AbortSignal,
): Promise<SearchResult> {
  const all = await notes.list(tenantId, signal);
  const withAll: FoundNote[] = [];
  const withSome: FoundNote[] = [];
  let [searched, bytes] = [0, 0];
  for (const listed of all.slice(0, MAX_NOTES)) {
    if (withAll.length >= limit || bytes > MAX_TOTAL_BYTES) break;
    signal.throwIfAborted();
    const read = await readQuietly(notes, tenantId, listed);
    searched += 1;
    if (!read) continue;
    bytes += read.text.length;
    const match = matchIn(listed, read.text.normalize("NFC"), words);
    if (match.count === words.length) withAll.push(match.found);
    else if (match.count > 0 && withSome.length < limit) withSome.push(match.found);
  }
  const allWords = withAll.length > 0;
  return { found: allWords ? withAll : withSome, allWords, searched, total: all.length };
}

async function readQuietly(notes: Notes, tenantId: string, { note }: ListedNote): Promise<NoteText | undefined> {
  try {
    return await notes.read(tenantId, note);
  } catch (error) {
    if (error instanceof WorkspaceError) return undefined;
    throw error;
  }
}

function matchIn({ note, changedMs }: ListedNote, text: string, words: readonly RegExp[]) {
  const places = words.map((word) => text.search(word));
  const count = words.filter((word, at) => places[at] !== -1 || word.test(note.name)).length;
  const first = Math.min(...places.filter((place) => place !== -1));
  const found: FoundNote = { name: note.name, changedMs, snippet: snippetAt(text, Number.isFinite(first) ? first : 0) };
  return { count, found };
}

function snippetAt(text: string, place: number): string {
  const from = Math.max(0, place - SNIPPET_BEFORE);
  const to = Math.min(text.length, place + SNIPPET_AFTER);
  // A cut may split a character in two; the halves are dropped.
  const cut = text.slice(from, to).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
  return `${from > 0 ? "…" : ""}${cut.replace(/\s+/g, " ").trim()}${to < text.length ? "…" : ""}`;
}
