// Markdown as messages use it, read into blocks: a small, safe part of it. Pure, and linear in the length of the text.
//
//   M1. Nothing is thrown away: what is not understood is text.
//   M2. HTML is text. An address is a link only with http, https or mailto; an image is shown as its words.
//   M3. An open fence at the end is code: that is how an answer looks while it is being written.

import { type Inline, parseInline } from "./inline.ts";

export type Block =
  | { kind: "paragraph"; content: Inline[] }
  | { kind: "heading"; level: number; content: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; start: number | undefined; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][]; sides: Side[] }
  | { kind: "rule" };

export type Side = "start" | "center" | "end";

/** Quotes and lists inside each other; deeper ones are text. */
const MAX_DEPTH = 6;
const MAX_COLUMNS = 30;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const QUOTE = /^ {0,3}> ?/;
const MARKER = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const TABLE_RULE = /^ {0,3}\|? *:?-+:? *(\| *:?-+:? *)*\|? *$/;

export function parseBlocks(text: string): Block[] {
  return blocksOf(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), 0);
}

/** Reads block by block; each reader says how many lines it took. */
function blocksOf(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at]?.trim() === "") {
      at += 1;
      continue;
    }
    const { block, taken } = readBlock(lines, at, depth);
    blocks.push(block);
    at += taken;
  }
  return blocks;
}

interface Read {
  block: Block;
  taken: number;
}

function readBlock(lines: readonly string[], at: number, depth: number): Read {
  const line = lines[at] ?? "";
  const fence = FENCE.exec(line);
  if (fence) return readCode(lines, at, fence[1] ?? "```", fence[2] ?? "");
  const heading = HEADING.exec(line);
  if (heading) {
    const content = parseInline(heading[2] ?? "");
    return { block: { kind: "heading", level: heading[1]?.length ?? 1, content }, taken: 1 };
  }
  if (RULE.test(line)) return { block: { kind: "rule" }, taken: 1 };
  if (depth < MAX_DEPTH && QUOTE.test(line)) return readQuote(lines, at, depth);
  if (depth < MAX_DEPTH && MARKER.test(line)) return readList(lines, at, depth);
  if (isTable(lines, at)) return readTable(lines, at);
  return readParagraph(lines, at, depth);
}

function readCode(lines: readonly string[], at: number, fence: string, language: string): Read {
  let end = at + 1;
  while (end < lines.length && !closes(lines[end] ?? "", fence)) end += 1;
  const text = lines.slice(at + 1, end).join("\n");
  return { block: { kind: "code", language, text }, taken: Math.min(end, lines.length - 1) - at + 1 };
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= fence.length && trimmed === (fence[0] ?? "`").repeat(trimmed.length);
}

function readQuote(lines: readonly string[], at: number, depth: number): Read {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end] ?? "")) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { block: { kind: "quote", blocks: blocksOf(inner, depth + 1) }, taken: end - at };
}

function readList(lines: readonly string[], at: number, depth: number): Read {
  const ordered = isOrdered(lines[at] ?? "");
  const start = ordered ? Number.parseInt(lines[at]?.trim() ?? "1", 10) : undefined;
  const items: Block[][] = [];
  let end = at;
  while (end < lines.length) {
    const marker = MARKER.exec(lines[end] ?? "");
    if (!marker || isOrdered(lines[end] ?? "") !== ordered || RULE.test(lines[end] ?? "")) break;
    const width = Math.min(marker[0].length, 6);
    const item = itemLines(lines, end, width);
    items.push(blocksOf([(lines[end] ?? "").slice(marker[0].length), ...item.inner], depth + 1));
    end += 1 + item.inner.length;
  }
  return { block: { kind: "list", start, items }, taken: end - at };
}

/** The lines behind an item's first that belong to it: indented ones, and lazy ones right behind it. */
function itemLines(lines: readonly string[], first: number, width: number): { inner: string[] } {
  const inner: string[] = [];
  for (let at = first + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const indent = line.length - line.trimStart().length;
    if (line.trim() === "") {
      const next = lines[at + 1] ?? "";
      const goesOn = next.trim() !== "" && (next.length - next.trimStart().length >= 2 || MARKER.test(next));
      if (!goesOn) break;
      inner.push("");
    } else if (indent >= 2) inner.push(line.slice(Math.min(indent, width)));
    else if (startsBlock(line) || inner.at(-1) === "") break;
    else inner.push(line);
  }
  return { inner };
}

function isOrdered(line: string): boolean {
  return /^\d/.test(line.trim());
}

function isTable(lines: readonly string[], at: number): boolean {
  const [head, rule] = [lines[at] ?? "", lines[at + 1] ?? ""];
  return head.includes("|") && rule.includes("-") && TABLE_RULE.test(rule) && cells(head).length === cells(rule).length;
}

function readTable(lines: readonly string[], at: number): Read {
  const head = cells(lines[at] ?? "").map(parseInline);
  const rows: Inline[][][] = [];
  let end = at + 2;
  while (end < lines.length && lines[end]?.includes("|")) {
    const row = cells(lines[end] ?? "").map(parseInline);
    rows.push(head.map((_, column) => row[column] ?? []));
    end += 1;
  }
  const sides = cells(lines[at + 1] ?? "").map(sideOf);
  return { block: { kind: "table", head, rows, sides }, taken: end - at };
}

/** Where a column's text stands, from its part of the rule: `---:` is at the end. */
function sideOf(rule: string): Side {
  if (!rule.endsWith(":")) return "start";
  return rule.startsWith(":") ? "center" : "end";
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split("|", MAX_COLUMNS).map((cell) => cell.trim());
}

function readParagraph(lines: readonly string[], at: number, depth: number): Read {
  let end = at + 1;
  while (end < lines.length && lines[end]?.trim() !== "" && !(depth < MAX_DEPTH && startsBlock(lines[end] ?? "")))
    end += 1;
  const text = lines
    .slice(at, end)
    .map((line) => line.trim())
    .join("\n");
  return { block: { kind: "paragraph", content: parseInline(text) }, taken: end - at };
}

function startsBlock(line: string): boolean {
  return [FENCE, HEADING, RULE, QUOTE, MARKER].some((start) => start.test(line));
}
