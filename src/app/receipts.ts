// Receipts: the durable answers of requests with an `Idempotency-Key` (runs.md §3.1).
//
//   K1. A receipt is written in the commit that does the work: there is no moment in which one exists without the other.
//   K2. Two first uses of one key: one commit wins, the other finds its guard failed and gets the winner's answer.
//   K3. Kept: 2xx and final 4xx. Never kept: 400, 401, 403, anything that may go better next time.

import type { Guard, ReceiptRow, RowOp } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";

/** What goes back to the caller; `body` is JSON text, so that a replay repeats the very bytes. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Served from a receipt. */
  replayed: boolean;
}

/** Guard and row that make the commit keep `answer`; nothing without a key. */
export function receiptOps(deps: AppDeps, call: Call, answer: Answer): { guards: Guard[]; rows: RowOp[] } {
  if (!call.receipt) return { guards: [], rows: [] };
  const nowMs = deps.clock.nowMs();
  const receipt: ReceiptRow = {
    keyHash: call.receipt.keyHash,
    requestDigest: call.receipt.requestDigest,
    status: answer.status,
    headers: answer.headers,
    body: answer.body,
    expiresMs: nowMs + deps.receiptLifeMs,
  };
  return {
    guards: [{ guard: "receiptAbsent", keyHash: receipt.keyHash, nowMs }],
    rows: [{ op: "putReceipt", receipt }],
  };
}

/** The kept answer of an earlier request with this key; throws when that request was another one. */
export function replay(call: Call, receipt: ReceiptRow): Answer {
  if (receipt.requestDigest !== call.receipt?.requestDigest) throw new ParleyError("idempotency_key_mismatch");
  return { status: receipt.status, headers: receipt.headers, body: receipt.body, replayed: true };
}

/**
 * Runs a mutating use case under its receipt: an earlier answer is repeated, a final refusal is kept.
 * `work` commits its own receipt by `receiptOps` and may throw {@link ReceiptTaken} when its guard failed.
 */
export async function underReceipt(deps: AppDeps, call: Call, work: () => Promise<Answer>): Promise<Answer> {
  if (!call.receipt) return work();
  const known = await deps.store.readReceipt(call.receipt.keyHash, deps.clock.nowMs());
  if (known) return replay(call, known);
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReceiptTaken) return replay(call, error.receipt);
    if (error instanceof ParleyError && isFinal(error)) return keepRefusal(deps, call, error);
    throw error;
  }
}

/** Another request with the same key was committed first. */
export class ReceiptTaken extends Error {
  readonly receipt: ReceiptRow;
  constructor(receipt: ReceiptRow) {
    super("another request with this Idempotency-Key was first");
    this.name = "ReceiptTaken";
    this.receipt = receipt;
  }
}

/** Throws {@link ReceiptTaken} when it was the receipt's guard that failed. */
export function throwIfReceiptTaken(failed: { guard: Guard; existing: unknown }): void {
  if (failed.guard.guard === "receiptAbsent") throw new ReceiptTaken(failed.existing as ReceiptRow);
}

/**
 * Commits `rows` with the receipt of their answer; nothing to write is no commit. False: a guard of the caller's own
 * failed. Throws {@link ReceiptTaken}.
 */
export async function commitWithReceipt(
  deps: AppDeps,
  call: Call,
  given: Answer,
  { guards = [], rows }: { guards?: Guard[]; rows: RowOp[] },
): Promise<boolean> {
  const receipt = receiptOps(deps, call, given);
  const all = [...rows, ...receipt.rows];
  if (all.length === 0) return true;
  const outcome = await deps.store.commit({
    commitId: deps.ids.next("cmt"),
    guards: [...receipt.guards, ...guards],
    appends: [],
    rows: all,
  });
  if (outcome.outcome !== "guard_failed") return true;
  throwIfReceiptTaken(outcome);
  return false;
}

/** 204: done, and nothing to say of it. */
export function noContent(): Answer {
  return { status: 204, headers: {}, body: "", replayed: false };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: JSON.stringify(body), replayed: false };
}

/** The error envelope (runs.md §16.1). */
export function envelopeOf(error: ParleyError): { error: string; message: string; details?: object } {
  const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
  return { error: error.code, message: error.message, ...details };
}

/** Work under way that is no commit of ours, by the key of its receipt. */
const underWay = new WeakMap<Store, Map<string, Promise<Answer>>>();

/**
 * {@link underReceipt} for work that is no commit of ours (a file, a configuration): its answer is kept when it is
 * done. Of requests with one key that come at once one does the work, the others wait for its answer.
 */
export async function onceUnderReceipt(deps: AppDeps, call: Call, work: () => Promise<Answer>): Promise<Answer> {
  if (!call.receipt) return work();
  const { keyHash } = call.receipt;
  const going = underWay.get(deps.store) ?? new Map<string, Promise<Answer>>();
  underWay.set(deps.store, going);
  for (let first = going.get(keyHash); first; first = going.get(keyHash)) await first.catch(() => undefined);
  const mine = underReceipt(deps, call, async () => keepAnswer(deps, call, await work()));
  going.set(keyHash, mine);
  try {
    return await mine;
  } finally {
    going.delete(keyHash);
  }
}

/** Refusals that say nothing of the request itself: the same one may be taken a moment later. */
const passing: ReadonlySet<string> = new Set([
  "idempotency_key_mismatch",
  "idempotency_in_flight",
  "run_already_active",
  "conflict",
]);

function isFinal(error: ParleyError): boolean {
  if (passing.has(error.code)) return false;
  return error.status > 403 && error.status < 500 && error.status !== 429;
}

function keepRefusal(deps: AppDeps, call: Call, error: ParleyError): Promise<Answer> {
  return keepAnswer(deps, call, answer(error.status, envelopeOf(error)));
}

/**
 * Keeps an answer whose work is not one commit of ours: a repetition before this moment does the work again, which must
 * then come to the same. Nothing without a key.
 */
export async function keepAnswer(deps: AppDeps, call: Call, given: Answer): Promise<Answer> {
  if (!call.receipt) return given;
  const outcome = await deps.store.commit({
    commitId: deps.ids.next("cmt"),
    ...receiptOps(deps, call, given),
    appends: [],
  });
  if (outcome.outcome === "guard_failed") return replay(call, outcome.existing as unknown as ReceiptRow);
  return given;
}
