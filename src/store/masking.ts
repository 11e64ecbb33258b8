// Masking on the commit path: what is stored holds no registered secret (P-13).
//
//   M1. Masked: log lines, bodies, JSON values and free texts of rows, and what listeners hear. Never masked: ids,
//       keys and other names that things are found by, API key hashes, and `putSecret`, which is where secrets live.
//   M2. A log line stays the line of the same event: its envelope survives whatever the masker does.
//   M3. A commit in which nothing changed is passed on as the very same object.

import type { RowOp } from "#ports/rows.ts";
import type { Append, Commit } from "#ports/store.ts";
import { assertNever } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";

/** Returns the same string when there is nothing to mask; JSON text should come back as JSON text. */
export type Mask = (text: string) => string;

/** The commit as it may be written. `verbatim`: nothing had to be masked. */
export function maskCommit(commit: Commit, mask: Mask | undefined): { commit: Commit; verbatim: boolean } {
  if (!mask) return { commit, verbatim: true };
  const appends = maskAll(commit.appends, (append) => maskAppend(append, mask));
  const rows = maskAll(commit.rows, (row) => maskRow(row, mask));
  if (appends === commit.appends && rows === commit.rows) return { commit, verbatim: true };
  return { commit: { ...commit, appends, rows }, verbatim: false };
}

function maskAll<T>(items: T[], maskOne: (item: T) => T): T[] {
  let masked = items;
  items.forEach((item, at) => {
    const safe = maskOne(item);
    if (safe === item) return;
    if (masked === items) masked = [...items];
    masked[at] = safe;
  });
  return masked;
}

function maskAppend(append: Append, mask: Mask): Append {
  const text = append.lines.join("\n");
  if (mask(text) === text) return append;
  return { ...append, lines: append.lines.map((line) => maskLine(line, mask)) };
}

function maskLine(line: string, mask: Mask): string {
  const masked = mask(line);
  if (masked === line || isSameEvent(line, masked)) return masked;
  const event = parse(line) as { payload?: Json } | undefined;
  // Not an event of ours: nothing can be kept whole but the line itself.
  if (event?.payload === undefined) return masked.replaceAll("\n", " ");
  return JSON.stringify({ ...event, payload: maskStrings(event.payload, mask) });
}

const ENVELOPE = ["eventId", "runId", "sequence", "type", "timestamp", "schemaVersion", "engineVersion"] as const;

function isSameEvent(line: string, masked: string): boolean {
  if (masked.includes("\n")) return false;
  const before = parse(line) as Record<string, unknown> | undefined;
  const after = parse(masked) as Record<string, unknown> | undefined;
  return ENVELOPE.every((name) => before?.[name] === after?.[name]) && after !== undefined;
}

function maskRow(row: RowOp, mask: Mask): RowOp {
  switch (row.op) {
    case "insertRun": {
      const start = maskFields(row.run.start, RUN_START_FIELDS, mask);
      const run = maskFields(row.run, ["error", "usage"], mask);
      return start === row.run.start && run === row.run ? row : { ...row, run: { ...run, start } };
    }
    case "updateRun":
      return replace(row, "patch", maskFields(row.patch, ["error", "usage"], mask));
    case "putDefinition":
      return replace(row, "json", maskJsonText(row.json, mask));
    case "putInterrupt":
      return replace(row, "interrupt", maskFields(row.interrupt, ["data", "resumeSchema"], mask));
    case "amendInterrupt":
      return maskFields(row, ["data"], mask);
    case "putEffect":
      return replace(row, "effect", maskFields(row.effect, ["request"], mask));
    case "putContent":
      return maskFields(row, ["body"], mask);
    case "insertMessage":
      return maskFields(row, ["title"], mask);
    case "putOutbox":
      return replace(row, "row", maskFields(row.row, ["payload", "lastError"], mask));
    case "settleOutbox":
      return maskFields(row, ["lastError"], mask);
    case "claimDedup":
      return maskFields(row, ["value"], mask);
    case "putReceipt":
      return replace(row, "receipt", maskFields(row.receipt, ["headers", "body"], mask));
    case "settleWebhook":
      return row.record ? replace(row, "record", maskFields(row.record, ["error"], mask)) : row;
    case "putAnnotation":
      return replace(row, "annotation", maskFields(row.annotation, ["signal", "note"], mask));
    case "putSchedule":
      return replace(row, "schedule", maskFields(row.schedule, ["inputs"], mask));
    case "accountSlot":
      return row.slot.error ? replace(row, "slot", maskFields(row.slot, ["error"], mask)) : row;
    case "putDeadLetter":
      return replace(row, "letter", maskFields(row.letter, ["reason"], mask));
    case "keepEffectResult":
      return maskFields(row, ["result"], mask);
    case "moveSchedule":
    case "deleteSchedule":
    case "deleteTriggerSchedules":
    case "purgeRun":
    case "holdTimers":
    case "releaseTimers":
    case "dropEffects":
    case "claimScope":
    case "releaseScope":
    case "endRun":
    case "putWorkflow":
    case "deleteWorkflow":
    case "settleInterrupt":
    case "startEffect":
    case "settleEffect":
    case "putTimer":
    case "deleteTimer":
    case "claimLane":
    case "queueOnLane":
    case "releaseLane":
    case "putApiKey":
    case "revokeApiKey":
    case "putSecret":
    case "putWebhook":
    case "deleteWebhook":
    case "changeWebhook":
    case "noteWebhookHealth":
    case "raiseWebhook":
    case "redriveWebhook":
      return row;
    default:
      return assertNever(row);
  }
}

const RUN_START_FIELDS = ["inputs", "configurable", "tags", "metadata", "callbackUrl", "agent"] as const;

function replace<T extends object, K extends keyof T>(object: T, name: K, value: T[K]): T {
  return object[name] === value ? object : { ...object, [name]: value };
}

function maskFields<T extends object, K extends keyof T>(object: T, names: readonly K[], mask: Mask): T {
  return names.reduce((masked, name) => replace(masked, name, maskValue(masked[name], mask)), object);
}

/** Text as text, anything else by its JSON. */
function maskValue<T>(value: T, mask: Mask): T {
  if (value === undefined || value === null) return value;
  if (typeof value === "string") return mask(value) as T;
  const text = JSON.stringify(value);
  const masked = mask(text);
  if (masked === text) return value;
  return (parse(masked) ?? maskStrings(value as Json, mask)) as T;
}

function maskJsonText(text: string, mask: Mask): string {
  const masked = mask(text);
  if (masked === text || parse(masked) !== undefined) return masked;
  return JSON.stringify(maskStrings(JSON.parse(text) as Json, mask));
}

/** Every string of a value, member names too: for a masker whose answer to JSON text is no JSON any more. */
function maskStrings(value: Json, mask: Mask): Json {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mask(name), maskStrings(item, mask)]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
