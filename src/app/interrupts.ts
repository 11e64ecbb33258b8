// Interrupts for callers: answer by node or by signed token, inspect, list what is pending
// (interrupts-conversations.md §7).

import { checkAnswer } from "#engine/answers.ts";
import { type OpenInterrupt, type RunState, statusOf } from "#engine/state.ts";
import type { InterruptRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import type { TokenPayload } from "./interrupt-tokens.ts";
import { listBody } from "./pages.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { tokenFor } from "./token-for.ts";
import { visibleRun } from "./visibility.ts";

/** Answers the question of a node (bearer surface). 200 `{runId, nodeId, status}`. */
export function answerByNode(
  deps: AppDeps,
  call: Call,
  target: { runId: string; nodeId: string },
  value: Json,
): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    await visibleRun(deps, call, target.runId);
    const row = await deps.store.findInterrupt(target.runId, target.nodeId);
    if (!row) throw new ParleyError("interrupt_not_found", { ...target });
    if (row.status !== "open") throw settledError(row);
    return resolve(deps, call, row, value, () => deps.store.findInterrupt(target.runId, target.nodeId));
  });
}

/** Why a settled interrupt of the bearer surface cannot be answered (§7.1). */
function settledError(row: InterruptRow): ParleyError {
  const details = { runId: row.runId, nodeId: row.nodeId };
  switch (row.status) {
    case "cancelled":
      return new ParleyError("interrupt_cancelled", details);
    case "gone":
      return new ParleyError("interrupt_gone", details);
    default:
      return new ParleyError("interrupt_already_resolved", details);
  }
}

/** Inspects by token: the payload, and where it stands. */
export async function inspectByToken(deps: AppDeps, token: string): Promise<JsonObject> {
  const { payload, row } = await findByToken(deps, token);
  if (row.status === "open" && isExpired(deps, payload)) throw new ParleyError("interrupt_expired");
  return {
    kind: row.kind,
    key: row.key,
    data: row.data,
    ...(row.resumeSchema && { resumeSchema: row.resumeSchema }),
    ...(row.timeoutMs !== undefined && { timeoutMs: row.timeoutMs }),
    requestedAt: new Date(row.requestedMs).toISOString(),
    expiresAt: payload.expiresAt,
    resolved: row.status !== "open",
  };
}

/** Answers by token. Checks in the order of §7.2. */
export async function answerByToken(deps: AppDeps, token: string, value: Json): Promise<Answer> {
  const { payload, row } = await findByToken(deps, token);
  const details = { runId: row.runId, nodeId: row.nodeId };
  if (row.status !== "open") throw new ParleyError("interrupt_already_resolved", details);
  if (isExpired(deps, payload)) throw new ParleyError("interrupt_expired", details);
  const run = await deps.store.readRun(row.runId);
  if (!run || isTerminalStatus(run.status)) throw new ParleyError("interrupt_already_resolved", details);
  if (payload.intent !== "resolve" || row.authRequired) throw new ParleyError("forbidden", details);
  const principal = { id: "token", tenantId: row.tenantId, scopes: new Set(["approvals:respond"]), testKey: false };
  const reload = () => deps.store.readInterrupt(row.interruptId);
  return resolve(deps, { principal }, row, value, reload).catch((error) => {
    // On this surface every interrupt that is over reads the same.
    const over = ["interrupt_cancelled", "interrupt_gone"];
    if (error instanceof ParleyError && over.includes(error.code)) throw new ParleyError("interrupt_already_resolved");
    throw error;
  });
}

async function findByToken(deps: AppDeps, token: string): Promise<{ payload: TokenPayload; row: InterruptRow }> {
  const payload = deps.tokens.verify(token);
  const row = await deps.store.readInterrupt(payload.interruptId);
  if (!row) throw new ParleyError("invalid_interrupt_token");
  return { payload, row };
}

function isExpired(deps: AppDeps, payload: TokenPayload): boolean {
  return Date.parse(payload.expiresAt) <= deps.clock.nowMs();
}

