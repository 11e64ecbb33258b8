// The log: streams of events, a row per batch. Nothing here looks into an event.

import type { Append, LogBatch } from "#ports/store.ts";
import type { Database } from "./database.ts";

/** Number of events the stream holds = sequence of the next one. */
export function nextSequence(db: Database, stream: string): number {
  const newest = db.get<{ last_seq: number }>(
    "SELECT last_seq FROM log WHERE stream = ? ORDER BY first_seq DESC LIMIT 1",
    stream,
  );
  return newest === undefined ? 0 : newest.last_seq + 1;
}

export function appendBatch(db: Database, append: Append, commitNumber: number): void {
  const { stream, expectedSequence: first, lines } = append;
  if (lines.length === 0) return;
  db.run(
    "INSERT INTO log (stream, first_seq, last_seq, commit_no, lines) VALUES (?, ?, ?, ?, ?)",
    stream,
    first,
    first + lines.length - 1,
    commitNumber,
    lines.join("\n"),
  );
}

interface LogRecord {
  first_seq: number;
  last_seq: number;
  lines: string;
}

export function readLog(
  db: Database,
  stream: string,
  fromSequence: number,
  limit = Number.POSITIVE_INFINITY,
): LogBatch[] {
  const batches: LogBatch[] = [];
  let events = 0;
  if (limit <= 0) return batches;
  for (const record of db.iterate<LogRecord>(READ_LOG, stream, stream, fromSequence, fromSequence)) {
    batches.push({ firstSequence: record.first_seq, lastSequence: record.last_seq, lines: record.lines.split("\n") });
    events += record.last_seq - Math.max(record.first_seq, fromSequence) + 1;
    if (events >= limit) break;
  }
  return batches;
}

/** Starts at the batch that holds the sequence, found in the index by the greatest first sequence up to it. */
const READ_LOG = `
SELECT first_seq, last_seq, lines FROM log
WHERE stream = ?
  AND first_seq >= ifnull((SELECT max(first_seq) FROM log WHERE stream = ? AND first_seq <= ?), 0)
  AND last_seq >= ?
ORDER BY first_seq`;
