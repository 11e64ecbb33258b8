// Builders of workflow documents: what a test does not name has the plainest value the schema allows.

export interface NodeSpec {
  id: string;
  typeId: string;
  config?: object;
  inputs?: object;
  settings?: object;
  disabled?: boolean;
  agent?: object;
  compensation?: object;
  irreversibleEffect?: boolean;
}

export interface EdgeSpec {
  from: string;
  to: string;
  id?: string;
  condition?: object;
  triggerRule?: string;
  sourceOutput?: string;
  targetInput?: string;
}

export interface WorkflowSpec {
  nodes: NodeSpec[];
  edges?: EdgeSpec[];
  variables?: object[];
  triggers?: object[];
  settings?: object;
  /** More members of the document. */
  more?: object;
}

/** A complete workflow document. */
export function workflow(id: string, spec: WorkflowSpec) {
  return {
    id,
    name: id,
    version: "1.0",
    nodes: spec.nodes.map((node, at) => ({
      name: node.id,
      position: { x: at * 100, y: 0 },
      config: {},
      inputs: {},
      ...node,
    })),
    edges: (spec.edges ?? []).map(({ from, to, ...edge }) => ({
      id: `${from}-${to}`,
      sourceNodeId: from,
      targetNodeId: to,
      ...edge,
    })),
    triggers: spec.triggers ?? [{ id: "manual", type: "manual", enabled: true }],
    variables: spec.variables ?? [],
    metadata: {},
    settings: spec.settings ?? {},
    ...spec.more,
  };
}

/** Nodes of one type, one after the other. */
export function chain(id: string, typeId: string, nodeIds: string[]) {
  return workflow(id, {
    nodes: nodeIds.map((nodeId) => ({ id: nodeId, typeId })),
    edges: nodeIds.slice(1).map((to, at) => ({ from: nodeIds[at] as string, to })),
  });
}
