// Runs: is each log whole, and does the row say what the log says?

import type { RunRow } from "#ports/rows.ts";
import type { LogBatch, Store } from "#ports/store.ts";
import { isTerminalEvent, type RunEvent } from "#protocol/events.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Refold, StoreFinding } from "./finding.ts";
import { confirmed } from "./look.ts";

export interface RunsToCheck {
  store: Store;
  pageSize: number;
  refold: Refold | undefined;
  /** Receives the tenants that were met. */
  tenants: Set<string>;
}

/** Most events of one log held at a time when it is not folded again. */
const LOG_PAGE_EVENTS = 1_000;

export async function* checkRuns({ store, pageSize, refold, tenants }: RunsToCheck): AsyncGenerator<StoreFinding> {
  let after: string | undefined;
  for (;;) {
    const ids = await store.listRunIds(pageSize, after);
    for (const runId of ids) yield* confirmed(() => lookAtRun(store, runId, refold, tenants));
    if (ids.length < pageSize) return;
    after = ids.at(-1);
  }
}

/** A run that moved on while its log was read is read again; one that always does is at work, and left alone. */
const MAX_LOOKS = 5;

async function lookAtRun(
  store: Store,
  runId: string,
  refold: Refold | undefined,
  tenants: Set<string>,
): Promise<StoreFinding[]> {
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    const row = await store.readRun(runId);
    if (!row) return [{ check: "run", message: `${runId} is listed and cannot be read.` }];
    tenants.add(row.start.tenantId);
    const log = await readWholeLog(store, runId, refold !== undefined);
    const after = await store.readRun(runId);
    if (after?.lastSequence === row.lastSequence) return judge(store, row, log, refold);
  }
  return [];
}

async function judge(store: Store, row: RunRow, log: WholeLog, refold: Refold | undefined): Promise<StoreFinding[]> {
  const { runId } = row.start;
  const about = (check: string, problems: string[]) =>
    problems.map((text) => ({ check, message: `${runId}: ${text}` }));
  const ofLog = about("log", log.problems);
  const ofRow = about("run", [...compare(row, log), ...(await danglingOf(store, row))]);
  // A log with holes cannot be folded.
  const refolded = refold && log.problems.length === 0 ? await refold(row, log.batches) : [];
  return [...ofLog, ...ofRow, ...about("run", refolded)];
}

interface WholeLog {
  problems: string[];
  /** Sequence that would come next. */
  next: number;
  lastType: string | undefined;
  /** Empty unless asked for. */
  batches: LogBatch[];
}

async function readWholeLog(store: Store, runId: string, keep: boolean): Promise<WholeLog> {
  const log: WholeLog = { problems: [], next: 0, lastType: undefined, batches: [] };
  for (;;) {
    const page = await store.readLog(runId, log.next, LOG_PAGE_EVENTS);
    for (const batch of page) {
      readBatch(log, runId, batch);
      if (keep) log.batches.push(batch);
    }
    if (page.length === 0) return log;
  }
}

function readBatch(log: WholeLog, runId: string, batch: LogBatch): void {
  const { firstSequence, lastSequence, lines } = batch;
  const range = `${firstSequence}-${lastSequence}`;
  if (firstSequence > log.next) log.problems.push(`events ${log.next} to ${firstSequence - 1} are missing`);
  if (firstSequence < log.next) log.problems.push(`batch ${range} overlaps the one before it`);
  if (lines.length !== lastSequence - firstSequence + 1) {
    log.problems.push(`batch ${range} holds ${lines.length} events`);
  }
  lines.forEach((line, at) => {
    const sequence = firstSequence + at;
    const event = parse(line);
    if (log.lastType !== undefined && isTerminalEvent(log.lastType)) {
      log.problems.push(`event ${sequence} stands behind the end of the run`);
    }
    log.lastType = event?.type;
    if (!event) log.problems.push(`event ${sequence} is not JSON`);
    else if (event.sequence !== sequence) log.problems.push(`event ${sequence} says it is event ${event.sequence}`);
    else if (event.runId !== runId) log.problems.push(`event ${sequence} says it is of run ${event.runId}`);
  });
  log.next = Math.max(log.next, lastSequence + 1);
}

function parse(line: string): RunEvent | undefined {
  try {
    return (JSON.parse(line) as RunEvent | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function compare(row: RunRow, { next, lastType }: WholeLog): string[] {
  const problems: string[] = [];
  if (row.lastSequence !== next - 1) {
    problems.push(`the row says the last event is ${row.lastSequence}, the log ends with ${next - 1}`);
  }
  const ended = lastType !== undefined && isTerminalEvent(lastType) ? lastType.replace("run.", "") : undefined;
  const terminal = isTerminalStatus(row.status);
  if (ended !== undefined && row.status !== ended) problems.push(`the row says ${row.status}, the log ${ended}`);
  if (ended === undefined && terminal) problems.push(`the row says ${row.status}, the log has no end`);
  if (terminal && row.unfinished) problems.push("it has ended and is marked unfinished");
  return problems;
}

/** What a run names, and what may not be left of one that has ended. */
async function danglingOf(store: Store, { start, status }: RunRow): Promise<string[]> {
  const problems: string[] = [];
  const { tenantId, runId, turn } = start;
  if (turn && !(await store.readMessage(tenantId, turn.messageId))) {
    problems.push(`it answers message ${turn.messageId}, which does not exist`);
  }
  if (!isTerminalStatus(status)) return problems;
  const open = await store.listOpenInterrupts({ tenantId, runId }, { limit: 100 });
  for (const { interruptId } of open.items) problems.push(`it has ended, its interrupt ${interruptId} is open`);
  return problems;
}
