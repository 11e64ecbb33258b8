// A decision of a run that a caller asks for: committed with its receipt, answered with how the run is then.

import type { RunState } from "#engine/state.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { HotRun, Order } from "#runtime/runs.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { type Answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { visibleRun } from "./visibility.ts";

/** `commandOf` refuses by throwing, on the very state that its command would meet. Throws `not_found`. */
export function decideRun(
  deps: AppDeps,
  call: Call,
  runId: string,
  answered: (next: RunState) => Answer,
  commandOf: (run: HotRun) => Order["command"],
): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    await visibleRun(deps, call, runId);
    const outcome = await deps.runs.dispatch(runId, (run) => ({
      command: commandOf(run),
      extras: (next) => receiptOps(deps, call, answered(next)),
    }));
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    if (outcome.outcome !== "done") throw new ParleyError("not_found", { runId });
    return answered(outcome.run.state);
  });
}
