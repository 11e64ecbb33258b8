// Files of a workspace, opened without following links.
//
// A tool, or a program that a tool started, may have made any folder or file below the workspace; links among them
// would lead out. Node has no openat, so a path is opened by its text and then proved:
//
//   F1. Every folder on the way is opened with O_NOFOLLOW | O_DIRECTORY, the file with O_NOFOLLOW.
//   F2. Before a byte is read or written, the opened file is the very file (device and inode) that lies at the real
//       path without links. A folder that was swapped for a link in between is noticed.
//   F3. Only regular files: a pipe or device is neither read nor waited for.
//   F4. New files are 0600, new folders 0700: a umask can only take from that.

import { constants, type Dirent } from "node:fs";
import { type FileHandle, lstat, mkdir, open, opendir, realpath, rename, unlink } from "node:fs/promises";
import { join } from "node:path";

/** The workspace cannot do it, and nothing was changed. The message is for the model and the person. */
export class WorkspaceError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "WorkspaceError";
  }
}

/** A file and what stands in it. */
export interface FileContent {
  bytes: Buffer;
  /** When it was changed last, epoch milliseconds. */
  changedMs: number;
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Non-blocking: opening a pipe would wait for a writer for ever. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * The real path of a folder below `root`; undefined: there is none. `names` are single steps, checked by the caller.
 * With `make` folders that are missing are made. Throws {@link WorkspaceError} when a link is on the way.
 */
export async function enterFolder(root: string, names: readonly string[], make: boolean): Promise<string | undefined> {
  let path = await realpath(root).catch((error: unknown) => {
    throw codeOf(error) === "ENOENT" ? new WorkspaceError("the workspace is gone", error) : refusal(error);
  });
  for (const name of names) {
    path = join(path, name);
    if (make) await makeFolder(path);
    const handle = await openUnlinked(path, FOLDER_FLAGS);
    if (!handle) return undefined;
    await handle.close();
  }
  // A folder further up may have been swapped for a link since it was opened.
  const real = await realpath(path).catch(() => undefined);
  if (real !== path) throw changedMeanwhile();
  return path;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw refusal(error);
  }
}

/** What lies in an entered folder, at most `max` entries, in no order. */
export async function entriesIn(folder: string, max: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      entries.push(entry);
      if (entries.length >= max) break;
    }
    if ((await realpath(folder)) !== folder) throw changedMeanwhile();
    return entries;
  } catch (error) {
    throw refusal(error);
  }
}

/** Reads a file of an entered folder; undefined: there is none. Throws {@link WorkspaceError} when it is none to read. */
export async function readFileIn(folder: string, file: string, maxBytes: number): Promise<FileContent | undefined> {
  const handle = await openUnlinked(join(folder, file), READ_FLAGS);
  if (!handle) return undefined;
  try {
    const { size, mtimeMs } = await proved(handle, folder, file);
    if (size > BigInt(maxBytes)) throw tooLarge(maxBytes);
    // One byte more: the file may have grown since.
    const buffer = Buffer.alloc(Number(size) + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > Number(size)) throw new WorkspaceError("it was changed while it was read; try again");
    return { bytes: buffer.subarray(0, bytesRead), changedMs: Number(mtimeMs) };
  } catch (error) {
    throw refusal(error);
  } finally {
    await handle.close();
  }
}

/**
 * Puts `bytes` into the place of a file of an entered folder: whole or not at all, and on disk when it resolves.
 * `temporary`: name of the file that is written first; one that a crash left behind is replaced. Throws
 * {@link WorkspaceError}: nothing was changed; any other error: it may have been.
 */
export async function replaceFileIn(folder: string, file: string, temporary: string, bytes: Buffer): Promise<void> {
  const written = join(folder, temporary);
  try {
    const handle = await createFresh(written);
    try {
      await proved(handle, folder, temporary);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A rename replaces a link, it does not follow it.
    await rename(written, join(folder, file));
  } catch (error) {
    await unlink(written).catch(() => undefined);
    throw refusal(error);
  }
  await syncFolder(folder);
}

async function createFresh(path: string): Promise<FileHandle> {
  try {
    return await open(path, CREATE_FLAGS, 0o600);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    await unlink(path);
    return await open(path, CREATE_FLAGS, 0o600);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, FOLDER_FLAGS);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined: there is nothing at this path. */
async function openUnlinked(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refusal(error);
  }
}

/** F2 and F3. */
async function proved(handle: FileHandle, folder: string, file: string) {
  const opened = await handle.stat({ bigint: true });
  if (!opened.isFile()) throw new WorkspaceError("it is not a regular file");
  const there = await lstat(join(folder, file), { bigint: true });
  const same = there.ino === opened.ino && there.dev === opened.dev;
  if (!same || (await realpath(folder)) !== folder) throw changedMeanwhile();
  return opened;
}

function changedMeanwhile(): WorkspaceError {
  return new WorkspaceError("its folder was changed at the same time; try again");
}

function tooLarge(maxBytes: number): WorkspaceError {
  return new WorkspaceError(`it is larger than ${maxBytes / 1024} KB`);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** What the file system says, in words. */
function refusal(error: unknown): WorkspaceError {
  if (error instanceof WorkspaceError) return error;
  return new WorkspaceError(reasonOf(codeOf(error)), error);
}

function reasonOf(code: string | undefined): string {
  switch (code) {
    case "ELOOP":
    case "EMLINK":
      return "it is a link; links are not followed";
    case "ENOTDIR":
      return "a folder on its way is a link or a file";
    case "EISDIR":
      return "it is a folder";
    case "ENXIO":
      return "it is not a regular file";
    case "EACCES":
    case "EPERM":
      return "the workspace does not belong to this daemon's user, or may not be written";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full";
    case "EROFS":
      return "the file system is read-only";
    default:
      return `the file system refused it (${code ?? "no reason given"})`;
  }
}
