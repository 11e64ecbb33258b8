// The run of a slot: what a schedule starts when it is due, or when somebody asks for it now (runs.md §13).

import type { Graph } from "#engine/graph.ts";
import type { ScheduleRow } from "#ports/rows/schedules.ts";
import type { RunStart } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { FiredSlot, PrepareRun } from "#runtime/schedules/schedules.ts";
import { offeredGraph } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { checkInputs } from "./run-inputs.ts";
import { newRun } from "./run-start.ts";

/** Throws what `POST /v1/runs` would answer. */
export function prepareScheduledRun(deps: AppDeps): PrepareRun {
  return async (schedule, slot) => {
    const graph = await offeredGraph(deps, schedule);
    const inputs = inputsOf(schedule, slot);
    checkInputs(graph.definition, inputs);
    return { graph, start: startOf(deps, schedule, graph, inputs) };
  };
}

/** Refuses a schedule whose runs could never start: said when it is made, not when it is due. */
export function checkScheduledInputs(
  definition: WorkflowDefinition,
  schedule: Pick<ScheduleRow, "plan" | "inputs">,
  nowMs: number,
): void {
  checkInputs(definition, inputsOf(schedule, { scheduledMs: nowMs, firedMs: nowMs, isCatchUp: false }));
}

/** The schedule's own inputs, and what fired, under `trigger`. */
function inputsOf({ plan, inputs }: Pick<ScheduleRow, "plan" | "inputs">, slot: FiredSlot): JsonObject {
  return {
    ...inputs,
    trigger: {
      firedAt: new Date(slot.firedMs).toISOString(),
      scheduledFor: new Date(slot.scheduledMs).toISOString(),
      ...(plan.kind === "cron" && { cron: plan.cron, timezone: plan.timezone }),
      isCatchUp: slot.isCatchUp,
    },
  };
}

function startOf(deps: AppDeps, schedule: ScheduleRow, graph: Graph, inputs: JsonObject): RunStart {
  const { tenantId, scheduleId, triggerId, principal } = schedule;
  return {
    ...newRun(deps, graph, tenantId, principal),
    inputs,
    configurable: {},
    tags: [],
    // Why it runs though nobody asked just now (P-12).
    metadata: { schedule: { scheduleId, ...(triggerId !== undefined && { triggerId }) } },
    transport: "rest",
  };
}
