// Resolving a node's input ports (runs.md §5.2): explicit values first, then what edges deliver.
// A node without incoming edges and without ports of its own sees the run's inputs as port `input`.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { PortValue } from "#protocol/workflows.ts";
import { evaluate } from "./expression/expression.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { contribution } from "./readiness.ts";
import type { RunState } from "./state.ts";

export type ResolvedInputs =
  | { ok: true; inputs: JsonObject; deliveries: Json[] }
  | { ok: false; port: string; message: string };

export function resolveInputs(graph: Graph, node: GraphNode, state: RunState): ResolvedInputs {
  const { inputs, deliveries } = deliveredByEdges(graph, node, state);
  const ports = Object.entries(node.definition.inputs);
  if (ports.length === 0 && node.incoming.length === 0) inputs.input = state.inputs;
  for (const [port, value] of ports) {
    const resolved = resolvePort(port, value, node, state);
    if (typeof resolved === "string") return { ok: false, port, message: resolved };
    if (resolved.value !== undefined) define(inputs, port, resolved.value);
  }
  return { ok: true, inputs, deliveries };
}

function deliveredByEdges(graph: Graph, node: GraphNode, state: RunState) {
  const inputs: JsonObject = {};
  const deliveries: Json[] = [];
  for (const edge of node.incoming) {
    if (contribution(graph, edge, state) !== "completed") continue;
    const outputs = state.nodes.get(edge.source)?.outputs ?? {};
    const port = edge.sourceOutput ?? "output";
    if (!Object.hasOwn(outputs, port)) continue;
    define(inputs, edge.targetInput ?? "input", outputs[port] as Json);
    deliveries.push(outputs[port] as Json);
  }
  return { inputs, deliveries };
}

/** The value (undefined = leave the port out), or a message why it cannot be had. */
function resolvePort(
  port: string,
  value: PortValue,
  node: GraphNode,
  state: RunState,
): { value: Json | undefined } | string {
  switch (value.type) {
    case "static":
      return { value: value.value as Json };
    case "connection": {
      const outputs = state.nodes.get(value.nodeId)?.outputs;
      if (outputs && Object.hasOwn(outputs, value.outputKey)) return { value: outputs[value.outputKey] };
      return value.optional ? { value: undefined } : `node ${value.nodeId} has no output ${value.outputKey}`;
    }
    case "variable": {
      const found = state.variables.get(value.variableName);
      if (found !== undefined) return { value: found };
      return value.optional ? { value: undefined } : `variable ${value.variableName} has no value`;
    }
    case "expression":
      return evaluatePort(port, node, state);
  }
}

function evaluatePort(port: string, node: GraphNode, state: RunState): { value: Json } | string {
  const program = node.programs.get(port);
  if (!program) return `port ${port} has no program`;
  const result = evaluate(program, expressionRoot(state));
  return result.ok ? { value: result.value } : `expression failed: ${result.error.message}`;
}

/** What an `expression` port sees: `{inputs, variables, nodes: {id: {status, outputs}}}`. */
function expressionRoot(state: RunState): Json {
  const nodes: JsonObject = {};
  for (const [id, node] of state.nodes) {
    define(nodes, id, { status: node.status, outputs: node.outputs ?? {} });
  }
  const variables: JsonObject = {};
  for (const [name, value] of state.variables) define(variables, name, value);
  return { inputs: state.inputs, variables, nodes };
}

/** An own member whatever the key is called (`__proto__` included). */
function define(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
