// Answering a question of the thread: the very one that was shown, or none.

import type { Json } from "#protocol/json.ts";
import { path } from "../client.ts";
import { ApiError } from "../failures.ts";
import { openQuestions } from "../watch-run.ts";
import type { OpenQuestion } from "./questions.ts";
import type { Talking } from "./talking.ts";

/** @throws ApiError when the daemon refuses the answer; the question is asked again then. */
export async function answerQuestion(talk: Talking, question: OpenQuestion, resumeValue: Json): Promise<void> {
  const { interruptId, runId, nodeId } = question.item;
  const { conversation, call } = talk;
  // A node may have asked something new since: what was shown must still be what is asked.
  const open = await openQuestions(call.client, runId);
  if (!open.some((one) => one.interruptId === interruptId)) {
    conversation.settled(interruptId, "is no longer open; nothing was decided");
    return;
  }
  try {
    await call.client.post(path`/v1/runs/${runId}/interrupts/${nodeId}`, { resumeValue });
    conversation.settled(interruptId, wordFor(resumeValue));
  } catch (error) {
    question.answers.clear();
    conversation.askAgain();
    const word = error instanceof ApiError ? tooLate[error.status] : undefined;
    if (word === undefined) throw error;
    conversation.settled(interruptId, word);
  }
}

/** What an answer that came too late is told, by its status. */
const tooLate: Readonly<Record<number, string>> = {
  409: "was answered by somebody else first",
  410: "is over: its time ran out, or what asked is gone",
};

function wordFor(resumeValue: Json): string {
  const { action } = resumeValue as { action?: unknown };
  if (action === "accept") return "is approved";
  if (action === "reject") return "is rejected";
  if (action === "edit-accept") return "is approved with your change";
  if (action === "refine") return "is sent back with your words";
  return "is answered";
}
