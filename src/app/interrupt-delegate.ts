// Handing an approval on to someone else (docs/adr/0013).

import { approversOf, mayDecide } from "#engine/interrupts/people.ts";
import type { RunState } from "#engine/state.ts";
import { ParleyError } from "#protocol/errors.ts";
import type { DelegateInterrupt } from "#protocol/interrupts.ts";
import type { Call } from "./call.ts";
import type { AppDeps } from "./deps.ts";
import { refuseSettled, upToDate } from "./interrupt-settled.ts";
import { type Answer, answer, receiptOps, throwIfReceiptTaken, underReceipt } from "./receipts.ts";
import { VOTE_FOR_OTHERS } from "./scopes.ts";

/** 200 `{interruptId, runId, nodeId, approvers}`. To name someone who may decide already changes nothing. */
export function delegateInterrupt(
  deps: AppDeps,
  call: Call,
  interruptId: string,
  { to, reason }: DelegateInterrupt,
): Promise<Answer> {
  return underReceipt(deps, call, async () => {
    const found = await deps.store.readInterrupt(interruptId);
    const { principal } = call;
    if (found?.tenantId !== principal.tenantId) throw new ParleyError("interrupt_not_found", { interruptId });
    const row = await upToDate(deps, found);
    const { runId, nodeId } = row;
    if (row.status !== "open") return refuseSettled(deps, row);
    if (row.kind !== "approval") {
      const message = "Only an approval can be handed on.";
      throw new ParleyError("validation_error", { interruptId, kind: row.kind }, { message });
    }
    const answered = (state: RunState) => {
      const data = state.waiting.get(nodeId)?.data;
      return answer(200, { interruptId, runId, nodeId, approvers: data ? approversOf(data) : [] });
    };
    const outcome = await deps.runs.dispatch(runId, ({ state }) => {
      const open = state.waiting.get(nodeId);
      if (open?.interruptId !== interruptId) return { command: { type: "continue" } };
      if (!mayDecide(open.data, principal.id) && !principal.scopes.has(VOTE_FOR_OTHERS)) {
        throw new ParleyError("forbidden", { reason: "not_an_approver" });
      }
      const said = reason === undefined ? {} : { reason };
      return {
        command: { type: "delegateInterrupt", nodeId, interruptId, to, by: principal.id, ...said },
        extras: (next) => receiptOps(deps, call, answered(next)),
      };
    });
    if (outcome.outcome === "guard_failed") throwIfReceiptTaken(outcome);
    if (outcome.outcome !== "done") throw new ParleyError("interrupt_not_found", { interruptId });
    const { state } = outcome.run;
    if (state.waiting.get(nodeId)?.interruptId === interruptId) return answered(state);
    return refuseSettled(deps, await upToDate(deps, (await deps.store.readInterrupt(interruptId)) ?? row));
  });
}
