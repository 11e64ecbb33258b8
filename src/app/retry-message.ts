// Retry: answers a message again by a new run of the same turn. What was answered before stays in the thread.
//
//   Like a message it begins at once or waits behind the running turn, decided in the one commit that writes it.
//   The mark of the run that it repeats is claimed in that commit: of two retries at once, one begins.

import type { Graph } from "#engine/graph.ts";
import type { RunRow, RunStart, StoredMessage } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import { isTerminalStatus } from "#protocol/status.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, receiptOps, underReceipt } from "./receipts.ts";
import { createTurn, type TurnParts, turnAccepted, turnStart } from "./turn-run.ts";
import { askedMessage, retryTag, runsOf } from "./turn-runs.ts";

/** 202 with the new run. Throws `not_found`, and `run_already_active` while the message is still being answered. */
export function retryMessage(deps: AppDeps, call: Call, messageId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const message = await askedMessage(deps, call, messageId);
    const [repeated] = await runsOf(deps, message, 1);
    if (!repeated) throw new ParleyError("not_found", { messageId }, { message: "The run of this message is gone." });
    if (!isTerminalStatus(repeated.status)) throw stillAnswered(message, repeated);
    const graph = await graphAgain(deps, repeated);
    const turn = { threadId: message.threadId, messageId: message.messageId };
    const start = turnStart(deps, call, graph, turn, restOf(message, repeated));
    const accepted = turnAccepted(start);
    const mark = markParts(message, repeated, start);
    const receipt = receiptOps(deps, call, accepted);
    const outcome = await createTurn(deps, start, graph, {
      guards: [...mark.guards, ...receipt.guards],
      rows: [...mark.rows, ...receipt.rows],
    });
    if (outcome.outcome === "taken") throw stillAnswered(message, repeated);
    return accepted;
  });
}

function stillAnswered({ messageId }: StoredMessage, { start }: RunRow): ParleyError {
  const details = { messageId, runId: start.runId };
  return new ParleyError("run_already_active", details, { message: "This message is still being answered." });
}

/** The workflow as it is now: whoever retries may just have corrected it. An agent that is gone answers as it was. */
async function graphAgain({ graphs }: AppDeps, { start }: RunRow): Promise<Graph> {
  const now = await graphs.current(start.tenantId, start.workflowId);
  return graphs.load(now?.hash ?? start.definitionHash);
}

function restOf({ messageId }: StoredMessage, { start }: RunRow): Pick<RunStart, "tags" | "metadata"> {
  const tag = retryTag(messageId);
  const { runId, tags } = start;
  return { tags: [...tags.filter((other) => other !== tag), tag], metadata: { "parley.retryOf": runId } };
}

/** A run is repeated once; the next retry repeats the repetition. */
function markParts(
  { tenantId, messageId }: StoredMessage,
  repeated: RunRow,
  { runId, createdMs }: RunStart,
): TurnParts {
  const scope = `retry:${tenantId}`;
  const key = repeated.start.runId;
  return {
    guards: [{ guard: "dedupAbsent", scope, key }],
    rows: [{ op: "claimDedup", scope, key, value: { messageId, runId }, atMs: createdMs }],
  };
}
