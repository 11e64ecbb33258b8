// Resolving a node's input ports (runs.md §5.2): explicit values first, then what edges deliver.
// A node without incoming edges and without ports of its own sees the run's inputs as port `input`.

import type { RunError } from "#protocol/errors.ts";
import type { Json, JsonObject } from "#protocol/json.ts";
import type { PortValue } from "#protocol/workflows.ts";
import type { Readable } from "./channels/read.ts";
import { inputOf } from "./channels/triggers.ts";
import { evaluate } from "./expression/expression.ts";
import { setMember } from "./expression/values/kinds.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { contribution } from "./readiness.ts";
import type { RunState } from "./state.ts";

export type ResolvedInputs = { ok: true; inputs: JsonObject; deliveries: Json[] } | { ok: false; error: RunError };

export function resolveInputs(graph: Graph, node: GraphNode, state: RunState, readable: Readable): ResolvedInputs {
  const { inputs, deliveries } = deliveredByEdges(graph, node, state);
  const ports = Object.entries(node.definition.inputs);
  if (ports.length === 0 && node.incoming.length === 0) {
    const firing = state.triggers?.fired.get(node.definition.id);
    inputs.input = firing ? inputOf(firing) : state.inputs;
  }
  const told = state.loopback?.feedback.get(node.definition.id);
  if (told) setMember(inputs, told.port, told.value);
  for (const [port, value] of ports) {
    const resolved = resolvePort(port, value, node, state, readable);
    if (typeof resolved === "string") return refusal(port, { code: "validation_error", message: resolved });
    if ("refused" in resolved) return refusal(port, resolved.refused);
    if (resolved.value !== undefined) setMember(inputs, port, resolved.value);
  }
  return { ok: true, inputs, deliveries };
}

function refusal(port: string, error: RunError): ResolvedInputs {
  return { ok: false, error: { ...error, details: { ...error.details, port } } };
}

function deliveredByEdges(graph: Graph, node: GraphNode, state: RunState) {
  const inputs: JsonObject = {};
  const deliveries: Json[] = [];
  for (const edge of node.incoming) {
    if (contribution(graph, edge, state) !== "completed") continue;
    const outputs = state.nodes.get(edge.source)?.outputs ?? {};
    const port = edge.sourceOutput ?? "output";
    if (!Object.hasOwn(outputs, port)) continue;
    setMember(inputs, edge.targetInput ?? "input", outputs[port] as Json);
    deliveries.push(outputs[port] as Json);
  }
  return { inputs, deliveries };
}

/** The value (undefined = leave the port out), a message why it cannot be had, or who may not have it. */
function resolvePort(
  port: string,
  value: PortValue,
  node: GraphNode,
  state: RunState,
  readable: Readable,
): { value: Json | undefined } | { refused: RunError } | string {
  switch (value.type) {
    case "static":
      return { value: value.value as Json };
    case "connection": {
      const outputs = state.nodes.get(value.nodeId)?.outputs;
      if (outputs && Object.hasOwn(outputs, value.outputKey)) return { value: outputs[value.outputKey] };
      return value.optional ? { value: undefined } : `node ${value.nodeId} has no output ${value.outputKey}`;
    }
    case "variable": {
      const found = readable.read(value.variableName);
      if (!found.ok) return { refused: found.error };
      if (found.value !== undefined) return { value: found.value };
      return value.optional ? { value: undefined } : `variable ${value.variableName} has no value`;
    }
    case "expression":
      return evaluatePort(port, node, state, readable);
  }
}

function evaluatePort(port: string, node: GraphNode, state: RunState, readable: Readable): { value: Json } | string {
  const program = node.programs.get(port);
  if (!program) return `port ${port} has no program`;
  const result = evaluate(program, expressionRoot(state, readable));
  return result.ok ? { value: result.value } : `expression failed: ${result.error.message}`;
}

/** What an `expression` port sees: `{inputs, variables, nodes: {id: {status, outputs}}}`. */
function expressionRoot(state: RunState, readable: Readable): Json {
  const nodes: JsonObject = {};
  for (const [id, node] of state.nodes) {
    setMember(nodes, id, { status: node.status, outputs: node.outputs ?? {} });
  }
  return { inputs: state.inputs, variables: readable.all(), nodes };
}
