// Guards: what must hold before a commit may write.

import type { Guard } from "#ports/rows.ts";
import { assertNever } from "#protocol/errors.ts";
import type { Json } from "#protocol/json.ts";
import { readSecret } from "./credentials.ts";
import type { Database } from "./database.ts";
import { readWorkflow } from "./definitions.ts";
import { readEffect } from "./effects.ts";
import { readInterrupt } from "./interrupts.ts";
import { runningTurn } from "./lanes.ts";
import { readDedup, readReceipt } from "./marks.ts";
import { readOutbox } from "./outbox.ts";
import { activeRunOf } from "./run-control.ts";
import { readRun } from "./runs.ts";
import { readSchedule, readSlot } from "./schedules.ts";

export interface FailedGuard {
  guard: Guard;
  /** What stands there instead. */
  existing: Json | undefined;
}

/** The first guard that does not hold. */
export function findFailedGuard(db: Database, guards: readonly Guard[]): FailedGuard | undefined {
  for (const guard of guards) {
    const { holds, existing } = check(db, guard);
    // Rows are JSON values by their types, which only lack an index signature.
    if (!holds) return { guard, existing: existing as Json | undefined };
  }
  return undefined;
}

function check(db: Database, guard: Guard): { holds: boolean; existing?: unknown } {
  switch (guard.guard) {
    case "dedupAbsent":
      return absent(readDedup(db, guard.scope, guard.key));
    case "receiptAbsent":
      return absent(readReceipt(db, guard.keyHash, guard.nowMs));
    case "runAbsent":
      return absent(readRun(db, guard.runId));
    case "interruptOpen": {
      const existing = readInterrupt(db, guard.interruptId);
      return { holds: existing?.status === "open", existing };
    }
    case "effectState": {
      const existing = readEffect(db, guard.effectId);
      return { holds: existing !== undefined && guard.states.includes(existing.state), existing };
    }
    case "outboxState": {
      const existing = readOutbox(db, guard.outboxId);
      return { holds: existing !== undefined && guard.states.includes(existing.state), existing };
    }
    case "laneFree":
      return absent(runningTurn(db, guard.tenantId, guard.threadId));
    case "laneBusy":
      return { holds: runningTurn(db, guard.tenantId, guard.threadId) !== undefined };
    case "secretAbsent":
      // The value does not travel in an outcome.
      return { holds: readSecret(db, guard.name) === undefined };
    case "workflowHash": {
      const existing = readWorkflow(db, guard.tenantId, guard.workflowId);
      return { holds: (existing?.hash ?? null) === guard.hash, existing };
    }
    case "scopeFree":
      return absent(activeRunOf(db, guard.tenantId, guard.scopeId));
    case "scheduleVersion": {
      const existing = readSchedule(db, guard.scheduleId);
      return { holds: existing?.version === guard.version, existing };
    }
    case "slotAbsent":
      return absent(readSlot(db, guard.scheduleId, guard.scheduledMs));
    default:
      return assertNever(guard);
  }
}

function absent(existing: unknown): { holds: boolean; existing: unknown } {
  return { holds: existing === undefined, existing };
}
