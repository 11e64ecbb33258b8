// Interrupts: durable questions, and who may still answer them.

import type { InterruptRow, InterruptStatus } from "#ports/rows.ts";
import type { Page } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { InterruptKind } from "#protocol/status.ts";
import { type Database, jsonOf, present, presentJson } from "./database.ts";
import { type Paged, readPage } from "./paging.ts";

export function putInterrupt(db: Database, interrupt: InterruptRow): void {
  db.run(
    `INSERT OR REPLACE INTO interrupts (interrupt_id, run_id, tenant_id, node_id, thread_id, kind, key, status,
       requested_ms, deadline_ms, timeout_ms, settled_ms, settled_by, auth_required, data, resume_schema)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    interrupt.interruptId,
    interrupt.runId,
    interrupt.tenantId,
    interrupt.nodeId,
    interrupt.threadId ?? null,
    interrupt.kind,
    interrupt.key,
    interrupt.status,
    interrupt.requestedMs,
    interrupt.deadlineMs ?? null,
    interrupt.timeoutMs ?? null,
    interrupt.settledMs ?? null,
    interrupt.settledBy ?? null,
    interrupt.authRequired ? 1 : 0,
    JSON.stringify(interrupt.data),
    jsonOf(interrupt.resumeSchema),
  );
}

/** Only an open one: the first to settle it stays. */
export function settleInterrupt(
  db: Database,
  interruptId: string,
  status: InterruptStatus,
  atMs: number,
  by: string | undefined,
): void {
  const sql = `UPDATE interrupts SET status = ?, settled_ms = ?, settled_by = ?
    WHERE interrupt_id = ? AND status = 'open'`;
  db.run(sql, status, atMs, by ?? null, interruptId);
}

/** Only an open one: what was asked and answered stays as it was. */
export function amendInterrupt(db: Database, interruptId: string, data: JsonObject): void {
  const sql = "UPDATE interrupts SET data = ? WHERE interrupt_id = ? AND status = 'open'";
  db.run(sql, JSON.stringify(data), interruptId);
}

export function settleInterruptsOfRun(db: Database, runId: string, status: InterruptStatus, atMs: number): void {
  const sql = "UPDATE interrupts SET status = ?, settled_ms = ? WHERE run_id = ? AND status = 'open'";
  db.run(sql, status, atMs, runId);
}

interface InterruptRecord {
  interrupt_id: string;
  run_id: string;
  tenant_id: string;
  node_id: string;
  thread_id: string | null;
  kind: InterruptKind;
  key: string;
  status: InterruptStatus;
  requested_ms: number;
  deadline_ms: number | null;
  timeout_ms: number | null;
  settled_ms: number | null;
  settled_by: string | null;
  auth_required: number;
  data: string;
  resume_schema: string | null;
}

function interruptOf(record: InterruptRecord): InterruptRow {
  return {
    interruptId: record.interrupt_id,
    runId: record.run_id,
    tenantId: record.tenant_id,
    nodeId: record.node_id,
    kind: record.kind,
    key: record.key,
    data: JSON.parse(record.data) as JsonObject,
    ...presentJson<"resumeSchema", JsonObject>("resumeSchema", record.resume_schema),
    ...present("timeoutMs", record.timeout_ms),
    requestedMs: record.requested_ms,
    ...present("deadlineMs", record.deadline_ms),
    status: record.status,
    ...present("settledMs", record.settled_ms),
    ...present("settledBy", record.settled_by),
    ...present("threadId", record.thread_id),
    authRequired: record.auth_required === 1,
  };
}

export function readInterrupt(db: Database, interruptId: string): InterruptRow | undefined {
  const record = db.get<InterruptRecord>("SELECT * FROM interrupts WHERE interrupt_id = ?", interruptId);
  return record && interruptOf(record);
}

export function findInterrupt(db: Database, runId: string, nodeId: string): InterruptRow | undefined {
  const sql = `SELECT * FROM interrupts WHERE run_id = ? AND node_id = ?
    ORDER BY requested_ms DESC, interrupt_id DESC LIMIT 1`;
  const record = db.get<InterruptRecord>(sql, runId, nodeId);
  return record && interruptOf(record);
}

/** Stands for "no deadline" in the order; the index is built over the same expression. */
const NO_DEADLINE = Number.MAX_SAFE_INTEGER;

export function listOpenInterrupts(
  db: Database,
  filter: { tenantId: string; runId?: string; threadId?: string },
  page: { limit: number; cursor?: string },
): Page<InterruptRow> {
  const { tenantId, runId, threadId } = filter;
  const wanted = [runId, threadId].filter((id) => id !== undefined);
  return readPage(openList, page, (behind, limit) =>
    db.all<InterruptRecord>(openSql(filter), tenantId, ...behind, ...wanted, limit),
  );
}

const openList: Paged<InterruptRecord, InterruptRow, [number, number, string]> = {
  kind: "interrupts",
  start: [-1, -1, ""],
  keyOf: (record) => [record.deadline_ms ?? NO_DEADLINE, record.requested_ms, record.interrupt_id],
  itemOf: interruptOf,
};

function openSql({ runId, threadId }: { runId?: string; threadId?: string }): string {
  const index =
    runId !== undefined
      ? "interrupts_by_node"
      : threadId !== undefined
        ? "interrupts_open_by_thread"
        : "interrupts_open";
  return `SELECT * FROM interrupts INDEXED BY ${index}
    WHERE tenant_id = ? AND status = 'open'
      AND (ifnull(deadline_ms, ${NO_DEADLINE}), requested_ms, interrupt_id) > (?, ?, ?)
      ${runId === undefined ? "" : "AND run_id = ?"} ${threadId === undefined ? "" : "AND thread_id = ?"}
    ORDER BY ifnull(deadline_ms, ${NO_DEADLINE}), requested_ms, interrupt_id LIMIT ?`;
}
