// The hand-over of work to a worker, in the words of the protocol: one `core.workflowChain.event` per transition, each
// following from the one before it (agents.md §9.2). A phase that did not happen is not written.

import type { RunError } from "#protocol/errors.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { NodeContext, NodeEvent } from "../node-type.ts";
import { isRoster } from "../orchestration/config.ts";
import type { ChildEnd } from "./state.ts";

/** The agent that a document names first: who works, when it runs as a worker. */
export function pinnedAgentOf({ nodes }: WorkflowDefinition): string | undefined {
  return nodes.find(({ agent }) => agent !== undefined)?.agent?.agentId;
}

type Cause = Pick<NodeEvent, "causedBy">;

/** The latest event of the hand-over that stands in the log. */
function latest({ node }: NodeContext): Cause {
  const { eventId } = node.child ?? {};
  return eventId === undefined ? {} : { causedBy: eventId };
}

function chainEvent({ runId }: NodeContext, workerId: string, rest: JsonObject, cause: Cause): NodeEvent {
  return {
    type: "core.workflowChain.event",
    payload: { workerId, parentRunId: runId, ...rest } as JsonObject,
    ...cause,
  };
}

/** Follows from the decision. */
export function noteBegun(context: NodeContext, workerId: string): NodeEvent {
  return chainEvent(context, workerId, { phase: "dispatch.began" }, {});
}

/** The child stands, and control has passed to its agent where its document names another one (agents.md §3.3). */
export function noteStarted(context: NodeContext, workerId: string, agentId: string | undefined): NodeEvent[] {
  const { node, orchestration } = context;
  const childRunId = node.child?.runId ?? "";
  const started = chainEvent(context, workerId, { phase: "dispatch.succeeded", childRunId }, latest(context));
  const fromAgentId = orchestration?.agent.agentId;
  // The roster's own loop says it with the plan.
  if (isRoster(context) || agentId === undefined || fromAgentId === undefined || agentId === fromAgentId)
    return [started];
  return [started, { type: "agent.handoff", payload: { fromAgentId, toAgentId: agentId } }];
}

export function noteNotStarted(context: NodeContext, workerId: string, { code, message }: RunError): NodeEvent {
  return chainEvent(context, workerId, { phase: "dispatch.failed", error: { code, message } }, latest(context));
}

/**
 * How the child ended, and what was taken from it. `harvestedKeys` undefined: nothing was to be taken. Where its end
 * comes before the news that it began, that is written first.
 */
export function noteChildEnd(
  context: NodeContext,
  child: ChildEnd,
  harvestedKeys: readonly string[] | undefined,
): NodeEvent[] {
  const { childRunId, workflowId, status } = child;
  const events = context.node.child?.begun ? [] : noteStarted(context, workflowId, child.agentId);
  const cause: Cause = events.length === 0 ? latest(context) : { causedBy: { eventAt: 0 } };
  const error = child.error && status === "failed" ? { error: { ...child.error } } : {};
  events.push(chainEvent(context, workflowId, { phase: `child.${status}`, childRunId, ...error }, cause));
  if (harvestedKeys) {
    const payload = { phase: "output.harvested", childRunId, harvestedKeys: [...harvestedKeys] };
    events.push(chainEvent(context, workflowId, payload, { causedBy: { eventAt: events.length - 1 } }));
  }
  const payload = { childRunId, childWorkflowId: workflowId, childStatus: status };
  events.push({ type: "node.dispatched", payload });
  return events;
}