/** One winner: the answer is checked against, and committed on, the very state in which the question is open. */
async function resolve(
  deps: AppDeps,
  call: Call,
  row: InterruptRow,
  value: Json,
  reload: () => Promise<InterruptRow | undefined>,
): Promise<Answer> {
  const { interruptId, runId, nodeId } = row;
  const answered = (state: RunState) => answer(200, { runId, nodeId, status: statusOf(state) });
  const outcome = await deps.runs.dispatch(runId, (run) => {
    const open = run.state.waiting.get(nodeId);
    if (open?.interruptId !== interruptId) return { command: { type: "continue" } };
    const checked = accept(deps, call, open, value);
    const voter = voterOf(call, open, value);
    return {
      command: { type: "answerInterrupt", nodeId, interruptId, answer: checked, by: call.principal.id, voter },
      extras: (next) => receiptOps(deps, call, answered(next)),
    };
  });
  if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
  if (outcome.outcome !== "done" || !outcome.changed) {
    const now = await reload();
    throw now && now.status !== "open"
      ? settledError(now)
      : new ParleyError("interrupt_already_resolved", { runId, nodeId });
  }
  return answered(outcome.run.state);
}

function accept(deps: AppDeps, call: Call, open: OpenInterrupt, value: Json): Json {
  const at = new Date(deps.clock.nowMs()).toISOString();
  const checked = checkAnswer(deps.environment, open, value, { principal: call.principal.id, at });
  if (checked.ok) return checked.answer;
  const status = checked.reason === "mismatch" ? { status: 422 } : {};
  throw new ParleyError("validation_error", checked.details, { message: checked.message, ...status });
}

/**
 * Whose vote it is: a caller with the scope may name the voter it speaks for (§2.4). A gate that lists its approvers
 * takes votes of those only.
 */
function voterOf(call: Call, open: OpenInterrupt, value: Json): string {
  const named = typeof value === "object" && value !== null && !Array.isArray(value) ? value.voter : undefined;
  const voter = typeof named === "string" && named !== "" ? named : call.principal.id;
  const approvers = open.data.approversList;
  const listed = Array.isArray(approvers) && approvers.length > 0;
  if (listed && !approvers.includes(voter)) throw new ParleyError("forbidden", { reason: "not_an_approver" });
  return voter;
}

/** Open questions the caller may see, earliest deadline first; tokens only for those who may answer. */
export async function listPending(
  deps: AppDeps,
  call: Call,
  query: { runId?: string; limit: number; cursor?: string },
): Promise<JsonObject> {
  const { runId, limit, cursor } = query;
  const page = await deps.store.listOpenInterrupts(
    { tenantId: call.principal.tenantId, ...(runId !== undefined && { runId }) },
    { limit, ...(cursor !== undefined && { cursor }) },
  );
  return listBody("interrupts", page, (row) => pendingItem(deps, call, row));
}

export function pendingItem(deps: AppDeps, call: Call, row: InterruptRow): JsonObject {
  const mayAnswer = call.principal.scopes.has("approvals:respond");
  return {
    interruptId: row.interruptId,
    runId: row.runId,
    nodeId: row.nodeId,
    ...(row.threadId !== undefined && { threadId: row.threadId }),
    kind: row.kind,
    data: row.data,
    ...(row.resumeSchema && { resumeSchema: row.resumeSchema }),
    ...(mayAnswer && { token: tokenFor(deps, row) }),
    requestedAt: new Date(row.requestedMs).toISOString(),
    ...(row.deadlineMs !== undefined && { expiresAt: new Date(row.deadlineMs).toISOString() }),
  };
}

/** What a run's `callbackUrl` is told of an open question; undefined when it is no longer open. */
export async function describeForCallback(deps: AppDeps, interruptId: string): Promise<JsonObject | undefined> {
  const row = await deps.store.readInterrupt(interruptId);
  if (row?.status !== "open") return undefined;
  const token = row.authRequired ? undefined : tokenFor(deps, row);
  return {
    interruptId,
    runId: row.runId,
    nodeId: row.nodeId,
    kind: row.kind,
    data: row.data,
    requestedAt: new Date(row.requestedMs).toISOString(),
    ...(token !== undefined && { interruptToken: token, callbackUrl: `${deps.baseUrl()}/v1/interrupts/${token}` }),
  };
}
