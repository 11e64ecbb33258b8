// The agent that a run is a turn of: what its snapshot names before any event does (agents.md §1).

import type { JsonObject } from "#protocol/json.ts";
import type { AgentRef } from "#protocol/workflows.ts";
import type { Graph } from "./graph.ts";
import { AGENT } from "./nodes/agent.ts";
import { isShippedSupervisor } from "./orchestration/config.ts";
import { agentConfigOf } from "./turn/config.ts";

/** The agent of a workflow of the roster, in the version that stands in it; undefined for any other workflow. */
export function agentOf(graph: Graph): AgentRef | undefined {
  const node = graph.definition.nodes.find((node) => node.typeId === AGENT || isShippedSupervisor(node));
  if (!node) return undefined;
  const { agentId, persona, manifestHash } = agentConfigOf(node.config as JsonObject);
  return { agentId, name: persona, version: manifestHash };
}
