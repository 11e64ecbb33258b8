// What the test seams about time do (operations.md §10.4): they go the ways of every schedule and every run, and tell what
// came of it.

import type { ScheduleDraft } from "#ports/rows/schedules.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { parseBatches } from "#runtime/history.ts";
import type { Call } from "./call.ts";
import { createRun } from "./create-run.ts";
import { redriveDeadLetter } from "./dead-letters.ts";
import type { AppDeps } from "./deps.ts";
import { seedWorkflow } from "./register-workflow.ts";
import { endedRun, whenCommitted } from "./seams-waiting.ts";

const HOUR_MS = 3_600_000;

/**
 * Makes a schedule that is due now, or was due `missedTicks` times while nobody looked, and counts the runs that it
 * starts.
 */
export async function tickSchedule(deps: AppDeps, call: Call, missedTicks: number): Promise<{ runsFired: number }> {
  const { store, clock, ids } = deps;
  const { tenantId, id: principal } = call.principal;
  const document = ownWorkflow("conformance-seam-tick", { typeId: "core.noop" });
  await seedWorkflow(deps, tenantId, document as unknown as JsonObject, "api");
  const nowMs = clock.nowMs();
  // Missed: the newest of them half an hour ago, too late to be on time.
  const nextDueMs = missedTicks === 0 ? nowMs : nowMs - HOUR_MS / 2 - (missedTicks - 1) * HOUR_MS;
  const scheduleId = ids.next("sch");
  const schedule: ScheduleDraft = {
    scheduleId,
    tenantId,
    workflowId: document.id,
    principal,
    plan: { kind: "every", everyMs: HOUR_MS, anchorMs: nextDueMs - HOUR_MS },
    catchUp: { mode: "one" },
    inputs: {},
    nextDueMs,
    createdMs: nowMs,
  };
  const commit = (row: { op: "putSchedule"; schedule: ScheduleDraft } | { op: "deleteSchedule"; scheduleId: string }) =>
    store.commit({ commitId: ids.next("cmt"), guards: [], appends: [], rows: [row] });
  const served = whenCommitted(deps, (op) => op.op === "moveSchedule" && op.scheduleId === scheduleId);
  await commit({ op: "putSchedule", schedule });
  await served;
  const slots = await store.listSlots(scheduleId, 100);
  await commit({ op: "deleteSchedule", scheduleId });
  return { runsFired: slots.filter((slot) => slot.runId !== undefined).length };
}

/** Runs a node that fails until its retries are used up; with `fork`, tries the dead run again as a person would. */
export async function exhaustRetries(deps: AppDeps, call: Call, fork: boolean): Promise<JsonObject> {
  const { tenantId } = call.principal;
  const document = ownWorkflow("conformance-seam-dead-letter", {
    typeId: "local.parley.testEffect",
    // The discard port: nobody listens there.
    config: { url: "http://127.0.0.1:9/", class: "keyed" },
    settings: { retry: { maxAttempts: 3, backoffMs: 10 } },
  });
  await seedWorkflow(deps, tenantId, document as unknown as JsonObject, "api");
  const { runId } = await endedRun(deps, () =>
    createRun(deps, { principal: call.principal }, { workflowId: document.id }),
  );
  const events = parseBatches(await deps.store.readLog(runId, 0));
  const event = events.find(({ type }) => type === "run.dead_lettered");
  const letter = await deps.store.readDeadLetter(runId);
  const forked = fork ? await redriveDeadLetter(deps, { principal: call.principal }, runId) : undefined;
  const forkEligible = forked ? forked.status === 201 : letter !== undefined;
  return { ...(event && { event: event as unknown as JsonObject }), forkEligible };
}

function ownWorkflow(
  id: string,
  node: { typeId: string; config?: JsonObject; settings?: JsonObject },
): WorkflowDefinition {
  return {
    id,
    name: id,
    version: "1",
    nodes: [{ id: "only", name: "only", position: { x: 0, y: 0 }, config: {}, inputs: {}, ...node }],
    edges: [],
    triggers: [],
    variables: [],
    metadata: {},
    settings: {},
  };
}
