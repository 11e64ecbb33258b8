// Evidence for the checks of the crash suite, made by hand.

import type { RunEvidence } from "../../bench/chaos/check-runs.ts";
import type { Body } from "../../bench/chaos/client.ts";
import { Findings } from "../../bench/chaos/findings.ts";

export function event(sequence: number, type: string, payload: Body = {}, nodeId?: string): Body {
  return {
    eventId: `evt_${sequence}`,
    sequence,
    type,
    payload,
    nodeId,
    timestamp: new Date(sequence * 1000).toISOString(),
  };
}

export const EPOCH = new Date(0).toISOString();
export const started = event(0, "run.started");
export const completed = event(1, "run.completed");

/** A run `run_1` that was asked for by the tag `t-1`. */
export function run(
  events: Body[],
  status = "completed",
  workflowId = "chaos-noop",
  more: Partial<RunEvidence> = {},
): RunEvidence {
  return { runId: "run_1", workflowId, status, createdAt: EPOCH, tags: ["t-1"], events, ...more };
}

export function byId(...runs: RunEvidence[]): Map<string, RunEvidence> {
  return new Map(runs.map((one) => [one.runId, one]));
}

/** The kinds of what the check found, in order. */
export function kinds(check: (findings: Findings) => void): string[] {
  const findings = new Findings();
  check(findings);
  return findings.list.map(({ kind }) => kind);
}
