// One commit inside a transaction that somebody else begins and ends.
//
//   C1. Everything that can refuse the commit is checked before its first write, so a refused commit leaves nothing
//       behind and the commits around it in the same transaction need no savepoint.
//   C2. A repeated commitId comes first: a repetition finds its own marks and must not be taken for a conflict.

import type { Append, Commit, CommitOutcome } from "#ports/store.ts";
import type { Database } from "./database.ts";
import { findFailedGuard } from "./guards.ts";
import { appendBatch, nextSequence } from "./log.ts";
import { commitNumberOf, insertCommit } from "./marks.ts";
import { applyRowOp, type Effected } from "./row-ops.ts";

/** The outcome, once the transaction is durable. Throws when the commit or the disk is broken: roll back. */
export function writeCommit(
  db: Database,
  { commit, verbatim }: { commit: Commit; verbatim: boolean },
  commitNumber: number,
  nowMs: number,
): CommitOutcome {
  const refusal = findRefusal(db, commit);
  if (refusal) return refusal;
  const effected: Effected = { positions: {}, laneNext: [] };
  insertCommit(db, commitNumber, commit.commitId, nowMs);
  for (const append of commit.appends) appendBatch(db, append, commitNumber);
  for (const op of commit.rows) applyRowOp(db, op, effected);
  return { outcome: "committed", commitNumber, ...effected, verbatim };
}

function findRefusal(db: Database, { commitId, guards, appends }: Commit): CommitOutcome | undefined {
  const earlier = commitNumberOf(db, commitId);
  if (earlier !== undefined) return { outcome: "repeated", commitNumber: earlier };
  const failed = findFailedGuard(db, guards);
  if (failed) return { outcome: "guard_failed", ...failed };
  return findStale(db, appends);
}

function findStale(db: Database, appends: readonly Append[]): CommitOutcome | undefined {
  // A commit may append to one stream more than once.
  const ahead = new Map<string, number>();
  for (const { stream, expectedSequence, lines } of appends) {
    const actualSequence = ahead.get(stream) ?? nextSequence(db, stream);
    if (actualSequence !== expectedSequence) return { outcome: "stale_sequence", stream, actualSequence };
    ahead.set(stream, actualSequence + lines.length);
  }
  return undefined;
}
