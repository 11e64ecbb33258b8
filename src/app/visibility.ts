// Which runs a caller may see. Unknown and foreign look the same: existence is never told.

import { patchOf } from "#engine/draft.ts";
import type { RunRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { HotRun } from "#runtime/runs.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";

/** A run the caller may see. */
export async function visibleRun(deps: AppDeps, call: Call, runId: string): Promise<RunRow> {
  const hot = deps.runs.peek(runId);
  const row = hot ? { start: hot.state.start, ...patchOf(hot.state, false) } : await deps.store.readRun(runId);
  if (row?.start.tenantId !== call.principal.tenantId) {
    throw new ParleyError("not_found", { runId }, { message: "There is no such run." });
  }
  return row;
}

/** As {@link visibleRun}, folded. */
export async function visibleHotRun(deps: AppDeps, call: Call, runId: string): Promise<HotRun> {
  const run = await deps.runs.load(runId);
  if (run?.state.start.tenantId !== call.principal.tenantId) {
    throw new ParleyError("not_found", { runId }, { message: "There is no such run." });
  }
  return run;
}
