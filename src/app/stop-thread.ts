// Stop: ends the running turn of a thread. What waits behind it stays and takes its turn.

import { type RunState, statusOf } from "#engine/state.ts";
import type { ReceiptRow } from "#ports/rows.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { ThreadStopped } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, receiptOps, replay, throwIfReceiptTaken, underReceipt } from "./receipts.ts";

/** 200; without a running turn there is nothing to stop and no `runId`. A turn that was faster says how it ended. */
export function stopThread(deps: AppDeps, call: Call, threadId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const thread = await deps.store.readThread(call.principal.tenantId, threadId);
    const runId = thread?.activeRunId;
    if (runId === undefined) return keepIdle(deps, call, threadId);
    const stopped = (state: RunState) => stoppedAnswer({ threadId, runId, status: statusOf(state) });
    const outcome = await deps.runs.dispatch(runId, () => ({
      command: { type: "cancel", reason: "stopped", by: call.principal.id },
      extras: (next) => receiptOps(deps, call, stopped(next)),
    }));
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    if (outcome.outcome !== "done") throw new ParleyError("internal_error");
    return stopped(outcome.run.state);
  });
}

/** The same request again must not stop a later turn, so that nothing was stopped is kept as well. */
async function keepIdle(deps: AppDeps, call: Call, threadId: string): Promise<Answer> {
  const idle = stoppedAnswer({ threadId, status: "idle" });
  if (!call.receipt) return idle;
  const commitId = deps.ids.next("cmt");
  const outcome = await deps.store.commit({ commitId, ...receiptOps(deps, call, idle), appends: [] });
  return outcome.outcome === "guard_failed" ? replay(call, outcome.existing as unknown as ReceiptRow) : idle;
}

function stoppedAnswer(body: ThreadStopped): Answer {
  return answer(200, body);
}
