// Texts with placeholders: `Saved as {{result.path}}.`
//
//   {{user}}                          a value, by its path; nothing when there is none
//   {{result.message or result}}      the first that there is
//   {{subject | slug}}                changed by a filter; several stand one after the other
//
// Filters: `slug` (a file name), `short` (at most 120 characters on one line), `topic` (short, without an article in
// front), `list NAME …` (an array as Markdown list with these members of its items), `else WORDS` (instead of nothing).

import { isJsonObject, type Json } from "#protocol/json.ts";

/** A text in its parts. */
export type Template = readonly (string | Placeholder)[];

export interface Placeholder {
  paths: readonly (readonly string[])[];
  filters: readonly { name: FilterName; words: string }[];
}

/** Values by name. */
export type Scope = ReadonlyMap<string, Json>;

const filters = {
  slug: (value: Json) => slugOf(textOf(value)),
  short: (value: Json) => shortened(textOf(value)),
  topic: (value: Json) => shortened(textOf(value).replace(ARTICLE, "")),
  list: (value: Json, words: string) => listOf(value, words.split(" ")),
  else: (value: Json, words: string) => (isNothing(value) ? words : value),
} as const satisfies Record<string, (value: Json, words: string) => Json>;

type FilterName = keyof typeof filters;

const ARTICLE = /^\s*(a|an|the|my|our)\s+/i;
const MAX_SHORT_CHARACTERS = 120;
const MAX_SLUG_CHARACTERS = 60;

/** Reads a template, or says what is wrong with it. */
export function parseTemplate(text: string): { template: Template } | { problem: string } {
  const parts: (string | Placeholder)[] = [];
  for (const [index, part] of text.split(/\{\{(.*?)\}\}/s).entries()) {
    if (index % 2 === 0) {
      if (part !== "") parts.push(part);
      continue;
    }
    const read = parsePlaceholder(part);
    if (typeof read === "string") return { problem: `{{${part.trim()}}}: ${read}` };
    parts.push(read);
  }
  return { template: parts };
}

function parsePlaceholder(text: string): Placeholder | string {
  const [value = "", ...rest] = text.split("|").map((part) => part.trim());
  const paths = value.split(/\s+or\s+/).map((path) => path.split("."));
  if (paths.flat().some((name) => !/^[\w-]+$/.test(name))) return "names are letters, digits and _, with dots between";
  const read: Placeholder["filters"][number][] = [];
  for (const filter of rest) {
    const [name = "", ...words] = filter.split(" ");
    if (!isFilter(name)) return `unknown filter ${name}; known: ${Object.keys(filters).join(", ")}`;
    read.push({ name, words: words.join(" ") });
  }
  return { paths, filters: read };
}

function isFilter(name: string): name is FilterName {
  return Object.hasOwn(filters, name);
}

/** The names that a template looks up. */
export function namesIn(template: Template): string[] {
  return template.flatMap((part) => (typeof part === "string" ? [] : part.paths.map(([name = ""]) => name)));
}

export function render(template: Template, scope: Scope): string {
  return template.map((part) => (typeof part === "string" ? part : textOf(valueFor(part, scope)))).join("");
}

/** Whether a template that is one placeholder stands for something. */
export function standsForSomething([part]: Template, scope: Scope): boolean {
  return part !== undefined && typeof part !== "string" && !isNothing(valueFor(part, scope));
}

function valueFor(placeholder: Placeholder, scope: Scope): Json {
  const found = placeholder.paths.map((path) => lookUp(path, scope)).find((value) => !isNothing(value));
  return placeholder.filters.reduce<Json>((value, { name, words }) => filters[name](value, words), found ?? null);
}

function lookUp([name = "", ...members]: readonly string[], scope: Scope): Json {
  let value: Json = scope.get(name) ?? null;
  for (const member of members) {
    if (Array.isArray(value)) value = value[Number(member)] ?? null;
    else value = isJsonObject(value) && Object.hasOwn(value, member) ? (value[member] ?? null) : null;
  }
  return value;
}

function isNothing(value: Json): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function textOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= MAX_SHORT_CHARACTERS ? line : `${line.slice(0, MAX_SHORT_CHARACTERS - 1).trimEnd()}…`;
}

/** Articles say nothing in a name. */
function slugOf(text: string): string {
  const plain = text.replace(ARTICLE, "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const slug = plain.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+/, "");
  return slug.slice(0, MAX_SLUG_CHARACTERS).replace(/-+$/, "") || "note";
}

function listOf(value: Json, members: readonly string[]): string {
  if (!Array.isArray(value)) return textOf(value);
  const lines = value.map((item) => {
    if (!isJsonObject(item)) return textOf(item);
    return members
      .flatMap(
        (member) =>
          textOf(item[member] ?? null)
            .replace(/\s+/g, " ")
            .trim() || [],
      )
      .join(": ");
  });
  return lines.map((line) => `- ${line}`).join("\n");
}
