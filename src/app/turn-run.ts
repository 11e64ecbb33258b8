// The run of a turn, as a message and a retry begin it: it takes the thread's lane, or waits behind the turn that runs
// there, decided in the one commit that creates it.

import type { Graph } from "#engine/graph.ts";
import type { Guard, RowOp, RunStart, TurnRef } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";
import type { MessageAccepted } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, throwIfReceiptTaken } from "./receipts.ts";
import { newRun } from "./run-start.ts";

/** The lane changed hands while we decided: a few rounds are normal under load, many are not. */
const MAX_LANE_ROUNDS = 50;

/** What stands in the commit beside the run and its lane. */
export interface TurnParts {
  guards: Guard[];
  rows: RowOp[];
}

/** The workflow of the turn's agent as it stands now. Throws `service_unavailable` while it has none. */
export async function turnGraph(deps: AppDeps, tenantId: string, workflowId: string): Promise<Graph> {
  const workflow = await deps.graphs.current(tenantId, workflowId);
  if (!workflow) throw new ParleyError("service_unavailable", { workflowId });
  return deps.graphs.load(workflow.hash);
}

/** The start of a turn. */
export function turnStart(
  deps: AppDeps,
  call: Call,
  graph: Graph,
  turn: TurnRef,
  rest: Pick<RunStart, "tags" | "metadata">,
): RunStart & { turn: TurnRef } {
  const { tenantId, id: principal } = call.principal;
  return {
    ...newRun(deps, graph, tenantId, principal),
    inputs: {},
    configurable: {},
    transport: "ui",
    turn,
    ...(call.trace && { trace: call.trace }),
    ...rest,
  };
}

/** 202 with the ids of the turn. */
export function turnAccepted({ runId, turn }: RunStart & { turn: TurnRef }): Answer {
  const { messageId, threadId } = turn;
  return answer(202, { accepted: true, duplicate: false, messageId, threadId, runId } satisfies MessageAccepted);
}

/**
 * Creates the run. `taken`: the mark among the guards stands already, with this value. Throws the receipt's codes, and
 * `service_unavailable` when the lane never stood still.
 */
export async function createTurn(
  deps: AppDeps,
  start: RunStart & { turn: TurnRef },
  graph: Graph,
  parts: TurnParts,
): Promise<{ outcome: "created" } | { outcome: "taken"; existing: Json | undefined }> {
  const { tenantId, runId, turn } = start;
  const lane = { tenantId, threadId: turn.threadId };
  for (let round = 0; round < MAX_LANE_ROUNDS; round += 1) {
    const begin = round % 2 === 0;
    const outcome = await deps.runs.create(start, graph, begin, {
      guards: [...parts.guards, { guard: begin ? "laneFree" : "laneBusy", ...lane }],
      rows: [...parts.rows, { op: begin ? "claimLane" : "queueOnLane", ...lane, runId }],
    });
    if (outcome.outcome === "done") return { outcome: "created" };
    if (outcome.outcome !== "guard_failed") throw new ParleyError("internal_error");
    throwIfReceiptTaken(outcome);
    if (outcome.guard.guard === "dedupAbsent") return { outcome: "taken", existing: outcome.existing as Json };
  }
  throw new ParleyError("service_unavailable", { threadId: turn.threadId, retryAfter: 1 });
}
