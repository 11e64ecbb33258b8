// Reading registered workflows.

import type { JsonObject } from "#protocol/json.ts";
import type { Call } from "./call.ts";
import { noWorkflow } from "./definitions.ts";
import type { AppDeps } from "./deps.ts";

/** The current definition as JSON text, and its hash (the ETag). */
export async function readWorkflow(
  deps: AppDeps,
  call: Call,
  workflowId: string,
): Promise<{ json: string; hash: string }> {
  const row = await deps.store.readWorkflow(call.principal.tenantId, workflowId);
  const json = row && (await deps.store.readDefinition(row.hash));
  if (!row || json === undefined) throw noWorkflow(workflowId);
  return { json, hash: row.hash };
}

export async function listWorkflows(deps: AppDeps, call: Call): Promise<JsonObject> {
  const rows = await deps.store.listWorkflows(call.principal.tenantId);
  return {
    workflows: rows.map((row) => ({
      workflowId: row.workflowId,
      version: row.version,
      definitionHash: row.hash,
      origin: row.origin,
      updatedAt: new Date(row.updatedMs).toISOString(),
    })),
  };
}
