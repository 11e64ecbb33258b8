// An operator asks for the effects of a run to be undone, or for an undoing that was paused to go on (runs.md §12.3).
// Whether it can is decided on the very state that the command meets. What is accepted is logged.

import { cannotCompensate } from "#engine/compensation/asked.ts";
import { compensationStatusOf } from "#engine/compensation/state.ts";
import type { Graph } from "#engine/graph.ts";
import { isEnded, type RunState, statusOf } from "#engine/state.ts";
import type { CompensateRun } from "#protocol/compensation-requests.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call } from "./call.ts";
import { decideRun } from "./decide-run.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer } from "./receipts.ts";

/**
 * 202 with what the run shows now. Throws `not_found`, `run_terminal` (the log of a run that ended is closed),
 * `conflict`, and `capability_not_provided` where the setting is off.
 */
export async function compensateRun(
  deps: AppDeps,
  call: Call,
  runId: string,
  { action = "start", reason }: CompensateRun,
): Promise<Answer> {
  if (!deps.environment.compensation) throw new ParleyError("capability_not_provided", { capability: "compensation" });
  const answered = await decideRun(deps, call, runId, shown, ({ graph, state }) => {
    refuse(graph, state, action);
    return { type: "compensate", action, by: call.principal.id, ...(reason !== undefined && { reason }) };
  });
  deps.logger.info(
    { runId, action, by: call.principal.id, tenantId: call.principal.tenantId },
    "compensation asked for",
  );
  return answered;
}

function refuse(graph: Graph, state: RunState, action: "start" | "resume"): void {
  if (isEnded(state)) throw new ParleyError("run_terminal", { runStatus: statusOf(state) });
  const why = cannotCompensate(graph, state, action);
  if (why === undefined) return;
  const compensationStatus = compensationStatusOf(state);
  const details = { runStatus: statusOf(state), ...(compensationStatus !== undefined && { compensationStatus }) };
  throw new ParleyError("conflict", details, { message: `The run cannot be compensated: ${why}` });
}

function shown(state: RunState): Answer {
  const { runId } = state.start;
  return answer(202, { runId, status: statusOf(state), compensationStatus: compensationStatusOf(state) ?? "none" });
}
