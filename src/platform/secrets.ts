// Where secrets come from: environment variables and files.

import { readFile, stat } from "node:fs/promises";
import { basename, resolve as resolvePath } from "node:path";
import type { Logger } from "#ports/logger.ts";
import { SecretError, type SecretRef, type SecretStore } from "#ports/secrets.ts";
import { type Masker, MIN_SECRET_CHARACTERS } from "./masking.ts";

export interface SecretSources {
  env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of files start. */
  homeDir: string;
  /** Learns every value before it is given out. */
  masker: Masker;
  logger: Logger;
}

export function createSecretStore(sources: SecretSources): SecretStore {
  const warned = new Set<string>();

  function warnOnce(subject: string, message: string): void {
    if (warned.has(subject + message)) return;
    warned.add(subject + message);
    sources.logger.warn({ source: subject }, message);
  }

  return {
    async resolve(ref: SecretRef): Promise<string> {
      const { id, subject, value } =
        "env" in ref ? readVariable(ref, sources.env) : await readSecretFile(ref, sources.homeDir, warnOnce);
      if (!sources.masker.add(id, value)) {
        warnOnce(subject, `a secret of fewer than ${MIN_SECRET_CHARACTERS} characters cannot be masked in logs`);
      }
      return value;
    },
  };
}

interface Found {
  /** What stands in masked text. */
  id: string;
  /** What operators know it by. */
  subject: string;
  value: string;
}

function readVariable(ref: { env: string }, env: SecretSources["env"]): Found {
  const value = env[ref.env];
  if (value === undefined) {
    throw new SecretError(
      ref,
      "missing",
      `The environment variable ${ref.env} is not set; set it where parley starts.`,
    );
  }
  if (value === "") throw new SecretError(ref, "empty", `The environment variable ${ref.env} is empty.`);
  return { id: `env:${ref.env}`, subject: ref.env, value };
}

/** Credentials are short; a bigger file is another one, named by mistake. */
const MAX_SECRET_FILE_BYTES = 64 * 1024;
const OPEN_TO_OTHERS = 0o077;

async function readSecretFile(
  ref: { file: string },
  homeDir: string,
  warnOnce: (subject: string, message: string) => void,
): Promise<Found> {
  const path = resolvePath(homeDir, ref.file);
  const { text, mode } = await readSmallFile(ref, path);
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw new SecretError(ref, "empty", `The secret file ${path} is empty.`);
  if ((mode & OPEN_TO_OTHERS) !== 0) {
    warnOnce(path, "other users of this machine can reach a secret file; set its mode to 0600");
  }
  return { id: `file:${basename(path)}`, subject: path, value };
}

async function readSmallFile(ref: SecretRef, path: string): Promise<{ text: string; mode: number }> {
  try {
    const status = await stat(path);
    // Reading a pipe or device could wait for ever.
    if (!status.isFile()) throw new SecretError(ref, "unreadable", `The secret file ${path} is not a regular file.`);
    if (status.size > MAX_SECRET_FILE_BYTES) {
      throw new SecretError(
        ref,
        "unreadable",
        `The secret file ${path} is larger than ${MAX_SECRET_FILE_BYTES} bytes.`,
      );
    }
    return { text: await readFile(path, "utf8"), mode: status.mode };
  } catch (error) {
    if (error instanceof SecretError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new SecretError(ref, "missing", `There is no secret file ${path}.`, error);
    throw new SecretError(ref, "unreadable", `The secret file ${path} cannot be read (${code}).`, error);
  }
}
