// Loopback: the second kind of cycle a workflow may have. An approval gate sends its artifact back to the node that
// made it, with what is to be changed; the way is walked again and the gate asks anew (interrupts-conversations.md §10,
// runs.md §5.4, docs/adr/0013).
//
//   L1. A loopback edge leads from a gate that offers `refine` or `reject` to a node above it. Every other cycle that is
//       no orchestration loop makes the document unsound.
//   L2. Only the nodes between the target and the gate run again; what else came of the producer stays.
//   L3. A gate sends back at most `settings.maxLoopbackIterations` times; then it offers no way back any more.

import type { JsonObject } from "#protocol/json.ts";
import { abandonNode } from "./abandon.ts";
import { type Draft, emit, nodeIn } from "./draft.ts";
import { settleRow } from "./ending.ts";
import type { GraphNode } from "./graph.ts";
import { isOpen, type NodeState } from "./state.ts";
import { endNodeTimer, type NodeTimer } from "./timers.ts";

/** Timers that belong to what a node was doing. */
const nodeTimers: readonly NodeTimer[] = ["delay", "retry", "node-timeout", "interrupt-timeout", "escalation"];

/** Control goes back along the edge: what lies between begins anew, and the target is told what to change. */
export function goBack(draft: Draft, gate: GraphNode, edgeId: string, feedback: JsonObject): void {
  const { id: nodeId } = gate.definition;
  const ways = draft.graph.loopbacks.get(nodeId) ?? [];
  const way = ways.find(({ edge }) => edge.id === edgeId) as (typeof ways)[number];
  const nodeIds = draft.graph.order.filter((id) => way.between.includes(id) && draft.state.nodes.has(id));
  for (const id of nodeIds) if (id !== nodeId) giveUp(draft, id);
  const { runId } = draft.state.start;
  for (const id of nodeIds) {
    draft.rows.push({ op: "dropEffects", runId, nodeId: id });
    for (const purpose of nodeTimers) endNodeTimer(draft, id, purpose);
  }
  emit(
    draft,
    "parley.loopback.taken",
    {
      nodeId,
      targetNodeId: way.edge.target,
      edgeId,
      iteration: (draft.state.loopback?.iterations.get(nodeId) ?? 0) + 1,
      nodeIds,
      port: way.edge.targetInput ?? "feedback",
      feedback,
    },
    { nodeId },
  );
}

/** A node that still works on what is sent back, beside the gate. */
function giveUp(draft: Draft, nodeId: string): void {
  const node = draft.state.nodes.get(nodeId) as NodeState;
  if (!isOpen(node)) return;
  if (node.status !== "retrying") abandonNode(draft, nodeIn(draft, nodeId));
  emit(draft, "node.cancelled", { nodeId, reason: "sent-back" }, { nodeId });
  if (node.interrupt) settleRow(draft, node.interrupt.interruptId, "cancelled", "system");
}
