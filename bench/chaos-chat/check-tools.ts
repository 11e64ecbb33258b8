// Checks of tools: what the receiver saw against what the logs say about each call.

import type { RunEvidence } from "../chaos/check-runs.ts";
import type { Body } from "../chaos/client.ts";
import type { Findings } from "../chaos/findings.ts";
import { type Evidence, eventsOf } from "./evidence.ts";
import type { SeenCall } from "./receiver.ts";
import { UNWANTED } from "./turns.ts";

/** Clocks of the harness and the daemon are one, yet a kill is noted a moment before it strikes. */
const KILL_SLACK_MS = 250;
const POSTING = /^openwop:parley\.test-/;

export interface ToolFigures {
  calls: number;
  posts: number;
  /** Calls that must not be repeated and were cut off: they say so. */
  interrupted: number;
}

export function checkTools(evidence: Evidence, findings: Findings): ToolFigures {
  const { runs, seen } = evidence;
  const figures: ToolFigures = { calls: 0, posts: 0, interrupted: 0 };
  const byCall = Map.groupBy(seen.values(), ({ runId, callId }) => `${runId} ${callId}`);
  for (const run of runs.values()) {
    for (const called of eventsOf(run, "agent.toolCalled")) {
      const { callId, toolName } = called.payload;
      const ends = eventsOf(run, "agent.toolReturned").filter(({ payload }) => payload.callId === callId);
      checkEnds(run, called, ends, findings);
      if (!POSTING.test(toolName)) continue;
      const calls = byCall.get(`${run.runId} ${callId}`) ?? [];
      byCall.delete(`${run.runId} ${callId}`);
      figures.calls += 1;
      figures.posts += calls.reduce((sum, { posts }) => sum + posts, 0);
      if (ends[0]?.payload.error?.code === "interrupted") figures.interrupted += 1;
      checkCall(evidence, run, called, ends[0], calls, findings);
    }
  }
  for (const name of byCall.keys()) findings.broken(`the receiver was called for ${name}, of which no log knows`);
  return figures;
}

/** A call has one end (P-5), and it is called once. */
function checkEnds(run: RunEvidence, called: Body, ends: readonly Body[], findings: Findings): void {
  const { callId } = called.payload;
  const times = eventsOf(run, "agent.toolCalled").filter(({ payload }) => payload.callId === callId).length;
  if (times > 1) findings.duplicated(`${run.runId}: ${callId} was called ${times} times`);
  if (ends.length > 1) findings.duplicated(`${run.runId}: ${callId} has ${ends.length} ends`);
  if (ends.length === 0) findings.lost(`${run.runId}: nobody says what came of ${callId}`);
}

function checkCall(
  evidence: Evidence,
  run: RunEvidence,
  called: Body,
  end: Body | undefined,
  seen: readonly SeenCall[],
  findings: Findings,
): void {
  const { callId, toolName, inputs } = called.payload;
  const name = `${run.runId} ${callId} (${toolName})`;
  const posts = seen.reduce((sum, call) => sum + call.posts, 0);
  const applied = seen.reduce((sum, call) => sum + call.applied, 0);
  if (seen.length > 1) findings.duplicated(`${name}: one call, ${seen.length} idempotency keys`);
  if (toolName.endsWith("unkeyed") && posts > 1) findings.duplicated(`${name}: ${posts} posts of an unkeyed call`);
  if (inputs?.note === UNWANTED && posts > 0) findings.broken(`${name} was refused, and done`);
  if (end?.payload.status === "forbidden" && posts > 0) findings.broken(`${name} was forbidden, and done`);
  if (end?.payload.status === "ok" && applied === 0) findings.lost(`${name} is reported as done, and was not`);
  if (toolName.endsWith("approved") && posts > 0 && !wasAccepted(run, called)) {
    findings.broken(`${name} was done, and nobody agreed to it`);
  }
  if (end?.payload.error?.code !== "interrupted") return;
  if (!toolName.endsWith("unkeyed")) findings.broken(`${name} may be repeated, and was given up`);
  const dropped = seen.some(({ mode }) => mode === "drop");
  if (!dropped && !wasKilledDuring(evidence, run))
    findings.broken(`${name} is interrupted, and nothing interrupted it`);
}

/** The log holds a person's agreement before the call. */
function wasAccepted(run: RunEvidence, called: Body): boolean {
  return eventsOf(run, "interrupt.resolved").some(
    ({ sequence, payload }) => sequence < called.sequence && payload.resumeValue?.action === "accept",
  );
}

function wasKilledDuring({ killedAtMs }: Evidence, { events }: RunEvidence): boolean {
  const fromMs = Date.parse(events[0]?.timestamp) - KILL_SLACK_MS;
  const toMs = Date.parse(events.at(-1)?.timestamp) + KILL_SLACK_MS;
  return killedAtMs.some((atMs) => atMs >= fromMs && atMs <= toMs);
}
