// The ways back of a workflow: which edges of its approval gates lead to a node above, and what lies between
// (loopback.ts says what they mean).

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { WorkflowDefinition, WorkflowNode } from "#protocol/workflows.ts";
import { APPROVAL_GATE } from "./loop.ts";
import { reach } from "./reach.ts";

/** What a gate sees of its ways back. */
export interface WaysBack {
  /** How often it sent back before. */
  readonly iterations: number;
  readonly limit: number;
  /** The edge that an answer takes; undefined: none, or the limit is reached. */
  edgeFor(action: "refine" | "reject", result: JsonObject): string | undefined;
}

const DEFAULT_ITERATIONS = 5;

/** How often anything of the workflow may be sent back, or start itself again. */
export function loopbackLimitOf({ settings }: WorkflowDefinition): number {
  return settings.maxLoopbackIterations ?? DEFAULT_ITERATIONS;
}

/** One way back from a gate. */
export interface Loopback<Edge> {
  edge: Edge;
  /** The nodes that run again, target and gate included. */
  between: readonly string[];
}

function offersWayBack({ typeId, config }: WorkflowNode): boolean {
  if (typeId !== APPROVAL_GATE) return false;
  const actions = isJsonObject(config as Json) ? config.actions : undefined;
  return !Array.isArray(actions) || actions.includes("refine") || actions.includes("reject");
}

type Shape = Pick<WorkflowDefinition, "nodes" | "edges">;

/**
 * Ids of the loopback edges. An edge back is one to a node that is being walked: the walk begins at the nodes without
 * incoming edges, then at those that stand first in the document. `skip`: edges of the orchestration loops.
 */
export function loopbackEdgesOf({ nodes, edges }: Shape, skip: { has(edgeId: string): boolean }): Set<string> {
  const gates = new Set(nodes.filter(offersWayBack).map(({ id }) => id));
  const found = new Set<string>();
  if (!edges.some(({ sourceNodeId }) => gates.has(sourceNodeId))) return found;
  const outgoing = new Map<string, Shape["edges"]>(nodes.map(({ id }) => [id, []]));
  const entered = new Set<string>();
  for (const edge of edges) {
    if (skip.has(edge.id)) continue;
    outgoing.get(edge.sourceNodeId)?.push(edge);
    entered.add(edge.targetNodeId);
  }
  const walked = new Map<string, "open" | "done">();
  const roots = nodes.filter(({ id }) => !entered.has(id));
  for (const { id: root } of [...roots, ...nodes]) {
    if (walked.has(root)) continue;
    walked.set(root, "open");
    const path = [{ id: root, at: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = outgoing.get(top.id)?.[top.at];
      top.at += 1;
      if (!edge) {
        walked.set(top.id, "done");
        path.pop();
      } else if (walked.get(edge.targetNodeId) === "open" && gates.has(edge.sourceNodeId)) {
        found.add(edge.id);
      } else if (!walked.has(edge.targetNodeId)) {
        walked.set(edge.targetNodeId, "open");
        path.push({ id: edge.targetNodeId, at: 0 });
      }
    }
  }
  return found;
}

interface Joined {
  id: string;
  source: string;
  target: string;
}

/** The edges forward into and out of a node. */
interface Node {
  incoming: readonly Joined[];
  outgoing: readonly Joined[];
}

/** The ways back by gate, in the order of the edges. `nodes` hold the edges forward only. */
export function loopbacksOf<Edge extends Joined>(
  edges: readonly Edge[],
  nodes: ReadonlyMap<string, Node>,
): Map<string, Loopback<Edge>[]> {
  const byGate = new Map<string, Loopback<Edge>[]>();
  const nodeOf = (id: string) => nodes.get(id) as Node;
  for (const edge of edges) {
    const below = reach(edge.target, (id) => nodeOf(id).outgoing.map(({ target }) => target));
    const above = reach(edge.source, (id) => nodeOf(id).incoming.map(({ source }) => source));
    const between = [...below].filter((id) => above.has(id));
    byGate.set(edge.source, [...(byGate.get(edge.source) ?? []), { edge, between }]);
  }
  return byGate;
}
