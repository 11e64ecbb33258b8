// Where a run comes from: the run above it, one step (runs.md §14.6).

import type { ParentRef } from "#ports/rows.ts";
import type { RunAncestry } from "#protocol/ancestry.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { visibleRun } from "./visibility.ts";

/** Throws `not_found` for a run that the caller may not see. */
export async function readAncestry(deps: AppDeps, call: Call, runId: string): Promise<RunAncestry> {
  const { start } = await visibleRun(deps, call, runId);
  const { hostId } = deps;
  return { runId, hostId, parent: start.parent ? parentOf(start.parent, hostId) : null };
}

/** What an agent delegated was composed like a sub-workflow: one node of the parent waited for it. */
function parentOf({ runId, cause = "core.subWorkflow" }: ParentRef, hostId: string): RunAncestry["parent"] {
  return { runId, hostId, cause };
}
