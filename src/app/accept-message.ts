// Accept a message: the one commit of the whole way (architecture, "Threads and runs").
//
//   Dedup mark, message, run and the first effects stand together or not at all; only then is the sender told.
//   A message for a thread whose turn is running waits as a pending run behind it: a row, never memory.
//   A message that answers an open question begins no turn (answer-by-message.ts).

import type { RunStart, TurnRef } from "#ports/rows.ts";
import type { PostMessage } from "#protocol/threads.ts";
import { agentFor } from "./agents.ts";
import { answerByMessage } from "./answer-by-message.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { dedupOf, type FirstIds, repeated } from "./message-dedup.ts";
import { messageRows } from "./message-rows.ts";
import { type Answer, receiptOps, underReceipt } from "./receipts.ts";
import { createTurn, type TurnParts, turnAccepted, turnGraph, turnStart } from "./turn-run.ts";

/** 202 with fresh ids, or 200 with those of the first time when `clientMessageId` was seen before in this thread. */
export function acceptMessage(deps: AppDeps, call: Call, threadId: string, body: PostMessage): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const agent = agentFor(deps.agents, body.agent);
    const answered = await answerByMessage(deps, call, threadId, body);
    if (answered) return answered;
    const graph = await turnGraph(deps, call.principal.tenantId, agent.workflowId);
    const turn = { threadId, messageId: deps.ids.next("msg") };
    const rest = { tags: ["channel:web"], metadata: {} };
    const start = turnStart(deps, call, graph, turn, rest);
    const accepted = turnAccepted(start);
    const outcome = await createTurn(deps, start, graph, commitParts(deps, call, body, start, accepted));
    if (outcome.outcome === "taken") return repeated(outcome.existing as unknown as FirstIds, threadId);
    deps.stopPoint("accept.committed");
    return accepted;
  });
}

/** Guards and rows beside the run's own: dedup, message, receipt. */
function commitParts(
  deps: AppDeps,
  call: Call,
  body: PostMessage,
  { runId, turn, createdMs }: RunStart & { turn: TurnRef },
  accepted: Answer,
): TurnParts {
  const { threadId, messageId } = turn;
  const receipt = receiptOps(deps, call, accepted);
  const dedup = dedupOf(call, threadId, body, { messageId, runId }, createdMs);
  const said = { tenantId: call.principal.tenantId, threadId, messageId, runId, atMs: createdMs };
  return {
    guards: [...dedup.guards, ...receipt.guards],
    rows: [...receipt.rows, ...dedup.rows, ...messageRows(said, body.text, titleOf(body.text))],
  };
}

const MAX_TITLE_LENGTH = 60;

/** What a thread is called: how it began. Only the first message of a thread gives it its title. */
function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.replaceAll(/\s+/g, " ") ?? "";
  if (line.length <= MAX_TITLE_LENGTH) return line;
  // Cut between words where there is a gap near the end, never inside of a character.
  const cut = [...line].slice(0, MAX_TITLE_LENGTH).join("");
  return `${cut.replace(/\s\S{0,15}$/, "")}…`;
}
