// What stands inside a paragraph: emphasis, code, links. Pure; see blocks.ts for the rules.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "code"; text: string }
  | { kind: "strong" | "emphasis" | "struck"; content: Inline[] }
  | { kind: "link"; address: string; content: Inline[] };

/** Emphasis inside emphasis; deeper marks are text. */
const MAX_DEPTH = 5;
/** How far a closing mark is looked for: keeps hostile text linear. */
const MAX_SPAN = 4_000;

const MARKS = [
  { mark: "**", kind: "strong" },
  { mark: "__", kind: "strong" },
  { mark: "~~", kind: "struck" },
  { mark: "*", kind: "emphasis" },
  { mark: "_", kind: "emphasis" },
] as const;

const PLAIN = /[^\\`*_~[!\n<h]+/y;
const BARE_ADDRESS = /https?:\/\/[^\s<>"'`|]{1,2000}/y;
const ANGLE_ADDRESS = /<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/y;
const LINK =
  /(!?)\[([^\]\n]{0,500})\]\(\s*<?([^\s()<>]{1,2000}(?:\([^\s()<>]*\)[^\s()<>]*)?)>?(?:\s+"[^"\n]{0,200}")?\s*\)/y;
const SAFE_ADDRESS = /^(https?:\/\/|mailto:)/i;
const ESCAPED = /[\\`*_{}[\]()#+\-.!|~<>]/;

export function parseInline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  const dead: DeadEnds = new Map();
  let at = 0;
  while (at < text.length) {
    const read = readSpan(text, at, depth, dead);
    add(found, read.inline);
    at += read.taken;
  }
  return found;
}

/** Up to where it is known that a mark closes nowhere: the same stretch is not searched twice. */
type DeadEnds = Map<string, number>;

/** Neighbouring texts become one. */
function add(found: Inline[], inline: Inline): void {
  const last = found.at(-1);
  if (inline.kind === "text" && last?.kind === "text") last.text += inline.text;
  else found.push(inline);
}

interface Read {
  inline: Inline;
  taken: number;
}

function readSpan(text: string, at: number, depth: number, dead: DeadEnds): Read {
  const plain = matchAt(PLAIN, text, at);
  if (plain) return { inline: { kind: "text", text: plain[0] }, taken: plain[0].length };
  const character = text[at] ?? "";
  const read = readSpecial(text, at, character, depth, dead);
  return read ?? { inline: { kind: "text", text: character }, taken: 1 };
}

function readSpecial(text: string, at: number, character: string, depth: number, dead: DeadEnds): Read | undefined {
  switch (character) {
    case "\n":
      return { inline: { kind: "break" }, taken: 1 };
    case "\\":
      return ESCAPED.test(text[at + 1] ?? "")
        ? { inline: { kind: "text", text: text[at + 1] ?? "" }, taken: 2 }
        : undefined;
    case "`":
      return readCode(text, at);
    case "[":
    case "!":
      return readLink(text, at, depth);
    case "<":
      return readAddress(matchAt(ANGLE_ADDRESS, text, at), 1);
    case "h":
      return readAddress(isWordAt(text, at - 1) ? undefined : matchAt(BARE_ADDRESS, text, at), 0);
    default:
      return readMarked(text, at, depth, dead);
  }
}

function readCode(text: string, at: number): Read | undefined {
  const ticks = /`+/y;
  ticks.lastIndex = at;
  const fence = ticks.exec(text)?.[0] ?? "`";
  const start = at + fence.length;
  const end = text.slice(start, start + MAX_SPAN).search(new RegExp(`(?<!\`)\`{${Math.min(fence.length, 20)}}(?!\`)`));
  if (end < 0) return { inline: { kind: "text", text: fence }, taken: fence.length };
  const code = text.slice(start, start + end).replaceAll("\n", " ");
  const inner = /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code;
  return { inline: { kind: "code", text: inner }, taken: end + 2 * fence.length };
}

function readLink(text: string, at: number, depth: number): Read | undefined {
  const link = matchAt(LINK, text, at);
  if (!link || depth >= MAX_DEPTH) return undefined;
  const [whole, image, label = "", address = ""] = link;
  if (!SAFE_ADDRESS.test(address)) return { inline: { kind: "text", text: whole }, taken: whole.length };
  // A picture from elsewhere would tell its host who reads this: only its words are shown, and where it is.
  const content: Inline[] = image ? [{ kind: "text", text: label || "image" }] : parseInline(label, MAX_DEPTH);
  return { inline: { kind: "link", address, content }, taken: whole.length };
}

function readAddress(found: RegExpExecArray | undefined, group: number): Read | undefined {
  if (!found) return undefined;
  const shown = found[group] ?? "";
  // The full stop behind an address belongs to the sentence.
  const address = group === 0 ? shown.replace(/[.,;:!?)\]}*_]+$/, "") : shown;
  const taken = group === 0 ? address.length : found[0].length;
  return { inline: { kind: "link", address, content: [{ kind: "text", text: address }] }, taken };
}

function readMarked(text: string, at: number, depth: number, dead: DeadEnds): Read | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  for (const { mark, kind } of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const start = at + mark.length;
    // An underscore inside a word belongs to the word: snake_case.
    if (/\s/.test(text[start] ?? " ") || (mark[0] === "_" && isWordAt(text, at - 1))) continue;
    const end = closing(text, start, mark, dead);
    if (end < 0) continue;
    return { inline: { kind, content: parseInline(text.slice(start, end), depth + 1) }, taken: end + mark.length - at };
  }
  // A run of marks that closes nowhere is text as a whole.
  const run = /([*_~])\1*/y;
  run.lastIndex = at;
  const marks = run.exec(text)?.[0];
  return marks === undefined ? undefined : { inline: { kind: "text", text: marks }, taken: marks.length };
}

function closing(text: string, start: number, mark: string, dead: DeadEnds): number {
  const limit = Math.min(text.length, start + MAX_SPAN);
  let at = text.indexOf(mark, Math.max(start + 1, dead.get(mark) ?? 0));
  for (; at >= 0 && at < limit; at = text.indexOf(mark, at + mark.length)) {
    const single = mark.length === 1 && (text[at + 1] === mark || text[at - 1] === mark);
    const insideWord = mark[0] === "_" && isWordAt(text, at + mark.length);
    if (!single && !insideWord && !/\s/.test(text[at - 1] ?? " ")) return at;
  }
  dead.set(mark, at < 0 ? text.length : limit);
  return -1;
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && /[\p{L}\p{N}]/u.test(text[at] ?? "");
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
