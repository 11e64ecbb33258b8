// What an executor sees of its run, and how what it says enters the log.

import { sha256Base64Url } from "#protocol/canonical.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Readable, readableBy } from "./channels/read.ts";
import { type Draft, emit } from "./draft.ts";
import type { GraphNode } from "./graph.ts";
import { resolveInputs } from "./inputs.ts";
import type { NodeContext, NodeEvent, NodeOutcome } from "./node-type.ts";
import type { NodeState, RunState } from "./state.ts";
import { waysBackOf } from "./ways-back.ts";

/** Runs a step of the node's executor; inputs that cannot be resolved fail the node without running it. */
export function withContext(draft: Draft, node: GraphNode, step: (context: NodeContext) => NodeOutcome): NodeOutcome {
  const { state } = draft;
  const readable = readableOf(draft, node);
  const resolved = resolveInputs(draft.graph, node, state, readable);
  if (!resolved.ok) return { kind: "fail", error: resolved.error };
  return step({
    ...contextOf(draft, node, readable),
    inputs: resolved.inputs,
    deliveries: resolved.deliveries,
  });
}

function readableOf({ state, environment }: Draft, { definition }: GraphNode): Readable {
  return readableBy(state, definition, environment.validateForeign);
}

/** What an executor sees of a run, but its ports. */
export function contextOf(
  draft: Draft,
  node: GraphNode,
  readable: Readable = readableOf(draft, node),
): Omit<NodeContext, "inputs" | "deliveries"> {
  const { state, environment } = draft;
  const { start } = state;
  return {
    runId: start.runId,
    nodeId: node.definition.id,
    attempt: state.nodes.get(node.definition.id)?.attempt ?? 0,
    config: node.definition.config as JsonObject,
    runInputs: state.inputs,
    configurable: start.configurable,
    variables: readable.all(),
    readVariable: readable.read,
    channels: state.channelPlan.declared,
    workflow: draft.graph.definition,
    agent: node.definition.agent,
    isSensitive: (name) =>
      state.channelPlan.declared.get(name)?.sensitive === true || draft.graph.sensitiveVariables.includes(name),
    isWithheld: (capability) => environment.switches?.isWithheld(capability) ?? false,
    executionsOf: (typeId) => countExecutions(state, typeId),
    waysBack: waysBackOf(draft.graph, state, node.definition.id),
    feedbackPort: state.loopback?.feedback.get(node.definition.id)?.port,
    turn: start.turn,
    depth: start.parent?.depth ?? 0,
    node: stateOf(draft, node.definition.id),
    orchestration: state.orchestration,
    nowMs: draft.nowMs,
    ids: draft.ids,
    tools: environment.tools,
    validateForeign: environment.validateForeign,
    effectId: (ordinal, providerKey) =>
      invocationId(
        start.tenantId,
        start.runId,
        inRound(stateOf(draft, node.definition.id), node),
        ordinal,
        providerKey,
      ),
    routesOn: (result) => node.outgoing.some((edge) => edge.test?.(result)),
  };
}

function countExecutions(state: RunState, typeId: string): number {
  let count = 0;
  for (const node of state.nodes.values()) if (node.typeId === typeId) count += node.execution + 1;
  return count;
}

/** Writes events of a node, each with the cause it names. */
export function emitAll(draft: Draft, nodeId: string, events: readonly NodeEvent[]): void {
  const written: RunEvent[] = [];
  for (const { type, payload, causedBy } of events) {
    const causationId = typeof causedBy === "object" ? written[causedBy.eventAt]?.eventId : causedBy;
    written.push(emit(draft, type, payload, { nodeId, ...(causationId !== undefined && { causationId }) }));
  }
}

export function stateOf(draft: Draft, nodeId: string): NodeState {
  const node = draft.state.nodes.get(nodeId);
  if (!node) throw new Error(`node ${nodeId} has not started`);
  return node;
}

/** The node as effects name it: after control went back over it, what it does is another effect. */
export function inRound({ round }: NodeState, { definition }: GraphNode): string {
  return round === undefined ? definition.id : `${definition.id}@${round}`;
}

/** Layer-2 identity (runs.md §3.2): the same for every attempt of the same logical effect. */
export function invocationId(
  tenantId: string,
  runId: string,
  nodeId: string,
  ordinal: number,
  providerKey: string,
): string {
  return sha256Base64Url(["openwop:activity:v2", tenantId, runId, nodeId, String(ordinal), providerKey].join("\0"));
}
