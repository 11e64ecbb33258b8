// The journal of a tenant's notes: what each of the latest writes found and what it leaves, by effect id.
//
// An entry is on disk before the write it tells of. So a write that is repeated after a crash sees whether it happened
// already (the note is as it leaves it), did not happen yet (the note is as it found it), or cannot tell.

import { isJsonObject, type Json } from "#protocol/json.ts";
import { readFileIn, replaceFileIn } from "./files.ts";

export interface JournalEntry {
  effectId: string;
  /** SHA-256 hex of the note's bytes; null: there is no note. */
  before: string | null;
  after: string;
}

const JOURNAL_FILE = "notes-journal.json";
/** A repetition comes right after a restart; a host has far fewer writes under way. */
const MAX_ENTRIES = 200;
const MAX_BYTES = 1024 * 1024;

/** Oldest first. What cannot be read counts as empty: the file was tampered with, and holds no more than hints. */
export async function readJournal(folder: string): Promise<JournalEntry[]> {
  const content = await readFileIn(folder, JOURNAL_FILE, MAX_BYTES);
  if (!content) return [];
  try {
    const entries = JSON.parse(content.bytes.toString("utf8")) as Json;
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  } catch {
    return [];
  }
}

/** `temporary`: as in {@link replaceFileIn}. */
export async function addToJournal(folder: string, temporary: string, entry: JournalEntry): Promise<void> {
  const others = (await readJournal(folder)).filter(({ effectId }) => effectId !== entry.effectId);
  const entries = [...others, entry].slice(-MAX_ENTRIES);
  await replaceFileIn(folder, JOURNAL_FILE, temporary, Buffer.from(`${JSON.stringify(entries, undefined, 1)}\n`));
}

function isEntry(value: Json): value is Json & JournalEntry {
  if (!isJsonObject(value)) return false;
  const { effectId, before, after } = value;
  return typeof effectId === "string" && typeof after === "string" && (before === null || typeof before === "string");
}
