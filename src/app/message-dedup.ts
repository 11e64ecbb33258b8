// The mark of a message that was accepted: the same `clientMessageId` of the same person in the same thread is the same
// message, as long as marks are kept (daemon/pruning.ts).

import type { Guard, RowOp } from "#ports/rows.ts";
import type { MessageAccepted, PostMessage } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import { type Answer, answer } from "./receipts.ts";

/** What a repetition is told. */
export interface FirstIds {
  messageId: string;
  runId: string;
}

/** Guard and mark of a message; none when its sender gave it no id. */
export function dedupOf(
  { principal }: Call,
  threadId: string,
  { clientMessageId: key }: PostMessage,
  { messageId, runId }: FirstIds,
  atMs: number,
): { guards: Guard[]; rows: RowOp[] } {
  if (key === undefined) return { guards: [], rows: [] };
  const scope = `message:${principal.tenantId}:${principal.id}:${threadId}`;
  return {
    guards: [{ guard: "dedupAbsent", scope, key }],
    rows: [{ op: "claimDedup", scope, key, value: { messageId, runId }, atMs }],
  };
}

/** 200 with the ids of the first time. */
export function repeated({ messageId, runId }: FirstIds, threadId: string): Answer {
  return answer(200, { accepted: true, duplicate: true, messageId, runId, threadId } satisfies MessageAccepted);
}
