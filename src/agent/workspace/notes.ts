// Notes: the Markdown files of a tenant's workspace, `<workspace>/<tenant>/notes/<name>.md`.
//
//   W1. A write is whole or not at all, and on disk before it is called done.
//   W2. A write that is repeated under the same effect id happens once: the journal beside the notes says what each of
//       the latest writes found and left (journal.ts).
//   W3. Writes of one tenant follow one another; appending loses nothing.

import { hash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "#protocol/canonical.ts";
import { enterFolder, entriesIn, type FileContent, readFileIn, replaceFileIn, WorkspaceError } from "./files.ts";
import { inTurn } from "./in-turn.ts";
import { addToJournal, readJournal } from "./journal.ts";
import { isSegment, type NoteName, noteOfFile } from "./note-names.ts";

export interface NoteText {
  text: string;
  /** Epoch milliseconds. */
  changedMs: number;
}

export interface NoteWrite {
  note: NoteName;
  text: string;
  mode: "replace" | "append";
  /** The same on every repetition of this write. */
  effectId: string;
}

export type NoteWritten =
  | { outcome: "written"; bytes: number; isNew: boolean }
  /** It was begun earlier, and the note has changed since: nobody can tell whether by this write. */
  | { outcome: "unclear" };

/** Largest note. */
export const MAX_NOTE_BYTES = 256 * 1024;
/** Tenant ids that can be names of folders. */
const TENANT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** Files that a listing looks at; a folder with more is no longer one of notes. */
const MAX_LISTED = 10_000;

/** A note as a listing shows it. */
export interface ListedNote {
  note: NoteName;
  /** Epoch milliseconds. */
  changedMs: number;
}

/** All that tools see of a home's notes. Methods throw {@link WorkspaceError} with the reason in words. */
export interface Notes {
  /** Undefined: there is no such note. */
  read(tenantId: string, note: NoteName): Promise<NoteText | undefined>;
  /** All notes there are, the newest first. */
  list(tenantId: string, signal: AbortSignal): Promise<ListedNote[]>;
  write(tenantId: string, write: NoteWrite, signal: AbortSignal): Promise<NoteWritten>;
}

/** `workspace`: absolute path of the folder that holds the tenants' folders; it exists. */
export function openNotes(workspace: string): Notes {
  const turns = inTurn();
  return {
    async read(tenantId, note) {
      const folder = await enterFolder(workspace, pathOf(tenantId, note), false);
      const content = folder === undefined ? undefined : await readFileIn(folder, note.file, MAX_NOTE_BYTES);
      return content && { text: textOf(content), changedMs: content.changedMs };
    },
    async list(tenantId, signal) {
      const folder = await enterFolder(workspace, notesOf(tenantId), false);
      return folder === undefined ? [] : listNotes(folder, signal);
    },
    write: (tenantId, write, signal) => turns(tenantId, () => writeNote(workspace, tenantId, write, signal)),
  };
}

function notesOf(tenantId: string): string[] {
  if (!TENANT.test(tenantId)) throw new WorkspaceError("this tenant's id cannot be the name of a folder");
  return [tenantId, "notes"];
}

function pathOf(tenantId: string, { folder }: NoteName): string[] {
  return folder === undefined ? notesOf(tenantId) : [...notesOf(tenantId), folder];
}

async function writeNote(
  workspace: string,
  tenantId: string,
  { note, text, mode, effectId }: NoteWrite,
  signal: AbortSignal,
): Promise<NoteWritten> {
  const folder = await made(workspace, pathOf(tenantId, note));
  const own = await made(workspace, [tenantId]);
  const present = await readFileIn(folder, note.file, MAX_NOTE_BYTES);
  const before = present === undefined ? null : fingerprint(present.bytes);
  const earlier = (await readJournal(own)).find((entry) => entry.effectId === effectId);
  if (earlier && earlier.after === before) {
    return { outcome: "written", bytes: present?.bytes.length ?? 0, isNew: earlier.before === null };
  }
  if (earlier && earlier.before !== before) return { outcome: "unclear" };

  const bytes = Buffer.from(mode === "append" ? behind(present, text) : text);
  if (bytes.length > MAX_NOTE_BYTES) throw new WorkspaceError(`a note holds at most ${MAX_NOTE_BYTES / 1024} KB`);
  signal.throwIfAborted();
  const temporary = `.${sha256Hex(effectId).slice(0, 16)}.tmp`;
  await addToJournal(own, temporary, { effectId, before, after: fingerprint(bytes) });
  await replaceFileIn(folder, note.file, temporary, bytes);
  return { outcome: "written", bytes: bytes.length, isNew: present === undefined };
}

async function made(workspace: string, names: readonly string[]): Promise<string> {
  const folder = await enterFolder(workspace, names, true);
  if (folder === undefined) throw new WorkspaceError("its folder was removed at the same time; try again");
  return folder;
}

/** The text on lines of its own behind what stands there. */
function behind(present: FileContent | undefined, text: string): string {
  const above = present === undefined ? "" : textOf(present);
  return above === "" || above.endsWith("\n") ? `${above}${text}` : `${above}\n${text}`;
}

function fingerprint(bytes: Buffer): string {
  return hash("sha256", bytes, "hex");
}

function textOf({ bytes }: FileContent): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new WorkspaceError("it is not a text in UTF-8", error);
  }
}

async function listNotes(folder: string, signal: AbortSignal): Promise<ListedNote[]> {
  const found: ListedNote[] = [];
  const entries = await entriesIn(folder, MAX_LISTED);
  for (const entry of entries) if (entry.isFile()) await addListed(found, folder, noteOfFile(entry.name, undefined));
  for (const { name } of entries.filter((entry) => entry.isDirectory() && isSegment(entry.name))) {
    signal.throwIfAborted();
    const path = await enterFolder(folder, [name], false);
    if (path === undefined || found.length >= MAX_LISTED) continue;
    for (const entry of await entriesIn(path, MAX_LISTED - found.length)) {
      if (entry.isFile()) await addListed(found, path, noteOfFile(entry.name, name));
    }
  }
  return found.sort((a, b) => b.changedMs - a.changedMs || (a.note.name < b.note.name ? -1 : 1));
}

async function addListed(found: ListedNote[], folder: string, note: NoteName | undefined): Promise<void> {
  if (!note) return;
  // A file that was removed in between is no longer listed.
  const status = await lstat(join(folder, note.file)).catch(() => undefined);
  if (status?.isFile()) found.push({ note, changedMs: status.mtimeMs });
}
