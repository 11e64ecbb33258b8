// Create a run: `POST /v1/runs`. One commit: receipt, run and everything its pure nodes decide.

import type { Graph } from "#engine/graph.ts";
import type { RunStart } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { CreateRun } from "#protocol/runs.ts";
import { type Call, requireTenant } from "./call.ts";
import { checkDefinitionNow } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { checkConfigurable, checkInputs, checkMetadata, checkMockProvider } from "./run-inputs.ts";

export interface CreateRunOptions {
  /** `X-Force-Engine-Version`. */
  forcedEngineVersion?: number;
}

/** 201 `RunCreated`. Throws `not_found`, `validation_error`, `capability_required`, `forbidden` and the receipt's codes. */
export function createRun(deps: AppDeps, call: Call, body: CreateRun, options: CreateRunOptions = {}): Promise<Answer> {
  requireTenant(call, body.tenantId);
  const workflowId = offeredWorkflow(body);
  return underReceipt(deps, call, async () => {
    const graph = await findGraph(deps, call, workflowId);
    const start = startOf(deps, call, body, graph, options);
    const created = answer(201, createdBody(start.runId));
    const outcome = await deps.runs.create(start, graph, true, receiptOps(deps, call, created));
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    if (outcome.outcome !== "done") throw new ParleyError("internal_error");
    return created;
  });
}

/** What the protocol knows and this host does not offer is refused by its name (runs.md §2.1). */
function offeredWorkflow(body: CreateRun): string {
  if (body.mode === "eval") throw new ParleyError("capability_not_provided", { capability: "agents.evalSuite" });
  if (body.residency) throw new ParleyError("capability_not_provided", { capability: "dataResidency" });
  if (body.workflowId !== undefined) return body.workflowId;
  throw new ParleyError("validation_error", { field: "workflowId" }, { message: "workflowId is required." });
}

/** The graph of the workflow's current version, still allowed on this host. */
async function findGraph(deps: AppDeps, call: Call, workflowId: string): Promise<Graph> {
  const workflow = await deps.graphs.current(call.principal.tenantId, workflowId);
  if (!workflow) {
    throw new ParleyError("not_found", { workflowId }, { message: `There is no workflow ${workflowId}.` });
  }
  const graph = await deps.graphs.load(workflow.hash);
  checkDefinitionNow(deps.environment, graph.definition, workflow.origin === "built-in");
  return graph;
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
    runId: deps.ids.next("run"),
    tenantId,
    workflowId: graph.definition.id,
    definitionHash: graph.hash,
    inputs,
    configurable,
    tags: body.tags ?? [],
    metadata,
    owner: { tenant: tenantId, principal },
    transport: "rest",
    createdMs: deps.clock.nowMs(),
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

function createdBody(runId: string) {
  return { runId, status: "pending", eventsUrl: `/v1/runs/${runId}/events`, statusUrl: `/v1/runs/${runId}` };
}
