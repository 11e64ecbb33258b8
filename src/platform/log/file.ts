// The log files: `parley.log`, and the older `parley.log.1` (newest) to `parley.log.3`.
//
//   F1. All files together never exceed `maxTotalBytes`; the oldest lines go first.
//   F2. No line is split or lost by a rotation; lines stand in the order in which they came.
//   F3. What the disk refuses is counted and told in the log itself once it works again. Logging never throws.
//
// Lines are gathered and written synchronously, at most 64 KiB at once into the page cache: some 30 µs, less than
// handing them to another thread, and nothing is reordered or left behind at the exit.

import { closeSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface LogFile {
  /** Takes a line with its line break; it is written within 100 ms. A line too long for a file is refused (false). */
  append(line: string): boolean;
  /** Writes what was gathered. */
  flush(): void;
  /** Flushes and closes; later lines are dropped. */
  close(): void;
}

export interface LogFileOptions {
  /** Exists. */
  folder: string;
  maxTotalBytes: number;
  /** A line that says how many lines were lost, and why. */
  lostLine(lines: number, reason: string): string;
}

const FILES = 4;
const GATHER_BYTES = 64 * 1024;
const GATHER_MS = 100;

export function openLogFile(options: LogFileOptions): LogFile {
  const path = join(options.folder, "parley.log");
  const maxFileBytes = Math.floor(options.maxTotalBytes / FILES);
  const files = createRotation(path, maxFileBytes, options.maxTotalBytes);
  let gathered: string[] = [];
  let gatheredBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let lost = 0;
  let reason = "";
  let closed = false;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0) return;
    const lines = lost === 0 ? gathered : [options.lostLine(lost, reason), ...gathered];
    gathered = [];
    gatheredBytes = 0;
    try {
      files.write(lines);
      lost = 0;
    } catch (error) {
      lost += lost === 0 ? lines.length : lines.length - 1;
      reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    }
  }

  return {
    append(line) {
      const bytes = Buffer.byteLength(line);
      if (closed || bytes > Math.min(GATHER_BYTES, maxFileBytes)) return false;
      gathered.push(line);
      gatheredBytes += bytes;
      if (gatheredBytes >= GATHER_BYTES) flush();
      else timer ??= setTimeout(flush, GATHER_MS).unref();
      return true;
    },
    flush,
    close() {
      flush();
      closed = true;
      files.close();
    },
  };
}

interface Rotation {
  /** Writes lines, each no longer than a file; throws what the file system throws. */
  write(lines: string[]): void;
  close(): void;
}

function createRotation(path: string, maxFileBytes: number, maxTotalBytes: number): Rotation {
  let file: number | undefined;
  let size = 0;

  function open(): number {
    if (file !== undefined && fstatSync(file).nlink === 0) close(); // someone deleted it under us
    if (file === undefined) {
      file = openSync(path, "a", 0o600);
      size = fstatSync(file).size;
      removeOldest(path, maxTotalBytes - maxFileBytes);
    }
    return file;
  }

  function rotate(): void {
    close();
    for (let age = FILES - 2; age >= 0; age--) {
      if (sizeOf(olderName(path, age)) !== undefined) renameSync(olderName(path, age), olderName(path, age + 1));
    }
  }

  function close(): void {
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
  }

  function write(lines: string[]): void {
    let chunk: Buffer[] = [];
    let chunkBytes = 0;
    open();
    for (const line of lines) {
      const bytes = Buffer.from(line);
      if (size + chunkBytes + bytes.length > maxFileBytes) {
        writeAll(open(), Buffer.concat(chunk));
        chunk = [];
        chunkBytes = 0;
        rotate();
        open();
      }
      chunk.push(bytes);
      chunkBytes += bytes.length;
    }
    writeAll(open(), Buffer.concat(chunk));
    size += chunkBytes;
  }

  return { write, close };
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function olderName(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** Keeps the newest of the older files, as far as they fit: the limit may have been larger before. */
function removeOldest(path: string, maxBytes: number): void {
  let kept = 0;
  for (let age = 1; age < FILES; age++) {
    kept += sizeOf(olderName(path, age)) ?? 0;
    if (kept > maxBytes) rmSync(olderName(path, age), { force: true });
  }
}
