// What a run tells the one above it: that it waits for people or goes on, and how it ended. Each is an effect of the
// parent's node, in the same commit as what it tells: it cannot get lost between the two (ADR 0009).

import type { ParentRef } from "#ports/rows.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { RunStatus } from "#protocol/status.ts";
import type { Draft } from "../draft.ts";
import { isSensitive, sealPayload } from "../seal.ts";
import { isEnded, type RunState, statusOf } from "../state.ts";
import { CHILD_ENDED_EFFECT, CHILD_STATUS_EFFECT } from "./effects.ts";
import { pinnedAgentOf } from "./handoff.ts";

/** Local work of ours: it commits. */
const TELL_TIMEOUT_MS = 30_000;

/** Tells the parent when this run began to wait, waits for something else, or goes on (runs.md §4.1). */
export function tellParentOfWait(draft: Draft, before: RunState): void {
  const { parent } = draft.state.start;
  if (!parent?.cause || isEnded(draft.state)) return;
  const [was, is] = [shownStatus(before), shownStatus(draft.state)];
  if (was === is) return;
  const { runId } = draft.state.start;
  const sequence = draft.state.lastSequence;
  tell(draft, parent, `${CHILD_STATUS_EFFECT}:${runId}:${sequence}`, CHILD_STATUS_EFFECT, {
    childRunId: runId,
    status: is,
    sequence,
  });
}

/** A parent shows the waiting of its child; everything else is work. */
function shownStatus(state: RunState): RunStatus {
  const status = statusOf(state);
  return status.startsWith("waiting-") ? status : "running";
}

/** Tells the parent how this run ended. Outputs go as they may be shown; variables only where the parent wants them. */
export function tellParentOfEnd(draft: Draft, parent: ParentRef): void {
  const { state, graph } = draft;
  const { start, phase, outputs = {}, error } = state;
  const shown = graph.sensitive ? (sealPayload(graph, state, "run.completed", { outputs }).outputs ?? {}) : outputs;
  const agentId = pinnedAgentOf(graph.definition);
  tell(draft, parent, `${CHILD_ENDED_EFFECT}:${start.runId}`, CHILD_ENDED_EFFECT, {
    childRunId: start.runId,
    workflowId: start.workflowId,
    status: phase,
    outputs: shown,
    ...(agentId !== undefined && { agentId }),
    ...(parent.harvest && harvested(draft, parent.harvest)),
    ...(error && { error: { code: error.code, message: error.message } }),
  });
}

/** The values that the parent asked for, and which of them are not for logs. */
function harvested({ state, graph }: Draft, names: readonly string[]): JsonObject {
  const variables: JsonObject = {};
  const sensitive: string[] = [];
  for (const name of names) {
    const value = state.channels.get(name) ?? state.variables.get(name);
    if (value === undefined) continue;
    variables[name] = value;
    if (isSensitive(graph, state, name)) sensitive.push(name);
  }
  return { variables, ...(sensitive.length > 0 && { sensitive }) };
}

/** An effect of another run's, by which it gets to know something of this one. */
export function tell(
  draft: Draft,
  to: Pick<ParentRef, "runId" | "nodeId" | "attempt" | "ordinal">,
  effectId: string,
  kind: string,
  request: JsonObject,
): void {
  draft.rows.push({
    op: "putEffect",
    effect: {
      effectId,
      runId: to.runId,
      tenantId: draft.state.start.tenantId,
      nodeId: to.nodeId,
      attempt: to.attempt,
      ordinal: to.ordinal,
      kind,
      class: "read",
      request,
      state: "planned",
      timeoutMs: TELL_TIMEOUT_MS,
      plannedMs: draft.nowMs,
    },
  });
}
