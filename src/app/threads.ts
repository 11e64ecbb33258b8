// Reading threads: the list, pages of messages, one message for a live stream.

import type { StoredMessage } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Message } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { listBody, unknownCursor } from "./pages.ts";

/** What stands where a message's body was forgotten. */
const FORGOTTEN = "(forgotten)";

export function messageOf(stored: StoredMessage): Message {
  return {
    messageId: stored.messageId,
    role: stored.role,
    text: stored.text ?? FORGOTTEN,
    runId: stored.runId,
    at: new Date(stored.atMs).toISOString(),
    ...(stored.agent !== undefined && { agent: stored.agent }),
    ...(stored.inReplyTo !== undefined && { inReplyTo: stored.inReplyTo }),
    ...(stored.alsoAnswers && { alsoAnswers: stored.alsoAnswers }),
  };
}

/** Without cursor the newest page; the cursor leads to older ones; inside a page oldest first. */
export async function readThread(
  deps: AppDeps,
  call: Call,
  threadId: string,
  page: { limit: number; cursor?: string },
): Promise<JsonObject> {
  const { tenantId } = call.principal;
  const thread = await deps.store.readThread(tenantId, threadId);
  if (!thread) throw new ParleyError("not_found", { threadId }, { message: "There is no such thread." });
  const before = page.cursor === undefined ? undefined : positionOf(threadId, page.cursor);
  const stored = await deps.store.readMessages(tenantId, threadId, {
    limit: page.limit,
    newest: true,
    ...(before !== undefined && { before }),
  });
  const oldest = stored[0]?.position ?? 1;
  return {
    messages: stored.map(messageOf) as unknown as JsonObject[],
    ...(oldest > 1 && { nextCursor: cursorOf(threadId, oldest) }),
  };
}

/** Names the thread: a cursor of another one means nothing here. */
function cursorOf(threadId: string, oldest: number): string {
  return Buffer.from(JSON.stringify(["messages", threadId, oldest])).toString("base64url");
}

function positionOf(threadId: string, cursor: string): number {
  const position = Number(/,(\d{1,15})\]$/.exec(Buffer.from(cursor, "base64url").toString())?.[1]);
  if (position > 0 && cursor === cursorOf(threadId, position)) return position;
  throw unknownCursor();
}

/** Latest first. */
export async function listThreads(
  deps: AppDeps,
  call: Call,
  page: { limit: number; cursor?: string },
): Promise<JsonObject> {
  const found = await deps.store.listThreads(call.principal.tenantId, page);
  return listBody("threads", found, (thread) => ({
    threadId: thread.threadId,
    channel: thread.channel,
    lastAt: new Date(thread.lastMs).toISOString(),
    ...(thread.title !== undefined && { title: thread.title }),
    ...(thread.activeRunId !== undefined && { runId: thread.activeRunId }),
  }));
}
