// What an executor sees of its run, and how what it says enters the log.

import { sha256Base64Url } from "#protocol/canonical.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Readable, readableBy } from "./channels/read.ts";
import { type Draft, emit } from "./draft.ts";
import type { GraphNode } from "./graph.ts";
import { resolveInputs } from "./inputs.ts";
import type { NodeContext, NodeEvent, NodeOutcome } from "./node-type.ts";
import { isSensitive } from "./seal.ts";
import type { NodeState, RunState } from "./state.ts";
import { waysBackOf } from "./ways-back.ts";

/** Runs a step of the node's executor; inputs that cannot be resolved fail the node without running it. */
export function withContext(draft: Draft, node: GraphNode, step: (context: NodeContext) => NodeOutcome): NodeOutcome {
  const { state } = draft;
  const readable = readableOf(draft, node);
  const resolved = resolveInputs(draft.graph, node, state, readable);
  if (!resolved.ok) return { kind: "fail", error: resolved.error };
  const { inputs, deliveries } = resolved;
  return step({ ...contextOf(draft, node, readable), inputs, deliveries });
}

function readableOf({ state, environment }: Draft, { definition }: GraphNode): Readable {
  return readableBy(state, definition, environment.validateForeign);
}

/** What an executor sees of a run, its ports left empty. */
export function contextOf(draft: Draft, node: GraphNode, readable: Readable = readableOf(draft, node)): NodeContext {
  const { state, environment } = draft;
  const { start } = state;
  return {
    runId: start.runId,
    nodeId: node.definition.id,
    attempt: state.nodes.get(node.definition.id)?.attempt ?? 0,
    config: node.definition.config as JsonObject,
    inputs: {},
    deliveries: [],
    runInputs: state.inputs,
    configurable: start.configurable,
    readVariable: readable.read,
    channels: state.channelPlan.declared,
    workflow: draft.graph.definition,
    agent: node.definition.agent,
    isSensitive: (name) => isSensitive(draft.graph, state, name),
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
    effectId: (ordinal, providerKey) => effectIdOf(draft, node, ordinal, providerKey),
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

/** Identity of an effect of a node: after control went back over it, what it does is another effect. */
export function effectIdOf(
  draft: Draft,
  { definition: { id } }: GraphNode,
  ordinal: number,
  providerKey: string,
): string {
  const { tenantId, runId } = draft.state.start;
  const { round } = stateOf(draft, id);
  return invocationId(tenantId, runId, round === undefined ? id : `${id}@${round}`, ordinal, providerKey);
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
