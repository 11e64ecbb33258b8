// Checks of the schedule: every second is accounted for once, and its runs are those of its slots.

import { checkScenarioEnd, type RunEvidence } from "./check-runs.ts";
import type { Findings } from "./findings.ts";
import type { ToldSlot } from "./ledger.ts";
import { TICKING } from "./workflows-below.ts";

export function checkSchedule(
  runs: ReadonlyMap<string, RunEvidence>,
  slots: ReadonlyMap<string, readonly ToldSlot[]>,
  findings: Findings,
): void {
  const newest: ToldSlot[] = [];
  for (const [scheduledAt, told] of slots) {
    if (told.length > 1) findings.duplicated(`the slot ${scheduledAt} was told in ${told.length} ways`);
    newest.push(told.at(-1) as ToldSlot);
  }
  checkSeconds(newest, findings);
  checkRuns(runs, newest, findings);
}

/** No second is missing between the first and the last slot, none is told of twice. */
function checkSeconds(slots: readonly ToldSlot[], findings: Findings): void {
  const ranges = slots
    .map(({ scheduledAt, throughAt = scheduledAt }) => [secondOf(scheduledAt), secondOf(throughAt)] as const)
    .sort(([a], [b]) => a - b);
  for (const [at, [from]] of ranges.entries()) {
    const before = ranges[at - 1]?.[1];
    if (before === undefined || from === before + 1) continue;
    if (from <= before) findings.duplicated(`the slot of second ${from} was accounted for twice`);
    else findings.lost(`no slot accounts for the seconds ${before + 1} to ${from - 1}`);
  }
}

function checkRuns(runs: ReadonlyMap<string, RunEvidence>, slots: readonly ToldSlot[], findings: Findings): void {
  const told = slots.flatMap(({ runId }) => runId ?? []);
  if (new Set(told).size !== told.length) findings.duplicated("one run stands for two slots");
  for (const { scheduledAt, outcome, runId } of slots) {
    if (outcome === "failed") findings.broken(`the slot ${scheduledAt} failed`);
    if (outcome === "run" && runId === undefined) findings.broken(`the slot ${scheduledAt} names no run`);
  }
  for (const runId of told) {
    const run = runs.get(runId);
    if (run) checkScenarioEnd(run, ["completed"], "of a slot", findings);
    else findings.lost(`${runId} was started for a slot and is gone`);
  }
  for (const { runId, workflowId, fork } of runs.values()) {
    if (workflowId !== TICKING || fork || told.includes(runId)) continue;
    findings.duplicated(`${runId} was started by the clock, and no slot knows it`);
  }
}

function secondOf(time: string): number {
  return Date.parse(time) / 1_000;
}
