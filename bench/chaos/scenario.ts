// A scenario: a workflow of the load, and what must be true of its runs, whatever was killed meanwhile.

import type { WorkflowDefinition } from "#protocol/workflows.ts";
import type { ReceiverMode } from "./receiver.ts";

export type EffectClass = "read" | "keyed" | "unkeyed";

/** `completed`, or `failed:` and the code of the error. */
export type End = "completed" | `failed:${string}`;

export interface Scenario {
  workflowId: string;
  definition: WorkflowDefinition;
  /** How a run may end. */
  ends: readonly End[];
  /** How often it is chosen, relative to the others; 0: it is begun by other runs, or by the clock. */
  weight: number;
  /** Its effects, by node id. */
  effects: Readonly<Record<string, PlannedEffect>>;
  /** What its channels hold in the end. */
  channels?: Readonly<Record<string, unknown>>;
}

export interface PlannedEffect {
  class: EffectClass;
  mode: ReceiverMode;
}

export type Node = WorkflowDefinition["nodes"][number];
export type Edge = WorkflowDefinition["edges"][number];

export function scenario(
  workflowId: string,
  nodes: Node[],
  edges: Edge[],
  ends: readonly End[],
  weight: number,
  more: Partial<WorkflowDefinition> = {},
): Scenario {
  const definition: WorkflowDefinition = {
    id: workflowId,
    name: workflowId,
    version: "1.0.0",
    nodes,
    edges,
    triggers: [],
    variables: [],
    metadata: {},
    settings: {},
    ...more,
  };
  return { workflowId, definition, ends, weight, effects: {} };
}

export function node(id: string, typeId: string, config: Record<string, unknown> = {}): Node {
  return { id, typeId, name: id, position: { x: 0, y: 0 }, config, inputs: {} };
}

export function edge(sourceNodeId: string, targetNodeId: string): Edge {
  return { id: `${sourceNodeId}-${targetNodeId}`, sourceNodeId, targetNodeId };
}

/** One edge from each node to the next. */
export function inLine(nodes: readonly Node[]): Edge[] {
  return nodes.slice(1).map(({ id }, at) => edge((nodes[at] as Node).id, id));
}
