// Reading and ending runs: snapshot, list, event pages, cancel.

import { snapshotOf, summaryOf } from "#engine/projection.ts";
import { isWithheld, statusAtWork } from "#engine/replay/rows.ts";
import { oldestQuestion, type RunState, statusOf } from "#engine/state.ts";
import { linesAfter } from "#platform/run-log.ts";
import type { RunRow } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isTerminalStatus, type RunStatus } from "#protocol/status.ts";
import type { HotRun } from "#runtime/runs.ts";
import type { Call } from "./call.ts";
import { decideRun } from "./decide-run.ts";
import type { AppDeps } from "./deps.ts";
import { listBody } from "./pages.ts";
import { type Answer, answer } from "./receipts.ts";
import { tokenFor } from "./token-for.ts";
import { visibleHotRun } from "./visibility.ts";

/** The sequence of the run's last event (its strong validator), and the snapshot for those who need it. */
export async function readRun(
  deps: AppDeps,
  call: Call,
  runId: string,
): Promise<{ sequence: number; snapshot: () => JsonObject }> {
  const run = await visibleHotRun(deps, call, runId);
  return { sequence: run.state.lastSequence, snapshot: () => snapshotFor(deps, call, run) };
}

/** The snapshot; callers who may answer also get the token of the question (interrupts-conversations.md §1.4). */
function snapshotFor(deps: AppDeps, call: Call, run: HotRun): JsonObject {
  const snapshot = snapshotOf(run.graph, run.state);
  if (isWithheld(run.state)) return withoutQuestion(snapshot, statusAtWork(run.state));
  const question = statusOf(run.state).startsWith("waiting-") ? oldestQuestion(run.state) : undefined;
  if (!question || !call.principal.scopes.has("approvals:respond")) return snapshot;
  const { interruptId, deadlineMs } = question.interrupt;
  const token = tokenFor(deps, { runId: run.state.start.runId, nodeId: question.nodeId, interruptId, deadlineMs });
  const links = { interruptToken: token, callbackUrl: `${deps.baseUrl()}/v1/interrupts/${token}` };
  return { ...snapshot, interrupt: { ...(snapshot.interrupt as JsonObject), ...links } };
}

/** A fork whose log is still being written: the questions in it are its source's. */
function withoutQuestion(snapshot: JsonObject, status: RunStatus): JsonObject {
  const { interrupt: _theirs, currentNodeId: _there, ...rest } = snapshot;
  return { ...rest, status };
}

export interface RunQuery {
  workflowId?: string;
  status?: RunStatus;
  tag?: string;
  limit: number;
  cursor?: string;
}

/** Newest first; reads rows only. */
export async function listRuns(deps: AppDeps, call: Call, query: RunQuery): Promise<JsonObject> {
  const { limit, cursor, ...filter } = query;
  const page = await deps.store.listRuns(
    { tenantId: call.principal.tenantId, ...filter },
    { limit, ...(cursor !== undefined && { cursor }) },
  );
  return listBody("runs", page, summaryOf);
}

/** One page of a run's log as JSON text: the batches go out as they were stored. */
export async function readEventPage(
  deps: AppDeps,
  row: RunRow,
  query: { afterSequence: number; limit: number },
): Promise<{ body: string; count: number }> {
  const { runId } = row.start;
  const batches = await deps.store.readLog(runId, query.afterSequence + 1, query.limit);
  const lines = linesAfter(batches, query.afterSequence).slice(0, query.limit);
  const lastSequence = query.afterSequence + lines.length;
  // The log may have grown since the caller's row was read: what the page says of the run fits its last event.
  const outgrown = lines.length > 0 && lastSequence > row.lastSequence;
  const { status, lastSequence: runsLast } = (outgrown && (await deps.store.readRun(runId))) || row;
  const isTerminal = isTerminalStatus(status);
  const tail = JSON.stringify({
    isComplete: isTerminal && lastSequence >= runsLast,
    isTerminal,
    lastEventSeq: lastSequence,
    runStatus: status,
  });
  return {
    body: `{"runId":${JSON.stringify(runId)},"events":[${lines.join(",")}],${tail.slice(1)}`,
    count: lines.length,
  };
}

/** Ends a run; idempotent. A run that is over answers with how it ended (runs.md §4.2). */
export function cancelRun(deps: AppDeps, call: Call, runId: string, reason: string | undefined): Promise<Answer> {
  const cancelled = (state: RunState) => answer(200, { runId, status: statusOf(state) });
  return decideRun(deps, call, runId, cancelled, () => ({ type: "cancel", reason, by: call.principal.id }));
}
