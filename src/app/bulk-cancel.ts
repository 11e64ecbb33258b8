// Cancelling many runs: one entry per id, in the order of the request (runs.md §4.2). Each run is cancelled in a commit
// of its own; a repetition after a crash goes on where it stopped, because a cancelled run counts as done.

import { statusOf } from "#engine/state.ts";
import { type ErrorCode, errorCodes } from "#protocol/errors.ts";
import type { RunStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, onceUnderReceipt } from "./receipts.ts";

interface Entry {
  runId: string;
  ok: boolean;
  status?: RunStatus;
  error?: { error: ErrorCode; message: string; code: ErrorCode };
}

/** 200 `{results}`, also when no run could be cancelled. */
export function bulkCancel(
  deps: AppDeps,
  call: Call,
  { runIds, reason }: { runIds: string[]; reason?: string },
): Promise<Answer> {
  return onceUnderReceipt(deps, call, async () => {
    // The same id twice is the same run: both entries say how it is after the cancel.
    const byId = new Map<string, Promise<Entry>>();
    for (const runId of runIds) if (!byId.has(runId)) byId.set(runId, cancelOne(deps, call, runId, reason));
    const results = await Promise.all(runIds.map((runId) => byId.get(runId)));
    return answer(200, { results });
  });
}

async function cancelOne(deps: AppDeps, call: Call, runId: string, reason: string | undefined): Promise<Entry> {
  const row = await deps.store.readRun(runId);
  // Another tenant's run is not there at all, as everywhere else (docs/adr/0017).
  if (row?.start.tenantId !== call.principal.tenantId) return refused(runId, "not_found");
  const outcome = await deps.runs.dispatch(runId, () => ({
    command: { type: "cancel", reason, by: call.principal.id },
  }));
  if (outcome.outcome !== "done") return refused(runId, "not_found");
  const status = statusOf(outcome.run.state);
  if (status === "completed" || status === "failed") return refused(runId, "run_terminal");
  return { runId, ok: true, status };
}

function refused(runId: string, code: ErrorCode): Entry {
  return { runId, ok: false, error: { error: code, message: errorCodes[code].message, code } };
}
