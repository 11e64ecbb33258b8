// Checks of pauses: what was acknowledged happened, and a paused run does nothing until it is resumed.

import { ownEvents, type RunEvidence } from "./check-runs.ts";
import type { Findings } from "./findings.ts";
import type { PauseIntent } from "./ledger.ts";

const AFTER_A_PAUSE = ["run.resumed", "run.cancelled"];

export function checkPauses(
  runs: ReadonlyMap<string, RunEvidence>,
  pauses: ReadonlyMap<string, PauseIntent>,
  findings: Findings,
): void {
  for (const run of runs.values()) checkStandstill(run, findings);
  for (const [runId, { paused, resumed }] of pauses) {
    const run = runs.get(runId);
    const types = run ? ownEvents(run).map(({ type }) => type) : [];
    const asked = types.filter((type) => type === "run.paused" || type === "parley.run.pause-requested").length;
    const withdrawn = types.filter((type) => type === "run.resumed" || type === "parley.run.pause-withdrawn").length;
    if (paused.size > 0 && asked === 0) findings.lost(`${runId}: a pause was acknowledged, the log has none`);
    if (withdrawn < resumed.size)
      findings.lost(`${runId} was resumed ${resumed.size} times, the log says ${withdrawn}`);
    if (withdrawn > resumed.size) {
      findings.duplicated(`${runId} was resumed ${resumed.size} times, the log says ${withdrawn}`);
    }
  }
}

function checkStandstill(run: RunEvidence, findings: Findings): void {
  const events = ownEvents(run);
  for (const [at, { type }] of events.entries()) {
    const next = events[at + 1]?.type;
    if (type !== "run.paused" || next === undefined || AFTER_A_PAUSE.includes(next)) continue;
    findings.broken(`${run.runId}: ${next} while it was paused`);
  }
}
