// Register a workflow: `POST /v1/workflows` and the folders (runs.md §1.3, §5.7). A version is its content hash;
// runs keep the definition they started on.

import type { RowOp, WorkflowRow } from "#ports/rows.ts";
import { canonicalJson } from "#protocol/canonical.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import { type Call, requireTenant } from "./call.ts";
import { definitionHash, problemsOf, refuse } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, keepAnswer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { scheduleProblem, withSchedules } from "./workflow-schedules.ts";

/** 201 when it is new or changed, 200 when it is what stands already. */
export function registerWorkflow(deps: AppDeps, call: Call, document: Json): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const definition = soundDefinition(deps, document, false);
    requireTenant(call, definition.tenantId);
    const row = rowOf(deps, call.principal.tenantId, definition, "api");
    const before = await deps.store.readWorkflow(row.tenantId, row.workflowId);
    if (before?.origin === "built-in")
      throw new ParleyError("conflict", { workflowId: row.workflowId, origin: "built-in" });
    const created = before?.hash !== row.hash;
    const body = { workflowId: row.workflowId, version: row.version, definitionHash: row.hash, created };
    const registered = answer(created ? 201 : 200, body);
    if (!created) return keepAnswer(deps, call, registered);
    const receipt = receiptOps(deps, call, registered);
    const registrant = { tenantId: row.tenantId, principal: call.principal.id };
    const commit = { guards: receipt.guards, rows: [...rowsOf(row, definition), ...receipt.rows] };
    const outcome = await withSchedules(deps, registrant, definition, commit);
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    return registered;
  });
}

/** Seeds a document of a folder or of parley's own. Idempotent; throws what `POST /v1/workflows` would answer. */
export async function seedWorkflow(
  deps: AppDeps,
  tenantId: string,
  document: Json,
  origin: WorkflowRow["origin"],
): Promise<{ workflowId: string; changed: boolean }> {
  const known = await unchanged(deps, tenantId, document, origin);
  if (known !== undefined) return { workflowId: known, changed: false };
  const definition = soundDefinition(deps, document, origin === "built-in");
  const row = rowOf(deps, tenantId, definition, origin);
  await withSchedules(deps, { tenantId }, definition, { guards: [], rows: rowsOf(row, definition) });
  return { workflowId: row.workflowId, changed: true };
}

/** Id of a document that stands already, word for word: it was found sound when it was stored. */
async function unchanged(
  deps: AppDeps,
  tenantId: string,
  document: Json,
  origin: WorkflowRow["origin"],
): Promise<string | undefined> {
  const id = (document as { id?: unknown } | null)?.id;
  if (typeof id !== "string") return undefined;
  const before = await deps.store.readWorkflow(tenantId, id);
  if (before?.origin !== origin) return undefined;
  return before.hash === definitionHash(document as unknown as WorkflowDefinition) ? id : undefined;
}

/** What is wrong with a document; nothing is stored. */
export function validateWorkflow(deps: AppDeps, document: Json): JsonObject {
  const problems: { path: string; message: string }[] = problemsOf(deps.environment, document, false);
  const late = problems.length === 0 ? scheduleProblem(deps, document as unknown as WorkflowDefinition) : undefined;
  if (late) problems.push(late);
  return { valid: problems.length === 0, problems: problems.map(({ path, message }) => ({ path, message })) };
}

function soundDefinition(deps: AppDeps, document: Json, internal: boolean): WorkflowDefinition {
  const problems = problemsOf(deps.environment, document, internal);
  if (problems.length > 0) refuse(problems);
  return document as unknown as WorkflowDefinition;
}

function rowOf(
  deps: AppDeps,
  tenantId: string,
  definition: WorkflowDefinition,
  origin: WorkflowRow["origin"],
): WorkflowRow {
  const { id: workflowId, version } = definition;
  return { tenantId, workflowId, version, hash: definitionHash(definition), origin, updatedMs: deps.clock.nowMs() };
}

function rowsOf(row: WorkflowRow, definition: WorkflowDefinition): RowOp[] {
  return [
    { op: "putDefinition", hash: row.hash, json: canonicalJson(definition) },
    { op: "putWorkflow", workflow: row },
  ];
}
