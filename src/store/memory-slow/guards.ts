// Guards of the store in memory: what stands where a guard looks, and whether it may.

import type { Guard } from "#ports/rows.ts";
import { assertNever } from "#protocol/errors.ts";
import { activeRunOf } from "./run-control.ts";
import type { Tables } from "./tables.ts";

export interface Verdict {
  holds: boolean;
  existing: unknown;
}

export function judge(tables: Tables, guard: Guard): Verdict {
  const existing = find(tables, guard);
  switch (guard.guard) {
    case "dedupAbsent":
    case "receiptAbsent":
    case "runAbsent":
    case "laneFree":
      return { holds: existing === undefined, existing };
    case "scopeFree":
    case "slotAbsent":
      return { holds: existing === undefined, existing };
    case "scheduleVersion":
      return { holds: tables.schedules.get(guard.scheduleId)?.version === guard.version, existing };
    case "secretAbsent":
      return { holds: existing === undefined, existing: undefined };
    case "laneBusy":
      return { holds: existing !== undefined, existing: undefined };
    case "interruptOpen":
      return { holds: tables.interrupts.get(guard.interruptId)?.status === "open", existing };
    case "effectState": {
      const state = tables.effects.get(guard.effectId)?.state;
      return { holds: state !== undefined && guard.states.includes(state), existing };
    }
    case "outboxState": {
      const state = tables.outbox.get(guard.outboxId)?.state;
      return { holds: state !== undefined && guard.states.includes(state), existing };
    }
    case "workflowHash": {
      const hash = tables.workflows.get(guard.tenantId, guard.workflowId)?.hash ?? null;
      return { holds: hash === guard.hash, existing };
    }
    default:
      return assertNever(guard);
  }
}

function find(tables: Tables, guard: Guard): unknown {
  switch (guard.guard) {
    case "dedupAbsent":
      return tables.dedup.get(guard.scope, guard.key)?.value;
    case "receiptAbsent": {
      const receipt = tables.receipts.get(guard.keyHash);
      return receipt && receipt.expiresMs > guard.nowMs ? receipt : undefined;
    }
    case "runAbsent":
      return tables.runs.get(guard.runId);
    case "interruptOpen":
      return tables.interrupts.get(guard.interruptId);
    case "effectState":
      return tables.effects.get(guard.effectId);
    case "outboxState":
      return tables.outbox.get(guard.outboxId);
    case "laneFree":
    case "laneBusy":
      return tables.threads.get(guard.tenantId, guard.threadId)?.activeRunId;
    case "secretAbsent":
      return tables.secrets.get(guard.name);
    case "workflowHash":
      return tables.workflows.get(guard.tenantId, guard.workflowId);
    case "scheduleVersion":
      return tables.schedules.get(guard.scheduleId);
    case "slotAbsent":
      return tables.slots.get(guard.scheduleId, guard.scheduledMs);
    case "scopeFree":
      return activeRunOf(tables, guard.tenantId, guard.scopeId);
    default:
      return assertNever(guard);
  }
}
