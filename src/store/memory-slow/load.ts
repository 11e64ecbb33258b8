// How much is under way.

import type { StoreLoad } from "#ports/store/load.ts";
import { isTerminalStatus, runStatuses } from "#protocol/status.ts";
import type { Tables } from "./tables.ts";

export function countLoad(tables: Tables): StoreLoad {
  const open = tables.runs.filter((run) => !isTerminalStatus(run.status));
  const tenants = [...new Set(open.map((run) => run.start.tenantId))].sort();
  return {
    runs: tenants.flatMap((tenantId) =>
      runStatuses.flatMap((status) => {
        const count = open.filter((run) => run.start.tenantId === tenantId && run.status === status).length;
        return count === 0 ? [] : [{ tenantId, status, count }];
      }),
    ),
    outbox: tables.outbox.filter((row) => row.state === "queued" || row.state === "sending").length,
    effects: tables.effects.filter((row) => row.state === "planned" || row.state === "started").length,
  };
}
