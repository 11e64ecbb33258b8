// Checks of runs below runs: every start that a parent planned became one child, no child came otherwise, and none
// outlived its parent.

import { checkScenarioEnd, endOf, ownEvents, type RunEvidence } from "./check-runs.ts";
import type { Findings } from "./findings.ts";
import type { Scenario } from "./scenario.ts";

export function checkChildren(
  runs: ReadonlyMap<string, RunEvidence>,
  scenarios: readonly Scenario[],
  findings: Findings,
): void {
  const byWorkflow = new Map(scenarios.map((scenario) => [scenario.workflowId, scenario]));
  const below = Map.groupBy(
    [...runs.values()].filter(({ parentRunId }) => parentRunId !== undefined),
    ({ parentRunId }) => parentRunId ?? "",
  );
  for (const [parentRunId, children] of below) {
    if (!runs.has(parentRunId))
      findings.broken(`${children[0]?.runId} stands below ${parentRunId}, which is not there`);
    for (const child of children) {
      checkScenarioEnd(child, byWorkflow.get(child.workflowId)?.ends ?? [], `below ${parentRunId}`, findings);
    }
  }
  for (const run of runs.values()) checkParent(run, below.get(run.runId) ?? [], byWorkflow, findings);
}

function checkParent(
  run: RunEvidence,
  children: readonly RunEvidence[],
  scenarios: ReadonlyMap<string, Scenario>,
  findings: Findings,
): void {
  const planned = ownEvents(run).filter(({ type }) => type === "parley.child.planned");
  const ids = planned.map(({ payload }) => String(payload.childRunId));
  for (const { runId } of children) {
    if (!ids.includes(runId)) findings.duplicated(`${run.runId} has the child ${runId}, and never planned it`);
  }
  for (const childRunId of ids) {
    if (!children.some(({ runId }) => runId === childRunId)) {
      findings.lost(`${run.runId} planned ${childRunId}, which is not there`);
    }
  }
  if (new Set(ids).size !== ids.length) findings.duplicated(`${run.runId} planned one child twice`);
  if (endOf(run) === undefined) return;
  const open = children.find((child) => endOf(child) === undefined);
  if (open) findings.broken(`${run.runId} has ended, its child ${open.runId} has not`);
  // A branch may begin a second time with what its history had only begun.
  if (!run.fork) checkOnePerNode(run, ids.length, scenarios, findings);
}

function checkOnePerNode(
  run: RunEvidence,
  started: number,
  scenarios: ReadonlyMap<string, Scenario>,
  findings: Findings,
): void {
  const nodes = scenarios.get(run.workflowId)?.definition.nodes ?? [];
  const expected = nodes.filter(({ typeId }) => typeId === "core.subWorkflow").length;
  if (started > expected) findings.duplicated(`${run.runId} started ${started} children, not ${expected}`);
  if (started < expected) findings.lost(`${run.runId} started ${started} children, not ${expected}`);
}
