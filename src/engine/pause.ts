// Pause and resume (runs.md §4.3, docs/adr/0017).
//
//   drain-current-node   what runs comes to an end first: completed, failed or suspended; then the run is paused
//   immediate            paused at once: a node that may safely begin anew is interrupted and does so on resume; what
//                        the others have under way goes on in the world, and its results are kept
//
//   H1. Between `run.paused` and `run.resumed` no node starts, ends or is answered, and no timer fires.
//   H2. Nothing is lost: results of effects and due timers are taken up after `run.resumed`, questions stay open.
//   H3. Paused time does not count toward the timeouts of the run and of its nodes.

import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "./draft.ts";
import type { GraphNode } from "./graph.ts";
import { startNode } from "./outcomes.ts";
import type { PauseCommand, ResumeCommand } from "./pause/commands.ts";
import { isClosing, isEnded, isWaiting } from "./state.ts";
import { endNodeTimer } from "./timers.ts";

/** Pauses the run, or asks it to pause when what it does has come to an end. */
export function pauseRun(draft: Draft, { drainPolicy, reason, by }: PauseCommand): void {
  const request: JsonObject = { drainPolicy, ...(reason !== undefined && { reason }), requestedBy: by };
  if (drainPolicy === "immediate" || isWaiting(draft.state)) return takeEffect(draft, request);
  if (!draft.state.pausing) emit(draft, "parley.run.pause-requested", request);
}

/** The pause that was asked for takes effect as soon as nothing works any more. */
export function pauseWhenDrained(draft: Draft): void {
  const { pausing } = draft.state;
  if (pausing && !isEnded(draft.state) && isWaiting(draft.state)) takeEffect(draft, pausing);
}

function takeEffect(draft: Draft, request: JsonObject): void {
  const { runId } = draft.state.start;
  const interrupted = request.drainPolicy === "immediate" ? restartableNodes(draft) : [];
  emit(draft, "run.paused", { ...request, ...(interrupted.length > 0 && { interruptedNodes: interrupted }) });
  for (const nodeId of interrupted) {
    draft.rows.push({ op: "dropEffects", runId, nodeId });
    for (const purpose of ["delay", "node-timeout"] as const) endNodeTimer(draft, nodeId, purpose);
  }
  draft.rows.push({ op: "holdTimers", runId });
}

function restartableNodes({ graph, state }: Draft): string[] {
  return graph.order.filter((nodeId) => {
    const { definition, type } = graph.nodes.get(nodeId) as GraphNode;
    return (
      state.nodes.get(nodeId)?.status === "running" && type.restartable?.(definition.config as JsonObject) === true
    );
  });
}

/** Goes on where the run stood; a pause that was asked for and did not take effect yet is withdrawn. */
export function resumeRun(draft: Draft, { reason, by }: ResumeCommand, mayStart: (draft: Draft) => boolean): void {
  const { state } = draft;
  const payload: JsonObject = { ...(reason !== undefined && { reason }), resumedBy: by };
  if (state.phase !== "paused") return void emit(draft, "parley.run.pause-withdrawn", payload);
  const { interrupted } = state;
  const pausedMs = draft.nowMs - (state.pausedAtMs ?? draft.nowMs);
  emit(draft, "run.resumed", payload);
  draft.rows.push({ op: "releaseTimers", runId: state.start.runId, pausedMs });
  for (const nodeId of interrupted) {
    if (isClosing(state) || !mayStart(draft)) return;
    startNode(draft, draft.graph.nodes.get(nodeId) as GraphNode, (state.nodes.get(nodeId)?.attempt ?? 0) + 1);
  }
}
