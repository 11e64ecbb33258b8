// Masking: no registered secret leaves the process in a text (log line, event, row, answer).
//
//   form   one way in which a secret can be written: raw, JSON-escaped, URL-encoded, base 64 (secret-forms.ts)
//
//   M1. In what `mask` returns no form of a registered secret is left; each stands as `[REDACTED:<id>]`. Overlapping
//       finds become one mark, named after the longest.
//   M2. JSON text, or lines of JSON text, stays that: strings are masked by what they mean and written anew. A number
//       becomes a string when it is exactly a secret; as a part of a longer number (a timestamp) a secret of digits
//       stays, and so does one whose characters happen to be JSON structure (`","a":"`).
//   M3. A text without a find is returned as it is (the same string), after nothing but substring searches: this runs
//       on every commit.

import { formsOf } from "./secret-forms.ts";

/** Shorter values are not registered: they would hit ordinary words and numbers all over. */
export const MIN_SECRET_CHARACTERS = 6;

export interface Masker {
  mask(text: string): string;
  /** False: too short, the value is not masked ({@link MIN_SECRET_CHARACTERS}). Adding a value again changes nothing. */
  add(id: string, value: string): boolean;
  /** A value that is worthless now: what stands in texts from now on is not looked for any more. */
  remove(value: string): void;
}

/** Masks the given secrets, and those added later. `id` is what readers see in place of the value. */
export function createMasker(secrets: readonly { id: string; value: string }[] = []): Masker {
  const known = new Set<string>();
  let forms: Form[] = [];
  let needles: string[] = [];

  function add(id: string, value: string): boolean {
    if (value.length < MIN_SECRET_CHARACTERS) return false;
    if (known.has(value)) return true;
    known.add(value);
    const mark = `[REDACTED:${id.replace(/[^\w.:-]/g, "_")}]`;
    forms = [...forms, ...formsOf(value).map((text) => ({ text, mark, value }))];
    needles = shortest(forms.map((form) => form.text));
    return true;
  }

  function remove(value: string): void {
    if (!known.delete(value)) return;
    forms = forms.filter((form) => form.value !== value);
    needles = shortest(forms.map((form) => form.text));
  }

  function mask(text: string): string {
    for (const needle of needles) if (text.includes(needle)) return maskFound(text, forms);
    return text;
  }

  for (const secret of secrets) add(secret.id, secret.value);
  return { mask, add, remove };
}

interface Form {
  text: string;
  mark: string;
  /** The secret itself. */
  value: string;
}

/** A text that contains none of these contains none of `texts`: those that contain another one are left out. */
function shortest(texts: string[]): string[] {
  return texts.filter(
    (text, at) => !texts.some((other, otherAt) => otherAt !== at && covers(text, other, otherAt < at)),
  );
}

function covers(text: string, other: string, first: boolean): boolean {
  return text === other ? first : text.includes(other);
}

function maskFound(text: string, forms: readonly Form[]): string {
  if (isJson(text)) return maskJson(text, forms);
  const lines = text.split("\n");
  if (lines.length > 1 && lines.every((line) => line === "" || isJson(line))) {
    return lines.map((line) => maskJson(line, forms)).join("\n");
  }
  return maskPlain(text, forms);
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"\d-]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `text` is valid JSON. Everything but the tokens that change stays as it was, byte for byte. */
function maskJson(text: string, forms: readonly Form[]): string {
  let masked = "";
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf('"', at);
    if (start < 0) break;
    const end = endOfString(text, start);
    masked += maskNumbers(text.slice(at, start), forms) + maskString(text.slice(start, end), forms);
    at = end;
  }
  return masked + maskNumbers(text.slice(at), forms);
}

/** Index after the closing quote of the JSON string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (; end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function maskString(token: string, forms: readonly Form[]): string {
  const meaning: string = JSON.parse(token);
  // A string may hold JSON text again (tool arguments): it is shorter than its token, so this ends.
  const nested = /^\s*[[{]/.test(meaning) && isJson(meaning);
  const masked = nested ? maskJson(meaning, forms) : maskPlain(meaning, forms);
  return masked === meaning ? token : JSON.stringify(masked);
}

function maskNumbers(between: string, forms: readonly Form[]): string {
  if (!/\d/.test(between)) return between;
  return between.replace(/-?\d[\d.eE+-]*/g, (number) => {
    const found = forms.find((form) => form.value === number);
    return found === undefined ? number : JSON.stringify(found.mark);
  });
}

function maskPlain(text: string, forms: readonly Form[]): string {
  let masked = "";
  let at = 0;
  for (const { start, end, form } of merge(findAll(text, forms))) {
    masked += text.slice(at, start) + form.mark;
    at = end;
  }
  return masked + text.slice(at);
}

interface Find {
  start: number;
  end: number;
  form: Form;
}

function findAll(text: string, forms: readonly Form[]): Find[] {
  const finds: Find[] = [];
  for (const form of forms) {
    for (let start = text.indexOf(form.text); start >= 0; start = text.indexOf(form.text, start + 1)) {
      finds.push({ start, end: start + form.text.length, form });
    }
  }
  return finds.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Joins finds that share characters; `finds` are sorted by start. */
function merge(finds: Find[]): Find[] {
  const merged: Find[] = [];
  for (const find of finds) {
    const last = merged.at(-1);
    if (last === undefined || find.start >= last.end) {
      merged.push({ ...find });
      continue;
    }
    if (find.form.text.length > last.form.text.length) last.form = find.form;
    last.end = Math.max(last.end, find.end);
  }
  return merged;
}
