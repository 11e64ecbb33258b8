// Interrupts for callers: answer by node or by signed token, inspect (interrupts-conversations.md §7).

import { checkAnswer } from "#engine/answers.ts";
import type { Conversation } from "#engine/conversation/conversation.ts";
import { mayDecide } from "#engine/interrupts/people.ts";
import { requiredApprovals } from "#engine/interrupts/votes.ts";
import { type OpenInterrupt, type RunState, statusOf } from "#engine/state.ts";
import type { InterruptRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { eventMark, repeatedEvent } from "./interrupt-events.ts";
import { refuseSettled, upToDate } from "./interrupt-settled.ts";
import type { TokenPayload } from "./interrupt-tokens.ts";
import { refuseWhilePaused } from "./pause-run.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { VOTE_FOR_OTHERS } from "./scopes.ts";
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
    const found = await deps.store.findInterrupt(target.runId, target.nodeId);
    if (!found) throw new ParleyError("interrupt_not_found", { ...target });
    const row = await upToDate(deps, found);
    if (row.status !== "open") return (await repeatedEvent(deps, row, value)) ?? (await refuseSettled(deps, row));
    return resolve(deps, call, row, value);
  });
}

/** Inspects by token: the payload, and where it stands. */
export async function inspectByToken(deps: AppDeps, token: string): Promise<JsonObject> {
  const { payload, row } = await findByToken(deps, token);
  if (!isResolved(row) && isExpired(deps, payload)) throw new ParleyError("interrupt_expired");
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
  const repeated = row.status === "open" ? undefined : await repeatedEvent(deps, row, value);
  if (repeated) return repeated;
  const details = { runId: row.runId, nodeId: row.nodeId };
  if (isResolved(row)) throw new ParleyError("interrupt_already_resolved", details);
  if (isExpired(deps, payload)) throw new ParleyError("interrupt_expired", details);
  const run = await deps.store.readRun(row.runId);
  if (!run || isTerminalStatus(run.status)) throw new ParleyError("interrupt_already_resolved", details);
  if (payload.intent !== "resolve" || row.authRequired) throw new ParleyError("forbidden", details);
  // A link has no voice of its own: where several must agree, each has to say who he is (§2.4).
  if (row.kind === "approval" && requiredApprovals(row.data) > 1) {
    throw new ParleyError("forbidden", { ...details, reason: "anonymous_vote" });
  }
  const principal = { id: "token", tenantId: row.tenantId, scopes: new Set(["approvals:respond"]), testKey: false };
  return resolve(deps, { principal }, row, value).catch((error) => {
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
  return { payload, row: await upToDate(deps, row) };
}

/** A gate whose deadline passed was rejected; any other question was never answered, its token only expired (§7.2). */
function isResolved({ status, kind }: InterruptRow): boolean {
  return status !== "open" && !(status === "expired" && kind !== "approval");
}

function isExpired(deps: AppDeps, payload: TokenPayload): boolean {
  return Date.parse(payload.expiresAt) <= deps.clock.nowMs();
}

/** One winner: the answer is checked against, and committed on, the very state in which the question is open. */
async function resolve(deps: AppDeps, call: Call, row: InterruptRow, value: Json): Promise<Answer> {
  const { interruptId, runId, nodeId } = row;
  let said = 0;
  let known: Answer | undefined;
  const answered = (state: RunState) =>
    answer(200, { runId, nodeId, status: statusOf(state), ...conversationOf(state, nodeId, value, said) });
  const outcome = await deps.runs.dispatch(runId, ({ state }) => {
    const open = state.waiting.get(nodeId);
    if (open?.interruptId !== interruptId) return { command: { type: "continue" } };
    refuseWhilePaused(state);
    const conversation = state.nodes.get(nodeId)?.conversation;
    const before = exchangedBefore(conversation, value);
    said = before ?? conversation?.turns.length ?? 0;
    known = before === undefined ? undefined : answered(state);
    if (known) return { command: { type: "continue" } };
    const checked = accept(deps, call, open, value, conversation);
    const voter = voterOf(call, open, checked, value);
    return {
      command: { type: "answerInterrupt", nodeId, interruptId, answer: checked, by: call.principal.id, voter },
      extras: (next) => {
        const receipt = receiptOps(deps, call, answered(next));
        return { ...receipt, rows: [...receipt.rows, ...eventMark(row, value, answered(next), deps.clock.nowMs())] };
      },
    };
  });
  if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
  if (known) return known;
  if (outcome.outcome !== "done" || !outcome.changed) {
    const now = await deps.store.readInterrupt(interruptId);
    if (now && now.status !== "open") return refuseSettled(deps, now);
    throw new ParleyError("interrupt_already_resolved", { runId, nodeId });
  }
  return answered(outcome.run.state);
}

/** What was said by this exchange, for the answer to it. */
function conversationOf(state: RunState, nodeId: string, value: Json, from: number): JsonObject {
  const conversation = state.nodes.get(nodeId)?.conversation;
  if (!conversation || !isJsonObject(value)) return {};
  const turns = conversation.turns.slice(from) as unknown as Json[];
  const { operation = null, exchangeKey } = value;
  const ofExchange = exchangeKey === undefined ? turns : turns.slice(0, 1);
  return { conversation: { operation, turns: ofExchange } };
}

/** Place of the turn that an earlier try of this exchange brought (§8.2 `exchangeKey`). */
function exchangedBefore(conversation: Conversation | undefined, value: Json): number | undefined {
  const key = isJsonObject(value) ? value.exchangeKey : undefined;
  if (typeof key !== "string") return undefined;
  const at = conversation?.turns.findIndex((turn) => turn.exchangeKey === key) ?? -1;
  return at < 0 ? undefined : at;
}

function accept(
  deps: AppDeps,
  call: Call,
  open: OpenInterrupt,
  value: Json,
  conversation: Conversation | undefined,
): Json {
  const at = new Date(deps.clock.nowMs()).toISOString();
  const checked = checkAnswer(deps.environment, open, value, { principal: call.principal.id, at }, conversation);
  if (checked.ok) return checked.answer;
  const status = checked.reason === "mismatch" ? { status: 422 } : {};
  throw new ParleyError("validation_error", checked.details, { message: checked.message, ...status });
}

/**
 * Whose vote it is: the caller's own, or that of the voter he names, when he may vote for others (§2.4). A gate that
 * lists its approvers takes decisions of those only; whoever asks back decides nothing.
 */
function voterOf(call: Call, open: OpenInterrupt, checked: Json, value: Json): string {
  const { principal } = call;
  const named = isJsonObject(value) ? value.voter : undefined;
  const isNamed = typeof named === "string" && named !== "" && principal.scopes.has(VOTE_FOR_OTHERS);
  const voter = isNamed ? named : principal.id;
  const asksBack = isJsonObject(checked) && checked.action === "ask";
  if (open.kind === "approval" && !asksBack && !mayDecide(open.data, voter)) {
    throw new ParleyError("forbidden", { reason: "not_an_approver" });
  }
  return voter;
}
