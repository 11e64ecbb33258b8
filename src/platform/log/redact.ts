// Redaction by name and shape: the net below the masker, for credentials that nobody registered.

/** Fields whose values are never written, at any depth; headers keep their wire names. */
const NAMES = [
  "(?:proxy-)?authorization",
  "(?:set-)?cookie",
  "(?:x-)?api[-_]?key",
  "password",
  "passphrase",
  "(?:[a-z]+[-_]?)?token",
  "(?:client[-_]?)?secret",
  "private[-_]?key",
].join("|");
const TEXT = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';
const FIELD = new RegExp(`"(${NAMES})":(?:${TEXT}|\\[(?:${TEXT},?)*\\])`, "gi");

/** A bearer token in any text, and keys of our own making. */
const BEARER = /\bBearer\s+[\w.~+/=-]{12,}/gi;
const OWN_KEY = /\bpk_[0-9a-z]{10}_[\w-]{43}/g;

/** `line` is a JSON text, and so is the answer. */
export function redact(line: string): string {
  return line.replace(FIELD, '"$1":"[REDACTED]"').replace(BEARER, "Bearer [REDACTED]").replace(OWN_KEY, "[REDACTED]");
}
