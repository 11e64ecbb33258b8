// What the tests of this room share.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Logger } from "#ports/logger.ts";

/** A new folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-platform-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

export interface RecordedLine {
  level: string;
  fields: object;
  message: string;
}

/** A logger that remembers. */
export function recordingLogger(): { logger: Logger; lines: RecordedLine[] } {
  const lines: RecordedLine[] = [];
  const record = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const logger: Logger = {
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
    child: () => logger,
  };
  return { logger, lines };
}
