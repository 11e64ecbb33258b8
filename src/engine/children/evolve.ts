// How the log moves what a run knows of the runs below it.

import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { isTerminalStatus, type RunStatus } from "#protocol/status.ts";
import type { Applier, NodeState, RunState } from "../state.ts";
import type { ChildWait } from "./state.ts";

export const childAppliers: Record<string, Applier> = {
  "parley.child.planned": (state, event) => {
    const { nodeId, childRunId, childWorkflowId } = event.payload as Record<string, string>;
    waitFor(state, String(nodeId), String(childRunId), String(childWorkflowId));
  },
  "agent.handoff": (state, { nodeId, payload }) => {
    if (typeof payload.childRunId !== "string" || nodeId === undefined) return;
    waitFor(state, nodeId, payload.childRunId, "");
  },
  "core.workflowChain.event": (state, event) => {
    const { phase, childRunId } = event.payload as { phase: string; childRunId?: string };
    changeChild(state, event.nodeId, (child) => ({
      ...child,
      eventId: event.eventId,
      begun: child.begun || phase === "dispatch.succeeded",
    }));
    if (childRunId === undefined) return;
    if (phase === "dispatch.succeeded") noteChild(state, childRunId, "running");
    if (phase.startsWith("child.")) noteChild(state, childRunId, phase.slice("child.".length) as RunStatus);
  },
  "core.workflowChain.confidence-escalated": (state, { nodeId, payload }) => {
    const node = nodeId === undefined ? undefined : state.nodes.get(nodeId);
    if (node) state.nodes.set(nodeId as string, { ...node, heldDecision: payload.originalDecision as JsonObject });
  },
  "node.dispatched": (state, event) => {
    const { childRunId, childStatus = "running" } = event.payload as Record<string, string>;
    if (childRunId === undefined) return;
    const told = event.nodeId === undefined ? undefined : state.nodes.get(event.nodeId)?.child;
    // What the child told itself is newer.
    if (told?.runId !== childRunId || told.toldSequence < 0) noteChild(state, childRunId, childStatus as RunStatus);
    changeChild(state, event.nodeId, (child) => (child.runId === childRunId ? { ...child, begun: true } : child));
  },
  "parley.child.status-changed": (state, event) => {
    const payload = event.payload as { nodeId: string; childRunId: string; status: RunStatus; sequence: number };
    noteChild(state, payload.childRunId, payload.status);
    changeChild(state, payload.nodeId, (child) => ({ ...child, toldSequence: payload.sequence }));
    setMirror(state, payload.nodeId, payload.status.startsWith("waiting-") ? payload.status : undefined);
  },
  "agent.toolReturned": (state, { payload }) => {
    if (typeof payload.childRunId !== "string") return;
    const { code } = (payload.error ?? {}) as { code?: string };
    const failed = code === "child_cancelled" ? "cancelled" : "failed";
    noteChild(state, payload.childRunId, payload.status === "ok" ? "completed" : failed);
  },
};

/** A node that ends waits for no child any more; how the child ended stands in the node's own end. */
export function endChildWait(state: RunState, event: RunEvent, node: NodeState): NodeState {
  const { child, ...rest } = node;
  if (!child) return node;
  setMirror(state, event.nodeId ?? String(event.payload.nodeId), undefined);
  const status = childStatusIn(event.payload, child);
  // A child that nobody created, and nobody will, is no run.
  if (status !== undefined && (child.begun || status !== "cancelled")) noteChild(state, child.runId, status);
  return rest;
}

/** What the end of a node with a child says of it. */
function childStatusIn(payload: RunEvent["payload"], child: ChildWait): RunStatus | undefined {
  if (Array.isArray(payload.childRunIds)) return payload.childRunIds.includes(child.runId) ? "cancelled" : undefined;
  const error = payload.error as { details?: JsonObject } | undefined;
  const told = (payload.outputs ?? error?.details ?? {}) as JsonObject;
  return told.childRunId === child.runId ? (told.childStatus as RunStatus | undefined) : undefined;
}

function waitFor(state: RunState, nodeId: string, runId: string, workflowId: string): void {
  const node = state.nodes.get(nodeId);
  if (!node) return;
  state.nodes.set(nodeId, { ...node, child: { runId, workflowId, begun: false, toldSequence: -1 } });
}

function changeChild(state: RunState, nodeId: string | undefined, change: (child: ChildWait) => ChildWait): void {
  const node = nodeId === undefined ? undefined : state.nodes.get(nodeId);
  if (node?.child) state.nodes.set(nodeId as string, { ...node, child: change(node.child) });
}

function noteChild(state: RunState, runId: string, status: RunStatus): void {
  const known = state.childRuns.find((child) => child.runId === runId);
  if (!known) state.childRuns = [...state.childRuns, { runId, status }];
  else if (known.status !== status && !isTerminalStatus(known.status)) {
    state.childRuns = state.childRuns.map((child) => (child === known ? { runId, status } : child));
  }
}

/** A node whose child waits does not keep the run running. */
function setMirror(state: RunState, nodeId: string, status: RunStatus | undefined): void {
  if (status === undefined && !state.mirrors.has(nodeId)) return;
  const mirrors = new Map(state.mirrors);
  if (status === undefined) mirrors.delete(nodeId);
  else mirrors.set(nodeId, status);
  state.mirrors = mirrors;
}
