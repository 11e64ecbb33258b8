// How much is under way. Every count walks the part of an index that holds what is open.

import type { StoreLoad } from "#ports/store/load.ts";
import { isTerminalStatus, type RunStatus, runStatuses } from "#protocol/status.ts";
import type { Database } from "./database.ts";
import type { Reading } from "./reading.ts";

const OPEN_STATUSES = runStatuses.filter((status) => !isTerminalStatus(status));

export function loadReads(reading: Reading) {
  return { countLoad: reading(countLoad) };
}

function countLoad(db: Database): StoreLoad {
  return {
    runs: tenantsOf(db).flatMap((tenantId) => countRuns(db, tenantId)),
    outbox: count(db, "SELECT count(*) AS count FROM outbox WHERE state IN ('queued', 'sending')"),
    effects: count(db, "SELECT count(*) AS count FROM effects WHERE state IN ('planned', 'started')"),
  };
}

/** Tenant by tenant along the index: looking at all runs would cost with every run that ever was. */
function tenantsOf(db: Database): string[] {
  const tenants: string[] = [];
  for (let after = ""; ; ) {
    const sql = "SELECT tenant_id FROM runs WHERE tenant_id > ? ORDER BY tenant_id LIMIT 1";
    const next = db.get<{ tenant_id: string }>(sql, after);
    if (!next) return tenants;
    tenants.push(next.tenant_id);
    after = next.tenant_id;
  }
}

function countRuns(db: Database, tenantId: string): StoreLoad["runs"] {
  return OPEN_STATUSES.flatMap((status: RunStatus) => {
    const found = count(db, "SELECT count(*) AS count FROM runs WHERE tenant_id = ? AND status = ?", tenantId, status);
    return found === 0 ? [] : [{ tenantId, status, count: found }];
  });
}

function count(db: Database, sql: string, ...values: string[]): number {
  return db.get<{ count: number }>(sql, ...values)?.count ?? 0;
}
