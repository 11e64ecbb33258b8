// The console's built files, in memory: read once, at the first request for one of them.
//
//   S1. Only what lay in the folder when it was read is served, found by its exact name: no request leads to a path.
//   S2. The size of all files together is bounded; a folder beyond it is not served at all.

import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { sha256Base64Url } from "#protocol/canonical.ts";

export interface StaticFile {
  contentType: string;
  /** Strong validator of the plain body, with its quotes. */
  etag: string;
  body: Buffer;
  /** Present where it is worth it. */
  gzipped?: Buffer;
}

/** By the path below the folder, with `/`: `index.html`, `assets/app-3f2a.js`. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** Hands out the files; undefined while the console is not built. */
export type StaticSource = () => Promise<StaticFiles | undefined>;

const MAX_FILES = 200;
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
/** Smaller bodies fit into one packet as they are. */
const MIN_GZIP_BYTES = 1024;

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
};

/** The files of a folder with an `index.html`. Until there is one, every call looks again. */
export function createStaticSource(folder: string): StaticSource {
  let reading: Promise<StaticFiles | undefined> | undefined;
  return async () => {
    reading ??= readFolder(folder);
    try {
      const files = await reading;
      if (files === undefined) reading = undefined;
      return files;
    } catch (error) {
      reading = undefined;
      throw error;
    }
  };
}

async function readFolder(folder: string): Promise<StaticFiles | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = entries.filter((entry) => entry.isFile() && contentTypes[extname(entry.name)] !== undefined);
  if (found.length > MAX_FILES) throw new Error(`${folder} holds more than ${MAX_FILES} files`);
  const files = new Map<string, StaticFile>();
  let total = 0;
  for (const { parentPath, name } of found) {
    const path = join(parentPath, name);
    const body = await readFile(path);
    total += body.length;
    if (total > MAX_TOTAL_BYTES) throw new Error(`${folder} holds more than ${MAX_TOTAL_BYTES} bytes`);
    files.set(path.slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, ""), await fileOf(path, body));
  }
  return files.has("index.html") ? files : undefined;
}

const compress = promisify(gzip);

async function fileOf(path: string, body: Buffer): Promise<StaticFile> {
  const contentType = contentTypes[extname(path)] as string;
  const etag = `"${sha256Base64Url(body.toString("base64")).slice(0, 22)}"`;
  const isText = /^text|json|svg/.test(contentType);
  if (!isText || body.length < MIN_GZIP_BYTES) return { contentType, etag, body };
  return { contentType, etag, body, gzipped: await compress(body, { level: 9 }) };
}
