// A run's variables, read and set from outside (test seams, operations.md §10.2).

import { snapshotOf } from "#engine/projection.ts";
import { isEnded } from "#engine/state.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { visibleHotRun } from "./visibility.ts";

/** Sensitive values are masked as in the snapshot. Throws `not_found`. */
export async function readVariables(deps: AppDeps, call: Call, runId: string): Promise<JsonObject> {
  const { graph, state } = await visibleHotRun(deps, call, runId);
  return (snapshotOf(graph, state).variables ?? {}) as JsonObject;
}

/** Sets them by a decision of the run; answers all of them. Throws `not_found`, `run_terminal`, `validation_error`. */
export async function writeVariables(
  deps: AppDeps,
  call: Call,
  runId: string,
  variables: JsonObject,
): Promise<JsonObject> {
  await visibleHotRun(deps, call, runId);
  await deps.runs.dispatch(runId, ({ state }) => {
    if (isEnded(state)) throw new ParleyError("run_terminal", { runId });
    const channel = Object.keys(variables).find((name) => state.channelPlan.declared.has(name));
    if (channel === undefined) return { command: { type: "setVariables", variables } };
    const message = `${channel} is a declared channel: it is written by its own node type, not as a variable.`;
    throw new ParleyError("validation_error", { field: `variables.${channel}` }, { message });
  });
  return readVariables(deps, call, runId);
}
