// What is wrong with the channel-write triggers of a document (runs.md §11.5).

import Type, { OneOf } from "#protocol/type.ts";
import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { EngineEnvironment } from "../engine.ts";
import { loopEdgesOf } from "../loop.ts";
import { lineageOf } from "../reach.ts";

const LONGEST_DEBOUNCE_MS = 60_000;

const ChannelTriggerConfig = Type.Object({
  channel: Type.String({ minLength: 1, maxLength: 256 }),
  onlyFrom: Type.Optional(OneOf(["child", "parent", "any"])),
  debounceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_DEBOUNCE_MS })),
});

interface TriggerProblem {
  path: string;
  message: string;
}

export function checkChannelTriggers(environment: EngineEnvironment, definition: WorkflowDefinition): TriggerProblem[] {
  return definition.triggers.flatMap((trigger, at) => {
    if (trigger.type !== "channel-write") return [];
    const path = `triggers[${at}]`;
    const config = environment
      .validate(ChannelTriggerConfig, trigger.config ?? {})
      .map((problem) => ({ path: `${path}.config${problem.path}`, message: problem.message }));
    const message = problemOfNode(definition, trigger.nodeId);
    return message === undefined ? config : [...config, { path: `${path}.nodeId`, message }];
  });
}

function problemOfNode(definition: WorkflowDefinition, nodeId: string | undefined): string | undefined {
  const { nodes, edges } = definition;
  if (nodeId === undefined) return "A channel-write trigger names the node it starts.";
  if (!nodes.some(({ id }) => id === nodeId)) return `There is no node ${nodeId}.`;
  if (edges.some(({ targetNodeId }) => targetNodeId === nodeId)) {
    return `Edges lead to node ${nodeId}: it would start by them, too.`;
  }
  const inLoop = new Set([...loopEdgesOf(definition).values()].map(({ tail }) => tail));
  const looping = [...lineageOf(nodeId, edges)].find((id) => inLoop.has(id));
  return looping && `An orchestration loop (node ${looping}) cannot be started again by a trigger.`;
}
