// The workflow of a roster entry: what a turn of the agent is run as. Everything the agent is made of stands in it, so
// the hash that a run pins names manifest, prompt and bounds as well (architecture, "Delegation").
//
//   a conversation agent or a worker   one node, `private.parley.agent`
//   a supervisor                       the loop `core.orchestrator.supervisor` ⇄ `core.dispatch`

import { DISPATCH, SUPERVISOR } from "#engine/loop.ts";
import { AGENT } from "#engine/nodes/agent.ts";
import type { AgentConfig, Colleague } from "#engine/turn/config.ts";
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from "#protocol/workflows.ts";
import type { Roster, RosterAgent } from "./roster.ts";

/** Id of the workflow that runs a turn of an agent: `agent-chief` for `host:chief`. */
export function workflowIdOf(rosterId: string): string {
  return rosterId.replace(/^host:/, "agent-");
}

export function workflowOf(agent: RosterAgent, roster: Pick<Roster, "get">): WorkflowDefinition {
  const colleagues = [...agent.workers, ...agent.delegates].flatMap((id) => colleagueOf(roster.get(id)));
  const config = configOf(agent, colleagues) as unknown as WorkflowNode["config"];
  const isSupervisor = agent.role === "supervisor";
  return {
    id: workflowIdOf(agent.rosterId),
    name: agent.persona,
    version: "1.0.0",
    ...(agent.description !== undefined && { description: agent.description }),
    nodes: isSupervisor
      ? [node("lead", SUPERVISOR, "Lead", 0, config), node("dispatch", DISPATCH, "Dispatch", 1, {})]
      : [node("turn", AGENT, "Turn", 0, config)],
    edges: isSupervisor ? [edge("lead", "dispatch"), edge("dispatch", "lead")] : [],
    triggers: [],
    variables: [
      {
        name: "text",
        type: "string",
        description: "What to do, when no chat says it.",
        required: false,
        sensitive: false,
      },
    ],
    metadata: { tags: ["agent"] },
    settings: { maxRetries: 0 },
  };
}

function configOf(agent: RosterAgent, colleagues: Colleague[]): AgentConfig {
  const { rosterId, agentId, persona, modelClass, model, manifestHash, tools, bounds, prompt } = agent;
  return {
    agent: rosterId,
    agentId,
    persona,
    modelClass,
    model,
    systemPrompt: prompt.text,
    promptRef: `${prompt.ref}@sha256:${prompt.hash}`,
    promptHash: prompt.hash,
    manifestHash,
    tools,
    colleagues,
    bounds,
  };
}

function colleagueOf(agent: RosterAgent | undefined): Colleague[] {
  if (!agent) return [];
  const { rosterId, persona, agentId, description = persona } = agent;
  return [{ rosterId, workflowId: workflowIdOf(rosterId), persona, agentId, description }];
}

function node(id: string, typeId: string, name: string, column: number, config: WorkflowNode["config"]): WorkflowNode {
  return { id, typeId, name, position: { x: column * 200, y: 0 }, config, inputs: {} };
}

function edge(source: string, target: string): WorkflowEdge {
  return { id: `${source}-${target}`, sourceNodeId: source, targetNodeId: target };
}
