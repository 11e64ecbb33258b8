// The reducers: what one write makes of a channel's value (runs.md §11.2, §11.4).
//
//   C1. A reducer is total: whatever the value is, it folds. What may be written at all is judged before (write.ts).
//   C2. It depends on its arguments only. `now` is the time of the event, so a replay folds to the same value.
//   C3. A value is never changed in place.
//
// With a TTL each entry is stored as `{value, _ts}`, `_ts` in epoch ms.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { setMember } from "../expression/values/kinds.ts";

/** How a write is folded. */
export interface Folding {
  reducer: string;
  /** Most entries of a list. */
  maxSize?: number;
  ttlMs?: number;
  /** Time of the write, epoch ms. */
  nowMs: number;
}

/** Reducers whose entries have an age, and which make room by dropping the oldest. */
const agingReducers: ReadonlySet<string> = new Set(["append", "votes", "feedback"]);

export function ages(reducer: string): boolean {
  return agingReducers.has(reducer);
}

/** The value after one write. An unknown reducer (`vendor.*` of another host) is read as `replace`. */
export function reduce(prior: Json | undefined, value: Json, folding: Folding): Json {
  switch (folding.reducer) {
    case "append":
    case "feedback":
      return bounded([...young(prior, folding), entryOf(value, folding)], folding);
    case "votes":
      return bounded(castVote(young(prior, folding), value, folding), folding);
    case "message":
      return addOnce(listOf(prior), value);
    case "merge":
      return isJsonObject(value) ? mergeInto(prior, value) : (prior ?? {});
    case "counter":
      return typeof value === "number" ? numberOf(prior) + value : numberOf(prior);
    default:
      return value;
  }
}

/** Value of a channel that nobody wrote to; undefined: there is none. */
export function emptyOf(reducer: string): Json | undefined {
  switch (reducer) {
    case "append":
    case "feedback":
    case "votes":
    case "message":
      return [];
    case "merge":
      return {};
    case "counter":
      return 0;
    default:
      return undefined;
  }
}

/** What `maxSize` counts: entries of a list, members of an object, characters of a text; anything else is one. */
export function sizeOf(value: Json | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 1;
}

/** The entries of a list as if all had been written at `atMs`. */
export function stampAll(list: Json, atMs: number): Json {
  return Array.isArray(list) ? list.map((value) => ({ value, _ts: atMs })) : list;
}

/** What was written, without the stamps. */
export function unstamped(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? value.map((entry) => (isStamped(entry) ? entry.value : entry)) : value;
}

/** Entries that have not outlived their time. Those without a stamp have no age. */
function young(prior: Json | undefined, { ttlMs, nowMs }: Folding): Json[] {
  const entries = listOf(prior);
  if (ttlMs === undefined) return entries;
  return entries.filter((entry) => !isStamped(entry) || entry._ts >= nowMs - ttlMs);
}

function entryOf(value: Json, { ttlMs, nowMs }: Folding): Json {
  return ttlMs === undefined ? value : { value, _ts: nowMs };
}

function bounded(entries: Json[], { maxSize }: Folding): Json[] {
  return maxSize !== undefined && entries.length > maxSize ? entries.slice(-maxSize) : entries;
}

/** The last vote of a user stands where the first one stood. */
function castVote(entries: Json[], vote: Json, folding: Folding): Json[] {
  const entry = entryOf(vote, folding);
  const voter = memberOf(vote, "userId");
  const at = voter === undefined ? -1 : entries.findIndex((other) => memberOf(contentOf(other), "userId") === voter);
  return at < 0 ? [...entries, entry] : entries.with(at, entry);
}

/** The first message of an id wins. */
function addOnce(entries: Json[], message: Json): Json[] {
  const id = memberOf(message, "messageId");
  const known = id !== undefined && entries.some((other) => memberOf(other, "messageId") === id);
  return known ? entries : [...entries, message];
}

function mergeInto(prior: Json | undefined, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...(isJsonObject(prior) && prior) };
  for (const [key, value] of Object.entries(patch)) setMember(merged, key, value);
  return merged;
}

/** An entry with an age. */
function isStamped(entry: Json): entry is { value: Json; _ts: number } {
  return isJsonObject(entry) && typeof entry._ts === "number" && Object.hasOwn(entry, "value");
}

function contentOf(entry: Json): Json {
  return isStamped(entry) ? entry.value : entry;
}

function memberOf(value: Json, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
