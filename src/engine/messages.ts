// Messages that a run writes into the chat it belongs to: the row of the message and the outbox row that carries it,
// in the commit of the decision that says it. No other words enter the outbox (P-13); beside them it takes the callbacks
// of questions (interrupts.ts).

import type { ChatRef, MessageRow, OutboxRow, RunStart } from "#ports/rows.ts";
import { sha256Hex } from "#protocol/canonical.ts";
import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Draft } from "./draft.ts";

/** A turn that ends without a reply ends with a notice: every accepted message comes to an end its sender sees (P-2). */
export function tellSender(draft: Draft): void {
  const { phase, start, error } = draft.state;
  const text =
    phase === "cancelled"
      ? "Stopped: this message was not answered."
      : `Sorry, this message could not be answered. ${reasonOf(error)}The details are under ${start.runId}.`;
  addMessage(draft, "system", text);
}

/** Failures whose message was written for the person who waits; others stay in the run. */
const SPEAKING = /^(?:model_|loop_limit_exceeded$|run_timeout$|child_)/;

/** Failures that other settings of the model mend: whoever reads them learns where those are. */
const OF_THE_SETTINGS = /^model_(?:unauthorized|not_found|rejected|unreachable|no_model)$/;
const WHERE_TO_SET = "The model is set in the console under Settings, or with `npx parley setup`. ";

function reasonOf(error: RunError | undefined): string {
  if (!error || !SPEAKING.test(error.code)) return "";
  return `${error.message} ${OF_THE_SETTINGS.test(error.code) ? WHERE_TO_SET : ""}`;
}

/** The chat that follows a run: its own turn's, or the one at the root of its tree. */
export function chatOf(start: RunStart): ChatRef | undefined {
  // A fork of a turn reads the thread and answers in its outputs: the thread has had its answer (docs/adr/0014).
  if (start.fork) return undefined;
  if (start.turn) return { ...start.turn, runId: start.runId, path: [] };
  return start.chat;
}

/**
 * Tells the people of a chat something while the turn goes on; a run without a chat has nobody to tell. It is no reply,
 * so that nobody takes it for the end of the turn.
 */
export function addNotice(draft: Draft, text: string): void {
  const chat = chatOf(draft.state.start);
  if (chat) writeMessage(draft, chat, { role: "system", text });
}

/** Writes what ends the turn: the reply, or the notice in its place; returns what the log may show of it. */
export function addMessage(draft: Draft, role: "agent" | "system", text: string, agent?: string): JsonObject {
  const chat = chatOf(draft.state.start);
  if (!chat) throw new Error(`run ${draft.state.start.runId} has no thread to write to`);
  const { messageId: inReplyTo } = chat;
  return writeMessage(draft, chat, { role, text, inReplyTo, ...(agent !== undefined && { agent }) });
}

/** A message of the chat's thread, its text, and the outbox row that carries it. */
function writeMessage(
  draft: Draft,
  chat: ChatRef,
  { text, ...said }: Pick<MessageRow, "role" | "agent" | "inReplyTo"> & { text: string },
): JsonObject {
  const { start } = draft.state;
  const messageId = draft.ids.next("msg");
  const contentId = `body:${messageId}`;
  const sha256 = sha256Hex(text);
  const message: MessageRow = {
    messageId,
    tenantId: start.tenantId,
    threadId: chat.threadId,
    contentId,
    runId: chat.runId,
    atMs: draft.nowMs,
    ...said,
  };
  draft.rows.push(
    { op: "putContent", contentId, runId: start.runId, sha256, body: text },
    { op: "insertMessage", message, channel: "web" },
  );
  queueOutbox(draft, {
    kind: "message",
    destination: `web:${start.tenantId}:${chat.threadId}`,
    clientId: `${start.runId}:${messageId}`,
    payload: { messageId, threadId: chat.threadId },
    // Whoever reads the thread twice sees one message: it is found by its id.
    repeatable: true,
  });
  return { messageId, contentId, sha256 };
}

/** Something to be handed to the world outside, as soon as it can be. */
export function queueOutbox(
  draft: Draft,
  what: Pick<OutboxRow, "kind" | "destination" | "clientId" | "payload" | "repeatable">,
): void {
  draft.rows.push({
    op: "putOutbox",
    row: {
      outboxId: draft.ids.next("obx"),
      tenantId: draft.state.start.tenantId,
      state: "queued",
      attempts: 0,
      dueMs: draft.nowMs,
      createdMs: draft.nowMs,
      ...what,
    },
  });
}
