// Undoing: one inverse after the other, in the order of the plan, then the end of the run (docs/adr/0019).
//
//   U1. One inverse at a time; the next begins when the one before has ended, however it did.
//   U2. An inverse that needs an approval is asked about first; what is refused is not done and counts as failed.
//   U3. Whatever happens, the run ends: when nothing is left, or when the policy's time is over.

import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit, nodeIn } from "../draft.ts";
import { cancelOpenNodes, endRun } from "../ending.ts";
import { MAX_BYTES_PER_COMMIT, MAX_STEPS_PER_COMMIT } from "../engine.ts";
import type { Graph } from "../graph.ts";
import { startNode } from "../outcomes.ts";
import { reach } from "../reach.ts";
import { isOpen } from "../state.ts";
import { setRunTimeout } from "../timers.ts";
import { cannotCompensate } from "./asked.ts";
import type { CompensateCommand } from "./commands.ts";
import { approvalNodeIdOf } from "./inverses.ts";
import { leaveToPeople, undoFirst } from "./request.ts";
import { type Ending, isPlanCopied, type Obligation, type Plan } from "./state.ts";

/** Everything that follows without the outside world. True: there is more to decide, after a commit. */
export function compensate(draft: Draft): boolean {
  if (draft.state.start.fork?.mode === "replay" || isPlanCopied(draft.state)) {
    endWithSource(draft);
    return false;
  }
  // The plan is durable before the first inverse begins.
  if (draft.events.some(({ type }) => type === "compensation.requested")) return true;
  for (let steps = 0; steps < MAX_STEPS_PER_COMMIT && draft.size < MAX_BYTES_PER_COMMIT; steps += 1) {
    const moved = step(draft);
    if (moved === "waits") return false;
    if (moved === "through") {
      endAsPlanned(draft);
      return false;
    }
  }
  return true;
}

function step(draft: Draft): "moved" | "waits" | "through" {
  const plan = planIn(draft);
  const begun = plan.obligations.find(({ compensationId }) => plan.states.get(compensationId) === "started");
  if (begun) return settle(draft, begun);
  if (plan.paused) return "waits";
  const next = plan.obligations.find(({ compensationId }) => !plan.states.has(compensationId));
  return next ? begin(draft, next) : "through";
}

function begin(draft: Draft, obligation: Obligation): "moved" | "waits" {
  if (obligation.unresolved) {
    fail(draft, obligation, "compensation_input_missing", 0);
    return "moved";
  }
  const consent = obligation.requiresApproval ? ask(draft, obligation) : "given";
  if (consent === "open") return "waits";
  if (consent === "refused") {
    fail(draft, obligation, "approval_rejected", 0);
    return "moved";
  }
  emit(draft, "compensation.started", identityOf(obligation));
  startNode(draft, nodeIn(draft, obligation.compensationNodeId), 0);
  return "moved";
}

function ask(draft: Draft, obligation: Obligation): "given" | "refused" | "open" {
  const nodeId = approvalNodeIdOf(obligation);
  if (!draft.state.nodes.has(nodeId)) startNode(draft, nodeIn(draft, nodeId), 0);
  const asked = draft.state.nodes.get(nodeId);
  if (isOpen(asked)) return "open";
  return asked?.status === "completed" ? "given" : "refused";
}

function settle(draft: Draft, obligation: Obligation): "moved" | "waits" {
  const node = draft.state.nodes.get(obligation.compensationNodeId);
  if (isOpen(node)) return "waits";
  if (node?.status === "completed") emit(draft, "compensation.completed", identityOf(obligation));
  else fail(draft, obligation, node?.error?.code ?? "interrupted", (node?.attempt ?? 0) + 1);
  return "moved";
}

/** The obligation is not met. What must not be undone before it is left to people where the policy says so. */
function fail(draft: Draft, obligation: Obligation, code: string, attempts: number): void {
  emit(draft, "compensation.failed", { ...identityOf(obligation), code, attempts });
  const policy = draft.graph.compensation?.policy;
  if (policy?.exhaustedDisposition !== "manual-intervention") return;
  const above = policy.orderingModel === "dependency-graph" ? ancestorsOf(draft.graph, obligation.nodeId) : undefined;
  leaveToPeople(draft, "exhausted", [obligation], ({ nodeId }) => above?.has(nodeId) ?? true);
}

/** Nodes whose effects came before, and were built upon. */
function ancestorsOf(graph: Graph, nodeId: string): Set<string> {
  return reach(nodeId, (id) => (graph.nodes.get(id)?.incoming ?? []).map(({ source }) => source));
}

/** An operator gives the run up, or lets a paused undoing go on. */
export function compensateOnRequest(draft: Draft, { action, reason, by }: CompensateCommand): void {
  if (cannotCompensate(draft.graph, draft.state, action)) return;
  if (action === "resume") return void emit(draft, "parley.compensation.resumed", { resumedBy: by });
  cancelOpenNodes(draft, "operator-request", "cancelled");
  undoFirst(draft, { status: "cancelled", by, ...(reason !== undefined && { reason }) }, "operator-request");
}

/** The policy's time is over: what is under way is given up, what is left stays. */
export function timeOutCompensation(draft: Draft): void {
  const { deadlineMs } = planIn(draft);
  if (draft.nowMs < deadlineMs) {
    // It was the run's own timeout, which the plan took the place of.
    return setRunTimeout(draft, deadlineMs);
  }
  cancelOpenNodes(draft, "compensation-timeout", "cancelled");
  const { obligations, states } = planIn(draft);
  const begun = obligations.filter(({ compensationId }) => states.get(compensationId) === "started");
  for (const obligation of begun) giveUp(draft, obligation);
  if (draft.graph.compensation?.policy.exhaustedDisposition === "manual-intervention") {
    leaveToPeople(draft, "timeout", begun);
  } else {
    for (const obligation of obligations) if (!states.has(obligation.compensationId)) giveUp(draft, obligation);
  }
  endAsPlanned(draft);
}

function giveUp(draft: Draft, obligation: Obligation): void {
  const attempts = (draft.state.nodes.get(obligation.compensationNodeId)?.attempt ?? -1) + 1;
  emit(draft, "compensation.failed", { ...identityOf(obligation), code: "compensation_timeout", attempts });
}

/** A branch did not do what its source undoes, and a replay never undoes: the rest is as the record has it. */
function endWithSource(draft: Draft): void {
  draft.track?.undo(draft);
  for (const [nodeId, node] of draft.state.nodes) {
    if (isOpen(node)) emit(draft, "node.cancelled", { nodeId, reason: "not-of-this-run" }, { nodeId });
  }
  endAsPlanned(draft);
}

function endAsPlanned(draft: Draft): void {
  // A question whose answer no longer matters may still stand open.
  cancelOpenNodes(draft, "compensation-over", "cancelled");
  endRun(draft, planIn(draft).ending as Ending);
}

function planIn({ state }: Draft): Plan {
  const plan = state.compensation?.plan;
  if (!plan) throw new Error(`run ${state.start.runId} has no plan`);
  return plan;
}

function identityOf(obligation: Obligation): JsonObject {
  const { requiresApproval: _asked, unresolved: _missing, inputs: _beside, ...identity } = obligation;
  return identity;
}
