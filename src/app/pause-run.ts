// Pause and resume (runs.md §4.3). Whether a run may is decided on the very state that the command meets.

import { isWithheld, statusAtWork } from "#engine/replay/rows.ts";
import { isEnded, type RunState, statusOf } from "#engine/state.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { DrainPolicy } from "#protocol/pause.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import { decideRun } from "./decide-run.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer } from "./receipts.ts";
import { isoTime } from "./times.ts";

export interface PauseRequest {
  drainPolicy?: DrainPolicy;
  reason?: string;
}

/** 202; `pausedAt` is absent while the run still comes to the end of what it does. Throws `conflict`, `run_terminal`. */
export function pauseRun(deps: AppDeps, call: Call, runId: string, request: PauseRequest): Promise<Answer> {
  const { drainPolicy = "drain-current-node", reason } = request;
  const paused = ({ pausedAtMs }: RunState) =>
    answer(202, { runId, status: "paused", ...(pausedAtMs !== undefined && { pausedAt: isoTime(pausedAtMs) }) });
  return decideRun(deps, call, runId, paused, ({ state }) => {
    refuseWhileWritten(state);
    if (statusOf(state) !== "running") throw wrongState(state, "Only a running run can be paused.");
    return { type: "pause", drainPolicy, by: call.principal.id, ...(reason !== undefined && { reason }) };
  });
}

/** 202. A pause that did not take effect yet is withdrawn. Throws `conflict`, `run_terminal`. */
export function resumeRun(deps: AppDeps, call: Call, runId: string, reason: string | undefined): Promise<Answer> {
  const resumed = ({ lastEventMs }: RunState) =>
    answer(202, { runId, status: "running", resumedAt: isoTime(lastEventMs) });
  return decideRun(deps, call, runId, resumed, ({ state }) => {
    refuseWhileWritten(state);
    if (state.phase !== "paused" && !state.pausing) throw wrongState(state, "Only a paused run can be resumed.");
    return { type: "resume", by: call.principal.id, ...(reason !== undefined && { reason }) };
  });
}

/** A fork whose record is still being written does nothing by itself that could be held up. */
function refuseWhileWritten(state: RunState): void {
  if (isEnded(state) || !isWithheld(state)) return;
  const message = "A fork can be neither paused nor resumed while the record of its source is written into it.";
  throw new ParleyError("conflict", { runStatus: statusAtWork(state) }, { message });
}

/** What a run that is in another state answers; says which. */
function wrongState(state: RunState, message: string): ParleyError {
  const runStatus = statusOf(state);
  if (isTerminalStatus(runStatus)) return new ParleyError("run_terminal", { runStatus });
  const { pausedAtMs } = state;
  const details = { runStatus, ...(pausedAtMs !== undefined && { pausedAt: isoTime(pausedAtMs) }) };
  return new ParleyError("conflict", details, { message: `${message} This one is ${runStatus}.` });
}

/** Nothing is answered while a run is paused; the question stays open. */
export function refuseWhilePaused(state: RunState): void {
  if (state.phase === "paused") throw wrongState(state, "Resume the run before answering it.");
}
