// Is this document a workflow this host can run? Everything is checked before anything is stored (runs.md §5.7).
// All problems are reported, not the first only.

import { gatedNodeTypes } from "#protocol/capabilities.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import { checkChannels } from "./channels/check.ts";
import { checkChannelTriggers } from "./channels/check-triggers.ts";
import { checkCompensation } from "./compensation/check.ts";
import type { DefinitionProblem } from "./definition-problem.ts";
import type { EngineEnvironment } from "./engine.ts";
import { compileCondition } from "./expression/condition.ts";
import { parseExpression } from "./expression/expression.ts";
import { topologicalOrder } from "./graph.ts";
import type { NodeProblem, NodeType } from "./node-type.ts";
import { checkWithheld } from "./withheld.ts";

export type { DefinitionProblem } from "./definition-problem.ts";

/** Problems of a document that already fits the schema `WorkflowDefinition`. `internal`: parley's own documents. */
export function checkDefinition(
  environment: EngineEnvironment,
  definition: WorkflowDefinition,
  internal: boolean,
): DefinitionProblem[] {
  return [
    ...definition.nodes.flatMap((node, at) => checkNode(environment, definition, node, `nodes[${at}]`, internal)),
    ...checkIds(definition),
    ...checkEdges(definition),
    ...checkChannels(environment, definition),
    ...checkChannelTriggers(environment, definition),
    ...checkFeatures(definition),
    ...checkCompensation(environment, definition, (node, path) =>
      checkNode(environment, definition, node, path, internal),
    ),
    ...(internal ? [] : checkWithheld(environment.switches, definition)),
  ];
}

function checkNode(
  environment: EngineEnvironment,
  definition: WorkflowDefinition,
  node: WorkflowNode,
  path: string,
  internal: boolean,
): DefinitionProblem[] {
  const type = environment.nodeTypes.get(node.typeId);
  if (!type || (type.internal && !internal)) return [refusedType(node, path)];
  const isShipped = internal && isShippedNode(environment, type, node);
  const config = isShipped ? [] : checkConfig(environment, type, definition, node);
  const problems: NodeProblem[] = [...config, ...checkPorts(definition, node)];
  const shown = problems.map((problem) => ({
    path: `${path}.${problem.path}`,
    message: problem.message,
    nodeId: node.id,
    ...(problem.requiredCapability !== undefined && {
      requiredCapability: problem.requiredCapability,
      offendingTypeId: node.typeId,
      ...(problem.invalid && { invalid: problem.invalid }),
    }),
  }));
  return [...shown, ...checkAgent(node, path)];
}

/** A pin names the agent of a node; one that follows a deployment channel has nothing to follow here (agents.md §1). */
function checkAgent(node: WorkflowNode, path: string): DefinitionProblem[] {
  if (node.agent?.channel === undefined) return [];
  return [{ path: `${path}.agent.channel`, message: "This host has no deployments.", nodeId: node.id }];
}

function refusedType(node: WorkflowNode, path: string): DefinitionProblem {
  const requiredCapability = Object.hasOwn(gatedNodeTypes, node.typeId) ? gatedNodeTypes[node.typeId] : undefined;
  return {
    path: `${path}.typeId`,
    nodeId: node.id,
    offendingTypeId: node.typeId,
    message: `This host does not offer the node type ${node.typeId}.`,
    ...(requiredCapability === undefined ? { reason: "unknown_node_type" as const } : { requiredCapability }),
  };
}

function checkConfig(
  environment: EngineEnvironment,
  type: NodeType,
  definition: WorkflowDefinition,
  node: WorkflowNode,
): NodeProblem[] {
  const problems = type.config ? environment.validate(type.config, node.config) : [];
  if (problems.length > 0) return problems.map(({ path, message }) => ({ path: `config${path}`, message }));
  const offered = {
    nodeType: (typeId: string) => environment.nodeTypes.has(typeId),
    capability: (name: string) => !environment.switches?.isWithheld(name),
  };
  return type.check?.(node, definition, offered) ?? [];
}

/** A node of a document that parley ships, with the config that only those may have. */
function isShippedNode(
  { validate }: EngineEnvironment,
  { shippedConfig }: NodeType,
  { config }: WorkflowNode,
): boolean {
  return shippedConfig !== undefined && validate(shippedConfig, config).length === 0;
}

function checkPorts(definition: WorkflowDefinition, node: WorkflowNode): { path: string; message: string }[] {
  return Object.entries(node.inputs).flatMap(([port, value]) => {
    const path = `inputs.${port}`;
    if (value.type === "expression") {
      const parsed = parseExpression(value.expression);
      return parsed.ok ? [] : [{ path: `${path}.expression`, message: parsed.error.message }];
    }
    if (value.type === "connection" && !definition.nodes.some((other) => other.id === value.nodeId)) {
      return [{ path: `${path}.nodeId`, message: `There is no node ${value.nodeId}.` }];
    }
    return [];
  });
}

function checkIds(definition: WorkflowDefinition): DefinitionProblem[] {
  return [
    ...duplicates(
      "nodes",
      definition.nodes.map((node) => node.id),
    ),
    ...duplicates(
      "edges",
      definition.edges.map((edge) => edge.id),
    ),
    ...duplicates(
      "triggers",
      definition.triggers.map((trigger) => trigger.id),
    ),
    ...duplicates(
      "variables",
      definition.variables.map((variable) => variable.name),
    ),
  ];
}

function duplicates(list: string, ids: string[]): DefinitionProblem[] {
  const seen = new Set<string>();
  const problems: DefinitionProblem[] = [];
  for (const [at, id] of ids.entries()) {
    if (seen.has(id)) problems.push({ path: `${list}[${at}]`, message: `${id} stands twice in ${list}.` });
    seen.add(id);
  }
  return problems;
}

function checkEdges(definition: WorkflowDefinition): DefinitionProblem[] {
  const ids = new Set(definition.nodes.map((node) => node.id));
  const problems = definition.edges.flatMap((edge, at): DefinitionProblem[] => {
    const path = `edges[${at}]`;
    for (const end of ["sourceNodeId", "targetNodeId"] as const) {
      if (!ids.has(edge[end])) return [{ path: `${path}.${end}`, message: `There is no node ${edge[end]}.` }];
    }
    const condition = edge.condition && compileCondition(edge.condition as Parameters<typeof compileCondition>[0]);
    if (!condition || condition.ok) return [];
    return [{ path: `${path}.condition.${condition.error.field}`, message: condition.error.message }];
  });
  if (problems.length > 0 || topologicalOrder(definition) !== undefined) return problems;
  return [{ path: "edges", message: "The edges form a cycle.", reason: "cycle_detected" }];
}

const offeredTriggers: ReadonlySet<string> = new Set(["manual", "schedule", "channel-write"]);

/** Parts of a document that would silently do nothing on this host are refused instead. */
function checkFeatures(definition: WorkflowDefinition): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  for (const [at, trigger] of definition.triggers.entries()) {
    if (trigger.enabled === false || offeredTriggers.has(trigger.type)) continue;
    problems.push({
      path: `triggers[${at}].type`,
      message: `This host does not offer ${trigger.type} triggers.`,
      requiredCapability: "triggerBridge.supported",
    });
  }
  return problems;
}
