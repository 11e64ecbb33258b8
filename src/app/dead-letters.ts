// Dead letters: runs that failed for good after every retry; kept for a while to be looked at and redriven (runs.md §12.2).

import { eventPages } from "#platform/run-log.ts";
import type { DeadLetterRow } from "#ports/rows/dead-letters.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { DEAD_LETTER_RETENTION_DAYS } from "#protocol/schedules.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { forkRun } from "./fork-run.ts";
import { listBody } from "./pages.ts";
import type { Answer } from "./receipts.ts";

/** How long a run stays a dead letter; deliveries that were given up stay as long. */
export const DEAD_LETTER_RETENTION_MS = DEAD_LETTER_RETENTION_DAYS * 86_400_000;
/** Events read at a time. */
const PAGE = 1_000;

/** Newest first. */
export async function listDeadLetters(
  deps: AppDeps,
  call: Call,
  page: { limit: number; cursor?: string },
): Promise<JsonObject> {
  return listBody("deadLetters", await deps.store.listDeadLetters(call.principal.tenantId, page), shown);
}

/** Throws `not_found`. */
export async function readDeadLetter(deps: AppDeps, call: Call, runId: string): Promise<JsonObject> {
  return shown(await findLetter(deps, call, runId));
}

/**
 * 201 `RunForked`: a branch of the run that begins with the node that failed; the dead run stays as it is. Throws
 * `not_found` and what forking a run does.
 */
export async function redriveDeadLetter(deps: AppDeps, call: Call, runId: string): Promise<Answer> {
  const { nodeId } = await findLetter(deps, call, runId);
  const fromSeq = await startOf(deps, runId, nodeId);
  return forkRun(deps, call, runId, { mode: "branch", fromSeq });
}

/** Sequence of the event that began the node's last execution, its first attempt. */
async function startOf({ store }: AppDeps, runId: string, nodeId: string): Promise<number> {
  let began: RunEvent | undefined;
  for await (const page of eventPages(store, runId, { from: 0 }, PAGE)) {
    began = page.findLast((event) => beganNode(event, nodeId)) ?? began;
  }
  if (!began) throw new ParleyError("internal_error", { runId, nodeId });
  return began.sequence;
}

function beganNode(event: RunEvent, nodeId: string): boolean {
  return event.type === "node.started" && event.nodeId === nodeId && event.payload.attempt === 0;
}

/** Removes runs whose time as dead letters is over; at most `limit` of them. Resolves to how many. */
export async function purgeDeadLetters(
  { store, runs, ids }: Pick<AppDeps, "store" | "runs" | "ids">,
  nowMs: number,
  limit: number,
): Promise<number> {
  const expired = await store.listExpiredDeadLetters(nowMs - DEAD_LETTER_RETENTION_MS, limit);
  for (const runId of expired) {
    const rows = [{ op: "purgeRun", runId } as const];
    await store.commit({ commitId: ids.next("cmt"), guards: [], appends: [], rows });
    runs.forget(runId);
  }
  return expired.length;
}

async function findLetter({ store, clock }: AppDeps, call: Call, runId: string): Promise<DeadLetterRow> {
  const letter = await store.readDeadLetter(runId);
  const stands = letter?.tenantId === call.principal.tenantId && letter.atMs + DEAD_LETTER_RETENTION_MS > clock.nowMs();
  if (letter && stands) return letter;
  throw new ParleyError("not_found", { runId }, { message: `There is no dead letter of run ${runId}.` });
}

function shown({ runId, workflowId, nodeId, reason, attempts, atMs }: DeadLetterRow): JsonObject {
  return {
    runId,
    workflowId,
    nodeId,
    reason,
    attempts,
    deadLetteredAt: new Date(atMs).toISOString(),
    expiresAt: new Date(atMs + DEAD_LETTER_RETENTION_MS).toISOString(),
  };
}
