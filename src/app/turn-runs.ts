// The runs that answered, or answer, one message: the first, and one for each retry.
//
//   A retry carries a tag of its message. That makes its runs findable in the order in which they were made.

import type { RunRow, StoredMessage } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";

/** Names the message that a retry answers again. */
export function retryTag(messageId: string): string {
  return `retry:${messageId}`;
}

/**
 * The message whose turn a message belongs to: itself; the one that it answers; for a person's answer to a question the
 * one that the asking turn is about. Throws `not_found`.
 */
export async function askedMessage(deps: AppDeps, call: Call, messageId: string): Promise<StoredMessage> {
  const { tenantId } = call.principal;
  const named = await deps.store.readMessage(tenantId, messageId);
  const askedId = named?.role === "user" ? await turnOf(deps, named) : named?.inReplyTo;
  const asked = askedId === messageId ? named : askedId && (await deps.store.readMessage(tenantId, askedId));
  if (asked && asked.role === "user") return asked;
  throw new ParleyError("not_found", { messageId }, { message: "There is no such message." });
}

/** The question may have been asked by a run below the turn. */
async function turnOf(deps: AppDeps, { runId, messageId }: StoredMessage): Promise<string> {
  const run = await deps.store.readRun(runId);
  const root = run?.start.chat ? await deps.store.readRun(run.start.chat.runId) : run;
  return root?.start.turn?.messageId ?? messageId;
}

/** The newest `limit` runs of a message, oldest first. */
export async function runsOf(deps: AppDeps, message: StoredMessage, limit: number): Promise<RunRow[]> {
  const filter = { tenantId: message.tenantId, tag: retryTag(message.messageId) };
  const { items } = await deps.store.listRuns(filter, { limit });
  const first = items.length < limit ? await deps.store.readRun(message.runId) : undefined;
  return [...(first ? [first] : []), ...items.toReversed()];
}
