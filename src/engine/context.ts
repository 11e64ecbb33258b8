// What an executor sees of its run, and how what it says enters the log.

import { sha256Base64Url } from "#protocol/canonical.ts";
import type { RunEvent } from "#protocol/events.ts";
import type { JsonObject } from "#protocol/json.ts";
import { type Draft, emit } from "./draft.ts";
import type { GraphNode } from "./graph.ts";
import { resolveInputs } from "./inputs.ts";
import type { NodeContext, NodeEvent, NodeOutcome } from "./node-type.ts";
import type { NodeState } from "./state.ts";

/** Runs a step of the node's executor; inputs that cannot be resolved fail the node without running it. */
export function withContext(draft: Draft, node: GraphNode, step: (context: NodeContext) => NodeOutcome): NodeOutcome {
  const { state } = draft;
  const resolved = resolveInputs(draft.graph, node, state);
  if (!resolved.ok) {
    return {
      kind: "fail",
      error: { code: "validation_error", message: resolved.message, details: { port: resolved.port } },
    };
  }
  return step({
    ...contextOf(draft, node),
    inputs: resolved.inputs,
    deliveries: resolved.deliveries,
  });
}

/** What an executor sees of a run, but its ports. */
export function contextOf(draft: Draft, node: GraphNode): Omit<NodeContext, "inputs" | "deliveries"> {
  const { state, environment } = draft;
  const { start } = state;
  return {
    runId: start.runId,
    nodeId: node.definition.id,
    attempt: state.nodes.get(node.definition.id)?.attempt ?? 0,
    config: node.definition.config as JsonObject,
    runInputs: state.inputs,
    configurable: start.configurable,
    variables: Object.fromEntries(state.variables),
    turn: start.turn,
    depth: start.parent?.depth ?? 0,
    node: stateOf(draft, node.definition.id),
    orchestration: state.orchestration,
    nowMs: draft.nowMs,
    ids: draft.ids,
    tools: environment.tools,
    validateForeign: environment.validateForeign,
    effectId: (ordinal, providerKey) =>
      invocationId(start.tenantId, start.runId, node.definition.id, ordinal, providerKey),
    routesOn: (result) => node.outgoing.some((edge) => edge.test?.(result)),
  };
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
