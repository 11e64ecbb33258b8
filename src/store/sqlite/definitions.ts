// Definitions, immutable by hash, and workflows, which name the current one.

import type { WorkflowRow } from "#ports/rows.ts";
import type { Database } from "./database.ts";

export function putDefinition(db: Database, hash: string, json: string): void {
  db.run("INSERT INTO definitions (hash, json) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", hash, json);
}

export function readDefinition(db: Database, hash: string): string | undefined {
  return db.get<{ json: string }>("SELECT json FROM definitions WHERE hash = ?", hash)?.json;
}

export function putWorkflow(db: Database, workflow: WorkflowRow): void {
  db.run(
    `INSERT OR REPLACE INTO workflows (tenant_id, workflow_id, version, hash, origin, updated_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
    workflow.tenantId,
    workflow.workflowId,
    workflow.version,
    workflow.hash,
    workflow.origin,
    workflow.updatedMs,
  );
}

export function deleteWorkflow(db: Database, tenantId: string, workflowId: string): void {
  db.run("DELETE FROM workflows WHERE tenant_id = ? AND workflow_id = ?", tenantId, workflowId);
}

interface WorkflowRecord {
  tenant_id: string;
  workflow_id: string;
  version: string;
  hash: string;
  origin: WorkflowRow["origin"];
  updated_ms: number;
}

function workflowOf(record: WorkflowRecord): WorkflowRow {
  return {
    tenantId: record.tenant_id,
    workflowId: record.workflow_id,
    version: record.version,
    hash: record.hash,
    origin: record.origin,
    updatedMs: record.updated_ms,
  };
}

export function readWorkflow(db: Database, tenantId: string, workflowId: string): WorkflowRow | undefined {
  const sql = "SELECT * FROM workflows WHERE tenant_id = ? AND workflow_id = ?";
  const record = db.get<WorkflowRecord>(sql, tenantId, workflowId);
  return record && workflowOf(record);
}

export function listWorkflows(db: Database, tenantId: string): WorkflowRow[] {
  const sql = "SELECT * FROM workflows WHERE tenant_id = ? ORDER BY workflow_id";
  return db.all<WorkflowRecord>(sql, tenantId).map(workflowOf);
}
