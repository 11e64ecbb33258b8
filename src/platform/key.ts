// The operator's API key. One that parley makes reads `pk_<10 characters: key id>_<43 characters: secret>`; one that is
// given by the environment or put into the file by hand may be any API key text.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type Home, HomeUnusableError } from "./home.ts";

export interface OperatorKey {
  value: string;
  /** `made`: it did not exist and stands in the home's key file now. */
  source: "environment" | "file" | "made";
  /** Other users of the machine can read the key file. */
  exposed: boolean;
}

/** What an API key may look like: it travels in an HTTP header. */
export function isKeyText(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}
export const KEY_TEXT_RULE = "1 to 512 visible ASCII characters, no spaces";

/**
 * `PARLEY_API_KEY` (checked by loadConfig), else the key in the home's file, which is made when it does not exist.
 * Call it under the home's lock. Throws {@link HomeUnusableError} when the file is not usable.
 */
export function operatorKey(home: Home, env: Readonly<Record<string, string | undefined>>): OperatorKey {
  const given = env.PARLEY_API_KEY;
  if (given !== undefined && given !== "") return { value: given, source: "environment", exposed: false };
  return readKey(home.key) ?? { value: makeKey(home.key), source: "made", exposed: false };
}

/** How every key begins that parley makes. */
export const KEY_PREFIX = "pk_";

/** A fresh key text: 50 random bits of id, which is not secret and finds the key's row, and 256 of secret. */
export function mintKey(): string {
  const id = Array.from(randomBytes(KEY_ID_CHARACTERS), (byte) => ALPHABET[byte & 31]).join("");
  return `${KEY_PREFIX}${id}_${randomBytes(32).toString("base64url")}`;
}

const KEY_ID_CHARACTERS = 10;
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Puts another key into the key file: a reader sees the old or the new one. Throws {@link HomeUnusableError}. */
export function replaceKey(path: string, key: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true }); // of a process that died here
  writeNewFile(fresh, key);
  renameSync(fresh, path);
}

function readKey(path: string): OperatorKey | undefined {
  try {
    const value = readFileSync(path, "utf8").trim();
    if (value === "") {
      // Left by a process that died between making and filling the file.
      unlinkSync(path);
      return undefined;
    }
    if (!isKeyText(value)) throw new HomeUnusableError(path, `holds no API key; allowed: ${KEY_TEXT_RULE}`);
    return { value, source: "file", exposed: (statSync(path).mode & 0o077) !== 0 };
  } catch (error) {
    if (error instanceof HomeUnusableError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new HomeUnusableError(path, `cannot be read (${code})`, error);
  }
}

function makeKey(path: string): string {
  const key = mintKey();
  writeNewFile(path, key);
  return key;
}

/** The file must not exist: nobody can have put a link or an open descriptor in its place. */
function writeNewFile(path: string, key: string): void {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, `${key}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new HomeUnusableError(path, `cannot be written (${(error as NodeJS.ErrnoException).code})`, error);
  }
}
