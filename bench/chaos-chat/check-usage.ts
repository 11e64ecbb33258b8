// Checks of the bill: what the model's server counted against the usage events of the logs (P-9). A call that died
// unseen is in the log as unknown; one that was planned and never sent may be as well, never the other way round.

import { invocationId } from "#engine/context.ts";
import type { RunEvidence } from "../chaos/check-runs.ts";
import type { Findings } from "../chaos/findings.ts";
import { type Evidence, eventsOf } from "./evidence.ts";

export interface UsageFigures {
  /** Requests that the model's server counted. */
  modelCalls: number;
  /** Usage events that say what a call cost. */
  usageSeen: number;
  /** Usage events that say that nobody saw it. */
  usageUnknown: number;
}

const TENANT = "default";
/** More effects than any turn of the load has. */
const MAX_ORDINALS = 64;

export function checkUsage({ runs, model }: Evidence, findings: Findings): UsageFigures {
  for (const problem of model.problems) findings.broken(problem);
  const figures: UsageFigures = { modelCalls: model.count, usageSeen: 0, usageUnknown: 0 };
  const unexplained = new Map(model.calls);
  for (const run of runs.values()) {
    const seen = eventsOf(run, "provider.usage").length;
    const unknown = eventsOf(run, "parley.usage.unknown").length;
    const counted = takeCalls(unexplained, run);
    figures.usageSeen += seen;
    figures.usageUnknown += unknown;
    if (counted > seen + unknown) {
      findings.lost(`${run.runId}: the model was called ${counted} times, the log has ${seen} and ${unknown} unknown`);
    }
  }
  for (const [key, calls] of unexplained) findings.broken(`${calls} calls of the model under ${key} belong to no run`);
  return figures;
}

/** The calls of a run, taken out of those that are still to be explained. */
function takeCalls(unexplained: Map<string, number>, { runId, events }: RunEvidence): number {
  const nodeIds = new Set(events.flatMap(({ nodeId }) => nodeId ?? []));
  let calls = 0;
  for (const nodeId of nodeIds) {
    for (let ordinal = 0; ordinal < MAX_ORDINALS; ordinal += 1) {
      const key = invocationId(TENANT, runId, nodeId, ordinal, "model:default");
      calls += unexplained.get(key) ?? 0;
      unexplained.delete(key);
    }
  }
  return calls;
}
