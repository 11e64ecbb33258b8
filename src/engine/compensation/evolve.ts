// How the log moves what a run knows of undoing its effects. Called only for runs whose workflow has a policy.

import type { CompensationStatus } from "#protocol/compensation.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Applier, RunState } from "../state.ts";
import type { Compensation, Ending, Forward, Obligation, ObligationState, Plan } from "./state.ts";

export const compensationAppliers: Record<string, Applier> = {
  "compensation.requested": (state, event, atMs) => {
    const { obligations, irreversibleNodeIds, timeoutMs, endsAs, ending } = event.payload as unknown as Requested;
    const plan: Plan = {
      sequence: event.sequence,
      deadlineMs: atMs + timeoutMs,
      obligations,
      states: new Map(),
      irreversible: irreversibleNodeIds.length,
      paused: false,
      endsAs,
      ...(ending && { ending }),
    };
    setPlan(state, plan, "pending");
    // A pause holds the workflow up, not what undoes it.
    delete state.pausing;
    delete state.pausedAtMs;
    if (state.phase === "paused") state.phase = "running";
  },
  "compensation.started": (state, { payload }) => mark(state, [String(payload.compensationId)], "started"),
  "compensation.completed": (state, { payload }) => mark(state, [String(payload.compensationId)], "completed"),
  "compensation.failed": (state, { payload }) => mark(state, [String(payload.compensationId)], "failed"),
  "compensation.manual_intervention_required": (state, { payload }) =>
    mark(state, payload.compensationIds as string[], "manual"),
  "compensation.paused": (state) => {
    const plan = state.compensation?.plan;
    if (plan) setPlan(state, { ...plan, paused: true }, "pending");
  },
  "parley.compensation.resumed": (state) => {
    const plan = state.compensation?.plan;
    if (plan) setPlan(state, { ...plan, paused: false }, rollup({ ...plan, paused: false }));
  },
};

interface Requested {
  obligations: Obligation[];
  irreversibleNodeIds: string[];
  timeoutMs: number;
  endsAs: Plan["endsAs"];
  ending?: Ending;
}

/** A node has completed that can be undone, or that cannot. What a branch copied is its source's to undo. */
export function noteForward(state: RunState, event: RunEvent, nodeId: string, outputs: JsonObject): void {
  const { compensation, start } = state;
  if (!compensation || compensation.plan) return;
  const { inverses, irreversible } = compensation.compensable;
  if (!inverses.has(nodeId) && !irreversible.has(nodeId)) return;
  if (start.fork?.mode === "branch" && event.sequence < start.fork.fromSeq) return;
  const repetition = compensation.forward.filter((other) => other.nodeId === nodeId).length;
  const forward: Forward = { nodeId, repetition, outputs };
  state.compensation = { ...compensation, forward: [...compensation.forward, forward] };
}

function mark(state: RunState, compensationIds: readonly string[], to: ObligationState): void {
  const plan = state.compensation?.plan;
  if (!plan) return;
  const states = new Map(plan.states);
  for (const compensationId of compensationIds) states.set(compensationId, to);
  const next = { ...plan, states };
  setPlan(state, next, rollup(next));
}

function setPlan(state: RunState, plan: Plan, status: CompensationStatus): void {
  // A plan without obligations is over at once.
  const shown = plan.obligations.length === 0 ? rollup(plan) : status;
  state.compensation = { ...(state.compensation as Compensation), plan, status: shown };
}

/** What has become of the plan. An effect that cannot be undone keeps it from being complete. */
function rollup({ obligations, states, irreversible, paused }: Plan): CompensationStatus {
  const counts: Record<ObligationState, number> = { planned: 0, started: 0, completed: 0, failed: 0, manual: 0 };
  for (const { compensationId } of obligations) counts[states.get(compensationId) ?? "planned"] += 1;
  if (counts.planned + counts.started > 0) return paused || states.size === 0 ? "pending" : "running";
  if (counts.manual > 0) return "manual";
  if (counts.completed === 0) return "failed";
  return counts.failed + irreversible === 0 ? "completed" : "partial";
}
