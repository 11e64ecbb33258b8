// Checks of forks: one per key; its history is its source's; a branch lives on as its workflow says, a replay comes to
// what its source came to, event by event.

import { isDeepStrictEqual } from "node:util";
import { checkScenarioEnd, endOf, type RunEvidence } from "./check-runs.ts";
import type { Body } from "./client.ts";
import type { Findings } from "./findings.ts";
import type { ForkIntent } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";

/** Where the record of a source that went on ends before its replay does. */
const SOURCE_MISSING = "failed:replay_source_missing";

export function checkForks(
  runs: ReadonlyMap<string, RunEvidence>,
  intents: readonly ForkIntent[],
  scenarios: readonly Scenario[],
  findings: Findings,
): void {
  const told = new Set<string>();
  for (const intent of intents) {
    for (const runId of intent.acknowledged) told.add(runId);
    checkAcknowledged(runs, intent, findings);
  }
  for (const run of runs.values()) {
    if (run.fork && !told.has(run.runId)) findings.duplicated(`nobody was told of the fork ${run.runId}`);
  }
  const endsOf = new Map(scenarios.map(({ workflowId, ends }) => [workflowId, ends]));
  for (const intent of intents) {
    const run = runs.get(intent.acknowledged[0] ?? "");
    const source = runs.get(intent.sourceRunId);
    if (!run?.fork || !source) continue;
    checkHistory(run, source, run.fork.fromSeq, findings);
    const ends = endsOf.get(run.workflowId) ?? [];
    if (intent.mode === "branch") checkScenarioEnd(run, ends, `branch of ${source.runId}`, findings);
    else checkReplay(run, source, intent, ends, findings);
  }
}

/** One fork per key, and it is the one that was asked for. */
function checkAcknowledged(runs: ReadonlyMap<string, RunEvidence>, intent: ForkIntent, findings: Findings): void {
  const { key, sourceRunId, mode, fromSeq = 0 } = intent;
  const ids = new Set(intent.acknowledged);
  if (ids.size > 1) findings.duplicated(`${key}: one key was acknowledged with ${ids.size} forks`);
  for (const runId of ids) {
    const run = runs.get(runId);
    if (!run) findings.lost(`fork ${runId} (${key}) was acknowledged and is gone`);
    else if (!isDeepStrictEqual(run.fork, { sourceRunId, mode, fromSeq })) {
      findings.broken(`${runId} is not the fork that ${key} asked for: ${JSON.stringify(run.fork)}`);
    }
  }
}

/** The first `count` events are the source's, but for their ids. */
function checkHistory(run: RunEvidence, source: RunEvidence, count: number, findings: Findings): void {
  const at = firstDifference(run.events.slice(0, count), source.events.slice(0, count), source.runId);
  if (at === -1) return;
  const found = run.events[at]?.type;
  findings.broken(`${run.runId}: event ${at} is ${found}, its source ${source.runId} has ${source.events[at]?.type}`);
}

function checkReplay(
  run: RunEvidence,
  source: RunEvidence,
  { sourceEnded, seenEvents }: ForkIntent,
  ends: readonly string[],
  findings: Findings,
): void {
  if (sourceEnded) {
    checkHistory(run, source, Math.max(run.events.length, source.events.length), findings);
    if (endOf(run) !== endOf(source)) {
      findings.broken(`replay ${run.runId} ended as ${endOf(run)}, its source ${source.runId} as ${endOf(source)}`);
    }
    return;
  }
  checkHistory(run, source, untilPause(source.events, seenEvents), findings);
  checkScenarioEnd(run, [...ends, SOURCE_MISSING], `replay of ${source.runId}`, findings);
}

/** A pause that stood when the run was forked is no part of its replay: nobody would resume that. */
function untilPause(events: readonly Body[], count: number): number {
  const at = events.findLastIndex(({ type }, sequence) => type === "run.paused" && sequence < count);
  return at === -1 ? count : at;
}

/** -1: they say the same. */
function firstDifference(events: readonly Body[], sources: readonly Body[], sourceRunId: string): number {
  const length = Math.max(events.length, sources.length);
  for (let at = 0; at < length; at += 1) {
    if (!isDeepStrictEqual(said(events[at], sourceRunId), said(sources[at], sourceRunId))) return at;
  }
  return -1;
}

/** What an event says, whichever of the runs says it. */
function said(event: Body, sourceRunId: string): unknown {
  if (!event) return undefined;
  const { type, nodeId, sequence, timestamp, payload } = event;
  const { runId: own, durationMs: _measured, ...rest } = payload ?? {};
  // An event may name another run; its own name is all that differs.
  const other = own !== undefined && own !== event.runId && own !== sourceRunId ? { runId: own } : {};
  return { type, nodeId, sequence, timestamp, payload: { ...rest, ...other } };
}
