// A person's message as rows: its text beside the log, and its place in the thread.

import type { MessageRow, RowOp } from "#ports/rows.ts";
import { sha256Hex } from "#protocol/canonical.ts";

/** `title`: of the thread, if this message begins it. */
export function messageRows(
  said: Omit<MessageRow, "role" | "contentId">,
  text: string,
  title: string | undefined,
): RowOp[] {
  const contentId = `body:${said.messageId}`;
  return [
    { op: "putContent", contentId, runId: said.runId, sha256: sha256Hex(text), body: text },
    {
      op: "insertMessage",
      channel: "web",
      ...(title !== undefined && { title }),
      message: { ...said, role: "user", contentId },
    },
  ];
}
