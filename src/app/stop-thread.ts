// Stop: ends the running turn of a thread. What waits behind it stays and takes its turn.

import { type RunState, statusOf } from "#engine/state.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { ThreadStopped } from "#protocol/threads.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, answer, keepAnswer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";

/** 200; without a running turn there is nothing to stop and no `runId`. A turn that was faster says how it ended. */
export function stopThread(deps: AppDeps, call: Call, threadId: string): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const thread = await deps.store.readThread(call.principal.tenantId, threadId);
    const runId = thread?.activeRunId;
    // The same request again must not stop a later turn, so that nothing was stopped is kept as well.
    if (runId === undefined) return keepAnswer(deps, call, stoppedAnswer({ threadId, status: "idle" }));
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

function stoppedAnswer(body: ThreadStopped): Answer {
  return answer(200, body);
}
