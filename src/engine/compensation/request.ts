// Where the end of a run becomes the undoing of its effects (docs/adr/0019).
//
//   Q1. The terminal event of a run is the last of its log, so inverses run before it: the run keeps the ending it would
//       have had and takes it when the last inverse has ended.
//   Q2. The plan is a commit of its own: no inverse begins in the decision that makes it.
//   Q3. Inputs of inverses and the ending stand beside the log (seal.ts), never in it.

import type { CompensationTrigger } from "#protocol/compensation.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "../draft.ts";
import { setRunTimeout } from "../timers.ts";
import { planOf } from "./plan.ts";
import type { Ending, Obligation } from "./state.ts";

/** True: the run undoes first, and ends later. Whatever was open in it has been given up before. */
export function undoFirst(
  draft: Draft,
  ending: Ending,
  trigger: CompensationTrigger = triggerOf(draft, ending),
): boolean {
  const declared = draft.graph.compensation;
  if (!declared?.policy.triggers.includes(trigger)) return false;
  if (draft.state.start.fork?.mode === "replay") {
    // What its source undid is undone; the record says how.
    draft.track?.undo(draft);
    return false;
  }
  const { policy } = declared;
  const { obligations, irreversibleNodeIds } = planOf(draft.graph, draft.state, declared);
  if (obligations.length + irreversibleNodeIds.length === 0) return false;
  const { profileVersion, orderingModel, exhaustedDisposition, approvalScope, timeoutMs } = policy;
  const wasPaused = draft.state.phase === "paused";
  emit(draft, "compensation.requested", {
    trigger,
    ...(ending.status === "cancelled" && { requestedBy: ending.by }),
    profileVersion,
    orderingModel,
    exhaustedDisposition,
    approvalScope,
    timeoutMs,
    endsAs: ending.status,
    obligations: obligations as unknown as JsonObject[],
    irreversibleNodeIds,
    ending: ending as unknown as JsonObject,
  });
  const { runId } = draft.state.start;
  if (wasPaused) draft.rows.push({ op: "releaseTimers", runId, pausedMs: 0 });
  // In place of the run's own timeout, which is over.
  setRunTimeout(draft, draft.nowMs + timeoutMs);
  if (ending.status === "cancelled") heedParent(draft, ending.parentRunId);
  return true;
}

function triggerOf({ events }: Draft, { status }: Ending): CompensationTrigger {
  if (status === "cancelled") return "run-cancel";
  return events.some(({ type }) => type === "cap.breached") ? "cap-breach" : "node-failure";
}

/** A cancel that came from above: what the policy says about that. */
export function heedParent(draft: Draft, parentRunId: string | undefined): void {
  const plan = draft.state.compensation?.plan;
  const onParentCancel = draft.graph.compensation?.policy.onParentCancel;
  if (!plan || parentRunId === undefined) return;
  if (onParentCancel === "pause" && !plan.paused) {
    emit(draft, "compensation.paused", { reason: "parent-cancelled", parentRunId });
  }
  if (onParentCancel === "manual") leaveToPeople(draft, "parent-cancelled");
}

/** What was not begun is left to people, and what is stuck; what is under way comes to its end first. */
export function leaveToPeople(
  draft: Draft,
  reason: "exhausted" | "timeout" | "parent-cancelled",
  stuck: readonly Obligation[] = [],
  isLeft: (obligation: Obligation) => boolean = () => true,
): void {
  const { obligations = [], states } = draft.state.compensation?.plan ?? {};
  const left = obligations.filter((one) => !states?.has(one.compensationId) && isLeft(one));
  const compensationIds = [...stuck, ...left].map(({ compensationId }) => compensationId);
  if (compensationIds.length === 0) return;
  emit(draft, "compensation.manual_intervention_required", { reason, compensationIds });
}
