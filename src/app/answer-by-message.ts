// A message can be the answer to an open question: while a clarification of this thread waits, or a conversation, the
// next message answers it and begins no turn (architecture, "Threads and runs"). One commit: dedup mark, message, answer
// and all that follows. Whoever may not answer a card cannot answer it by a message either: what he says is a turn.

import { checkAnswer } from "#engine/answers.ts";
import type { Guard, InterruptRow, RowOp } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { MessageAccepted, PostMessage } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { dedupOf, type FirstIds, repeated } from "./message-dedup.ts";
import { messageRows } from "./message-rows.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken } from "./receipts.ts";

/** Open questions of one thread that are looked at; more than a handful never wait at once. */
const MAX_OPEN = 20;
/** What the route of answers asks for. */
const ANSWERING = "approvals:respond";

/** The acceptance, or undefined when there is no question that a plain message can answer. */
export async function answerByMessage(
  deps: AppDeps,
  call: Call,
  threadId: string,
  body: PostMessage,
): Promise<Answer | undefined> {
  const { tenantId, scopes } = call.principal;
  if (!scopes.has(ANSWERING)) return undefined;
  const open = await deps.store.listOpenInterrupts({ tenantId, threadId }, { limit: MAX_OPEN });
  const question = open.items.find(answersPlainly);
  if (!question) return undefined;
  const messageId = deps.ids.next("msg");
  const ids: FirstIds = { messageId, runId: question.runId };
  const accepted = answer(202, { accepted: true, duplicate: false, ...ids, threadId } satisfies MessageAccepted);
  const parts = commitParts(deps, call, threadId, body, ids, accepted, question);
  const outcome = await deps.runs
    .dispatch(question.runId, ({ state }) => {
      const interrupt = state.waiting.get(question.nodeId);
      const { id: principal } = call.principal;
      const conversation = state.nodes.get(question.nodeId)?.conversation;
      const at = new Date(deps.clock.nowMs()).toISOString();
      const checked =
        interrupt &&
        checkAnswer(deps.environment, interrupt, resumeValue(question, body.text), { principal, at }, conversation);
      const isOpen = interrupt?.interruptId === question.interruptId && state.phase !== "paused";
      if (!isOpen || !checked?.ok) throw new NotThisOne();
      const { nodeId, interruptId } = question;
      return {
        command: {
          type: "answerInterrupt",
          nodeId,
          interruptId,
          answer: checked.answer,
          by: principal,
          voter: principal,
        },
        extras: () => parts,
      };
    })
    .catch((error: unknown) => {
      if (error instanceof NotThisOne) return undefined;
      throw error;
    });
  if (!outcome) return undefined;
  if (outcome.outcome === "done") {
    deps.stopPoint("accept.committed");
    return accepted;
  }
  if (outcome.outcome === "no_run") return undefined;
  throwIfReceiptTaken(outcome);
  if (outcome.guard.guard === "dedupAbsent") return repeated(outcome.existing as FirstIds, threadId);
  return undefined;
}

/** The question was answered in the meantime, its run is paused, or the text does not fit it: the message is a turn of its own. */
class NotThisOne extends Error {}

interface Question {
  id: string;
}

function answersPlainly({ kind, data }: InterruptRow): boolean {
  return (
    kind === "conversation.exchange" ||
    (kind === "clarification" && (data.questions as unknown as Question[]).length === 1)
  );
}

function resumeValue({ kind, data }: InterruptRow, text: string): JsonObject {
  if (kind === "conversation.exchange") return { operation: "exchange", turn: { content: text } };
  const [question] = data.questions as unknown as Question[];
  return { answers: { [question?.id ?? ""]: text } };
}

function commitParts(
  deps: AppDeps,
  call: Call,
  threadId: string,
  body: PostMessage,
  { messageId, runId }: FirstIds,
  accepted: Answer,
  { interruptId }: InterruptRow,
): { guards: Guard[]; rows: RowOp[] } {
  const { tenantId } = call.principal;
  const atMs = deps.clock.nowMs();
  const receipt = receiptOps(deps, call, accepted);
  const dedup = dedupOf(call, threadId, body, { messageId, runId }, atMs);
  const said = { tenantId, threadId, messageId, runId, atMs };
  return {
    guards: [...dedup.guards, ...receipt.guards, { guard: "interruptOpen", interruptId }],
    rows: [...receipt.rows, ...dedup.rows, ...messageRows(said, body.text, undefined)],
  };
}
