// Diff of two runs: `GET /v1/runs/{a}:diff?against={b}` (runs.md §14.5). Both logs are read side by side, page by page.

import { diffAt, diffStates, type EventDiff } from "#engine/replay/diff.ts";
import { linesAfter } from "#platform/run-log.ts";
import type { RunRow } from "#ports/rows.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { readRunAt } from "./run-at.ts";
import { visibleRun } from "./visibility.ts";

/** More differences than anybody reads; the answer says that there are more. */
const MAX_DIFFS = 1_000;
const PAGE_EVENTS = 500;

/** The body of schema `run-diff-response`. Throws `not_found` for either run. */
export async function diffRuns(deps: AppDeps, call: Call, aId: string, bId: string): Promise<JsonObject> {
  const [a, b] = [await visibleRun(deps, call, aId), await visibleRun(deps, call, bId)];
  const through = lastCompared(a, b);
  const diffs: EventDiff[] = [];
  let isCut = false;
  for (let from = 0; from <= through && !isCut; from += PAGE_EVENTS) {
    const to = Math.min(through, from + PAGE_EVENTS - 1);
    const [aEvents, bEvents] = [await eventsOf(deps, a, from, to), await eventsOf(deps, b, from, to)];
    for (let seq = from; seq <= to; seq += 1) {
      const diff = diffAt(seq, aEvents[seq - from], bEvents[seq - from]);
      if (diff && diffs.length < MAX_DIFFS) diffs.push(diff);
      else if (diff) isCut = true;
    }
  }
  const truncated = isCut || !isTerminalStatus(a.status) || !isTerminalStatus(b.status);
  return {
    a: aId,
    b: bId,
    divergedAtSeq: diffs[0]?.seq ?? null,
    eventDiffs: diffs as unknown as JsonObject[],
    stateDiff: diffStates(await stateOf(deps, a), await stateOf(deps, b)),
    ...(truncated && { truncated }),
  };
}

/** Of a run that goes on only what it has in common with the other is compared. */
function lastCompared(a: RunRow, b: RunRow): number {
  const ended = isTerminalStatus(a.status) && isTerminalStatus(b.status);
  return ended ? Math.max(a.lastSequence, b.lastSequence) : Math.min(a.lastSequence, b.lastSequence);
}

async function eventsOf(deps: AppDeps, { start }: RunRow, from: number, to: number): Promise<RunEvent[]> {
  const batches = await deps.store.readLog(start.runId, from, to - from + 1);
  return linesAfter(batches, from - 1)
    .slice(0, to - from + 1)
    .map((line) => JSON.parse(line) as RunEvent);
}

/** As of the sequence that the row was read at, so that the answer shows one moment. */
function stateOf(deps: AppDeps, run: RunRow): Promise<JsonObject> {
  return readRunAt(deps, run, run.lastSequence);
}
