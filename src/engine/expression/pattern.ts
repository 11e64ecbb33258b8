// Regular expressions that people write into workflows, matched in linear time (runs.md §5.3).
//
//   R1. A pattern is unflagged, in the syntax that JavaScript and RE2 share (pattern-syntax.ts). Where the two give the
//       same words different reach, RE2's holds: `.` excludes the line feed only, `\s` the ASCII spaces without \v, and
//       a character is a code point.
//   R2. A search costs at most pattern size × text length. Whatever would cost more is not attempted.
//
// The engine is loaded at the first pattern: loaded with the daemon it would cost every start 6 ms and 6 MB, and as much
// again at its first use.

import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { MAX_PATTERN_SIZE, whyNotShared } from "./pattern-syntax.ts";

/** Longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 512;

/** Longest text a pattern is tried on, in characters. */
export const MAX_SUBJECT_LENGTH = 65_536;

/** Most pattern instructions × characters that one search may cost; the worst patterns measured took 0.1 s for these. */
const MAX_WORK = 2_000_000;

/** `tooLong`: the search was not attempted, because text and pattern together are too large. */
export type Match = { matched: true } | { matched: false } | { matched: false; tooLong: true };

export interface Pattern {
  /** Searches anywhere in the text. */
  test(text: string): Match;
}

export type CompiledPattern = { ok: true; pattern: Pattern } | { ok: false; error: string };

/** Makes a pattern ready, or says for people why it cannot be used. */
export function compilePattern(source: string): CompiledPattern {
  if (source.length > MAX_PATTERN_LENGTH) {
    return { ok: false, error: `the pattern is longer than ${MAX_PATTERN_LENGTH} characters` };
  }
  const reason = whyNotShared(source);
  if (reason !== undefined) return { ok: false, error: reason };
  try {
    return linearPattern(source);
  } catch (error) {
    // What is left is grammar; RE2's words for it are good.
    return { ok: false, error: `the pattern cannot be used: ${(error as Error).message}` };
  }
}

function linearPattern(source: string): CompiledPattern {
  const engine = compile(source);
  const size = engine.matcher("").programSize();
  if (size > MAX_PATTERN_SIZE) return { ok: false, error: "the pattern repeats too much" };
  const test = (text: string): Match => {
    if (text.length > MAX_SUBJECT_LENGTH || text.length * size > MAX_WORK) return { matched: false, tooLong: true };
    // Not `engine.test`: its automaton is faster on most texts, but ten times slower at worst, and keeps up to 8 MB.
    return engine.matcher(text).find() ? { matched: true } : { matched: false };
  };
  return { ok: true, pattern: { test } };
}

const require = createRequire(import.meta.url);

function compile(source: string): RE2JS {
  const engine = require("re2js") as typeof import("re2js");
  return engine.RE2JS.compile(source);
}
