// The store's file: made private, and judged before a connection may touch it.
//
//   F1. The file and what SQLite puts beside it are for their owner only (0600: SQLite gives its WAL the same mode).
//   F2. A file that is not ours, or was written by a newer parley, is left exactly as it is.

import { chmodSync, closeSync, fstatSync, openSync, readSync } from "node:fs";

/** `PRAGMA application_id`: "prly". */
export const APPLICATION_ID = 0x70726c79;
const PRIVATE = 0o600;
const HEADER_BYTES = 100;

/** The store cannot be opened by this version of parley. Nothing was written. */
export class StoreVersionError extends Error {
  readonly path: string;
  readonly found: number;
  readonly supported: number;
  constructor(path: string, found: number, supported: number) {
    super(
      `${path} was written by a newer parley (store version ${found}, this one knows up to ${supported}). ` +
        "Start the newer version, or put back the copy that was made before the update (backups/ beside it).",
    );
    this.name = "StoreVersionError";
    this.path = path;
    this.found = found;
    this.supported = supported;
  }
}

/** Creates the file where it is missing; throws when it is not a store of parley, or a newer one. */
export function prepareFile(path: string, supported: number): void {
  const header = readHeader(path);
  if (header) judgeHeader(path, header, supported);
  closeSync(openSync(path, "a", PRIVATE));
  chmodSync(path, PRIVATE);
}

/** Creates an empty private file; throws when there is one already. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, "wx", PRIVATE));
}

/** The first bytes of a database (https://sqlite.org/fileformat2.html §1.3); undefined: there is none yet. */
function readHeader(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    if (fstatSync(file).size === 0) return undefined;
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, HEADER_BYTES, 0);
    return header;
  } finally {
    closeSync(file);
  }
}

function judgeHeader(path: string, header: Buffer, supported: number): void {
  if (header.toString("latin1", 0, 15) !== "SQLite format 3") throw new Error(`${path} is not a database.`);
  const version = header.readInt32BE(60);
  const applicationId = header.readInt32BE(68);
  // Without tables in the file itself it is one of ours at its birth: its first migration lies in the WAL, or is to come.
  const unborn = applicationId === 0 && header.readUInt32BE(40) === 0;
  if (applicationId !== APPLICATION_ID && !unborn) throw new Error(`${path} is not a store of parley.`);
  if (version > supported) throw new StoreVersionError(path, version, supported);
}
