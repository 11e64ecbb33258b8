// Run rows: what lists read, and what recovery goes by.

import type { RunPatch, RunRow, RunStart, RunUsage } from "#ports/rows.ts";
import type { Page, RunFilter } from "#ports/store.ts";
import type { RunError } from "#protocol/errors.ts";
import { type RunStatus, runStatuses } from "#protocol/status.ts";
import { brokenCommit } from "../refusals.ts";
import { type Database, jsonOf, present, presentJson, type Value } from "./database.ts";
import { LAST_ID, type Paged, readPage } from "./paging.ts";

export function insertRun(db: Database, run: RunRow): void {
  const { start } = run;
  const changes = db.run(
    `INSERT INTO runs (run_id, tenant_id, workflow_id, start, ${PATCH_COLUMNS})
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING`,
    start.runId,
    start.tenantId,
    start.workflowId,
    JSON.stringify(start),
    ...patchValues(run),
  );
  if (changes === 0) throw brokenCommit(`run ${start.runId} exists`);
  for (const tag of start.tags) {
    db.run(
      "INSERT OR IGNORE INTO run_tags (tenant_id, tag, run_id) VALUES (?, ?, ?)",
      start.tenantId,
      tag,
      start.runId,
    );
  }
}

export function updateRun(db: Database, runId: string, patch: RunPatch): void {
  const changes = db.run(
    `UPDATE runs SET (${PATCH_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?) WHERE run_id = ?`,
    ...patchValues(patch),
    runId,
  );
  if (changes === 0) throw brokenCommit(`there is no run ${runId}`);
}

const PATCH_COLUMNS = "status, last_seq, unfinished, started_ms, ended_ms, current_node_id, error, usage";

function patchValues(patch: RunPatch): Value[] {
  return [
    patch.status,
    patch.lastSequence,
    patch.unfinished ? 1 : 0,
    patch.startedMs ?? null,
    patch.endedMs ?? null,
    patch.currentNodeId ?? null,
    jsonOf(patch.error),
    jsonOf(patch.usage),
  ];
}

/** The engine has something to do for this run. */
export function markUnfinished(db: Database, runId: string): void {
  db.run("UPDATE runs SET unfinished = 1 WHERE run_id = ?", runId);
}

interface RunRecord {
  run_id: string;
  status: RunStatus;
  unfinished: number;
  last_seq: number;
  started_ms: number | null;
  ended_ms: number | null;
  current_node_id: string | null;
  error: string | null;
  usage: string | null;
  start: string;
}

function runOf(record: RunRecord): RunRow {
  return {
    start: JSON.parse(record.start) as RunStart,
    status: record.status,
    lastSequence: record.last_seq,
    ...present("startedMs", record.started_ms),
    ...present("endedMs", record.ended_ms),
    ...present("currentNodeId", record.current_node_id),
    ...presentJson<"error", RunError>("error", record.error),
    ...presentJson<"usage", RunUsage>("usage", record.usage),
    unfinished: record.unfinished === 1,
  };
}

export function readRun(db: Database, runId: string): RunRow | undefined {
  const record = db.get<RunRecord>("SELECT * FROM runs WHERE run_id = ?", runId);
  return record && runOf(record);
}

export function listRuns(db: Database, filter: RunFilter, page: { limit: number; cursor?: string }): Page<RunRow> {
  const { tenantId, workflowId, status, tag } = filter;
  const sql = tag === undefined ? listSql(filter) : tagSql(filter);
  const values = {
    tenantId,
    ...(workflowId !== undefined && { workflowId }),
    ...(status !== undefined && { status }),
    ...(tag !== undefined && { tag }),
  };
  return readPage(runList, page, ([before], limit) => db.allNamed<RunRecord>(sql, { ...values, before, limit }));
}

const runList: Paged<RunRecord, RunRow, [string]> = {
  kind: "runs",
  start: [LAST_ID],
  keyOf: (record) => [record.run_id],
  itemOf: runOf,
};

/** Each status is a range of the index that is already in order; SQLite merges them and stops after a page. */
function listSql({ workflowId, status }: RunFilter): string {
  const workflow = workflowId === undefined ? "" : " AND workflow_id = :workflowId";
  const range = (value: string) =>
    `SELECT * FROM runs WHERE tenant_id = :tenantId${workflow} AND status = ${value} AND run_id < :before`;
  const ranges = status === undefined ? runStatuses.map((name) => range(`'${name}'`)) : [range(":status")];
  return `${ranges.join(" UNION ALL ")} ORDER BY run_id DESC LIMIT :limit`;
}

function tagSql({ workflowId, status }: RunFilter): string {
  const workflow = workflowId === undefined ? "" : " AND runs.workflow_id = :workflowId";
  const only = status === undefined ? "" : " AND runs.status = :status";
  return `SELECT runs.* FROM run_tags CROSS JOIN runs ON runs.run_id = run_tags.run_id
    WHERE run_tags.tenant_id = :tenantId AND run_tags.tag = :tag AND run_tags.run_id < :before${workflow}${only}
    ORDER BY run_tags.run_id DESC LIMIT :limit`;
}

export function listUnfinishedRuns(db: Database, limit: number): string[] {
  const sql = `SELECT run_id FROM runs
    WHERE unfinished = 1 AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.run_id = runs.run_id)
    ORDER BY run_id LIMIT ?`;
  return db.all<{ run_id: string }>(sql, limit).map((record) => record.run_id);
}

export function listRunIds(db: Database, limit: number, after = ""): string[] {
  const sql = "SELECT run_id FROM runs WHERE run_id > ? ORDER BY run_id LIMIT ?";
  return db.all<{ run_id: string }>(sql, after, limit).map((record) => record.run_id);
}
