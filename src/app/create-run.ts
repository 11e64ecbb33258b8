// Create a run: `POST /v1/runs`. One commit: receipt, run and everything its pure nodes decide.

import type { Graph } from "#engine/graph.ts";
import type { Guard, RowOp, RunStart } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { CreateRun } from "#protocol/runs.ts";
import { type Call, requireTenant } from "./call.ts";
import { checkConfigurable } from "./configurable.ts";
import { offeredGraph } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { checkInputs, checkMetadata, checkMockProvider } from "./run-inputs.ts";
import { newRun } from "./run-start.ts";

export interface CreateRunOptions {
  /** `X-Force-Engine-Version`. */
  forcedEngineVersion?: number;
  /** `X-Dedup: enforce`: refused while another run of the scope is active. */
  exclusive?: boolean;
}

/** 201 `RunCreated`. Throws `not_found`, `validation_error`, `capability_required`, `forbidden` and the receipt's codes. */
export function createRun(deps: AppDeps, call: Call, body: CreateRun, options: CreateRunOptions = {}): Promise<Answer> {
  requireTenant(call, body.tenantId);
  const workflowId = offeredWorkflow(body);
  return underReceipt(deps, call, async () => {
    const graph = await offeredGraph(deps, { tenantId: call.principal.tenantId, workflowId });
    const start = startOf(deps, call, body, graph, options);
    const created = answer(201, createdBody(start.runId));
    const { guards, rows } = withScope(start, receiptOps(deps, call, created), options.exclusive === true);
    const outcome = await deps.runs.create(start, graph, true, { guards, rows });
    if (outcome.outcome === "guard_failed") {
      throwIfReceiptTaken(outcome);
      throw alreadyActive((outcome.existing as { runId: string }).runId);
    }
    if (outcome.outcome !== "done") throw new ParleyError("internal_error");
    return created;
  });
}

/** A run with a scope claims it until it ends; one that wants to be the only one is refused while another does. */
function withScope(
  { tenantId, runId, scopeId }: RunStart,
  { guards, rows }: { guards: Guard[]; rows: RowOp[] },
  exclusive: boolean,
): { guards: Guard[]; rows: RowOp[] } {
  if (scopeId === undefined) return { guards, rows };
  return {
    guards: exclusive ? [...guards, { guard: "scopeFree", tenantId, scopeId }] : guards,
    rows: [...rows, { op: "claimScope", tenantId, scopeId, runId }],
  };
}

/** Nobody knows when the other run ends; asking once a second costs little. */
const ACTIVE_RETRY_SECONDS = 1;

function alreadyActive(activeRunId: string): ParleyError {
  const details = { activeRunId, activeHost: "cloud", retryAfter: ACTIVE_RETRY_SECONDS };
  return new ParleyError("run_already_active", details);
}

/** What the protocol knows and this host does not offer is refused by its name (runs.md §2.1). */
function offeredWorkflow(body: CreateRun): string {
  if (body.mode === "eval") throw new ParleyError("capability_not_provided", { capability: "agents.evalSuite" });
  if (body.residency) throw new ParleyError("residency_unavailable", { field: "residency" });
  if (body.workflowId !== undefined) return body.workflowId;
  throw new ParleyError("validation_error", { field: "workflowId" }, { message: "workflowId is required." });
}

function startOf(deps: AppDeps, call: Call, body: CreateRun, graph: Graph, options: CreateRunOptions): RunStart {
  const inputs = (body.inputs ?? {}) as JsonObject;
  const configurable = (body.configurable ?? {}) as JsonObject;
  const metadata = (body.metadata ?? {}) as JsonObject;
  checkInputs(graph.definition, inputs);
  checkMockProvider(deps.environment, call, configurable);
  checkConfigurable(deps.environment, graph.definition, configurable);
  checkMetadata(metadata);
  checkForcedVersion(deps, call, options.forcedEngineVersion);
  const { tenantId, id: principal } = call.principal;
  return {
    ...newRun(deps, graph, tenantId, principal),
    inputs,
    configurable,
    tags: body.tags ?? [],
    metadata,
    transport: "rest",
    ...(call.trace && { trace: call.trace }),
    ...(body.scopeId !== undefined && { scopeId: body.scopeId }),
    ...(body.callbackUrl !== undefined && { callbackUrl: body.callbackUrl }),
    ...(options.forcedEngineVersion !== undefined && { forcedEngineVersion: options.forcedEngineVersion }),
  };
}

function checkForcedVersion(deps: AppDeps, call: Call, version: number | undefined): void {
  if (version === undefined) return;
  if (!call.principal.testKey) throw new ParleyError("force_engine_version_forbidden");
  const { min, max } = deps.forceEngineVersionRange;
  if (Number.isInteger(version) && version >= min && version <= max) return;
  throw new ParleyError("unsupported_force_engine_version", { min, max });
}

/** What a caller is told of a run that was just made. */
export function createdBody(runId: string) {
  return { runId, status: "pending", eventsUrl: `/v1/runs/${runId}/events`, statusUrl: `/v1/runs/${runId}` };
}
