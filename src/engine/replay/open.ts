// Opening a branch: what stood open in the source at the fork point is opened anew, for the fork alone.
//
//   O1. A question is asked again: the same words and deadline left, an id and a row of its own, no votes yet; but not in
//       a conversation that was closed.
//   O2. A sleep, or the pause before a retry, goes on for the time that was left.
//   O3. A node that had only begun does what its beginning means: its effects are planned under the fork's identity.
//   O4. A node that was answered and did not get to act on it acts on it.
//   O5. Any other node that was at work begins a new attempt: what it had under way belongs to the source.

import type { RunEvent } from "#protocol/events.ts";
import type { Json } from "#protocol/json.ts";
import { rearmTriggers } from "../channels/fire.ts";
import { withContext } from "../context.ts";
import { type Draft, emit } from "../draft.ts";
import type { GraphNode } from "../graph.ts";
import { raiseInterrupt } from "../interrupts.ts";
import { APPROVAL_GATE } from "../loop.ts";
import type { NodeOutcome } from "../node-type.ts";
import { applyOutcome, armNodeTimeout, startNode } from "../outcomes.ts";
import type { NodeState, OpenInterrupt } from "../state.ts";
import { setNodeTimer } from "../timers.ts";
import type { Opening } from "./command.ts";

export function openFork(draft: Draft, opening: Opening): void {
  // Everything before now happened on the source's time.
  const forkedMs = draft.state.lastEventMs;
  for (const [name, next] of Object.entries(opening.variables)) overlay(draft, name, next);
  for (const nodeId of draft.graph.order) {
    const state = draft.state.nodes.get(nodeId);
    const node = draft.graph.nodes.get(nodeId);
    if (state && node) openNode(draft, node, state, { opening, forkedMs });
  }
  rearmTriggers(draft);
}

function overlay(draft: Draft, name: string, next: Json): void {
  const previous = draft.state.variables.get(name);
  emit(draft, "variable.changed", { name, ...(previous !== undefined && { previous }), next });
}

interface Scene {
  opening: Opening;
  forkedMs: number;
}

function openNode(draft: Draft, node: GraphNode, state: NodeState, scene: Scene): void {
  const last = scene.opening.lastEvents.get(node.definition.id);
  switch (state.status) {
    case "waiting":
      return goOnAsking(draft, node, state, scene);
    case "retrying":
      return retryLater(draft, node, last, scene.forkedMs);
    case "running":
      return workAgain(draft, node, state, last, scene.forkedMs);
    default:
      return;
  }
}

function goOnAsking(draft: Draft, node: GraphNode, { attempt }: NodeState, scene: Scene): void {
  const interrupt = draft.state.waiting.get(node.definition.id);
  if (!interrupt) return;
  if (isTalkedOut(draft, node)) return endTalk(draft, node, interrupt);
  // Nobody is asked to open a conversation: it was about to be.
  if (interrupt.kind === "conversation.start") return beginAgain(draft, node, attempt);
  askAgain(draft, node, interrupt, scene);
}

/** Its conversation was closed, and that is all that was written of its answer. */
function isTalkedOut({ state }: Draft, { definition: { id } }: GraphNode): boolean {
  const conversation = state.nodes.get(id)?.conversation;
  return conversation?.closed === true && state.waiting.get(id)?.data.conversationId === conversation.conversationId;
}

/** Nothing is said after the close: the node goes on with what it came to. */
function endTalk(draft: Draft, node: GraphNode, { interruptId, kind }: OpenInterrupt): void {
  const { id: nodeId } = node.definition;
  const resumeValue = draft.state.nodes.get(nodeId)?.conversation?.outcome ?? null;
  const resolved = { nodeId, interruptId, kind, resumeValue, resolvedBy: "system", resolvedAt: draft.timestamp };
  emit(draft, "interrupt.resolved", resolved, { nodeId });
  emit(draft, "node.resumed", { nodeId, interruptId, resumeValue }, { nodeId });
  applyOutcome(draft, node, answered(draft, node, resumeValue));
}

function askAgain(draft: Draft, node: GraphNode, interrupt: OpenInterrupt, scene: Scene): void {
  const { kind, data, resumeSchema, deadlineMs, key } = interrupt;
  const { fork } = draft.state.start;
  const row = scene.opening.interrupts.get(interrupt.interruptId);
  raiseInterrupt(draft, node, {
    kind,
    data,
    ...(resumeSchema && { resumeSchema }),
    ...(deadlineMs !== undefined && { timeoutMs: Math.max(1, deadlineMs - scene.forkedMs) }),
    authRequired: row?.authRequired ?? false,
    key: key.replace(`${fork?.sourceRunId}:`, `${draft.state.start.runId}:`),
    mirrorApproval: node.definition.typeId === APPROVAL_GATE,
  });
}

function retryLater(draft: Draft, node: GraphNode, last: RunEvent | undefined, forkedMs: number): void {
  const delayMs = Number(last?.payload.delayMs ?? 0);
  const passedMs = last ? forkedMs - Date.parse(last.timestamp) : 0;
  setNodeTimer(draft, node.definition.id, "retry", draft.nowMs + Math.max(0, delayMs - passedMs));
}

function workAgain(
  draft: Draft,
  node: GraphNode,
  state: NodeState,
  last: RunEvent | undefined,
  forkedMs: number,
): void {
  if (last?.type === "node.resumed" && last.payload.resumeValue !== null) {
    return applyOutcome(draft, node, answered(draft, node, last.payload.resumeValue as Json));
  }
  const outcome = withContext(draft, node, (context) => node.type.start(context));
  if (last?.type === "node.started" || outcome.kind === "sleep") {
    applyOutcome(draft, node, outcome.kind === "sleep" ? restOf(outcome, forkedMs - state.startedMs) : outcome);
    return armNodeTimeout(draft, node);
  }
  beginAgain(draft, node, state.attempt);
}

function answered(draft: Draft, node: GraphNode, answer: Json): NodeOutcome {
  return withContext(
    draft,
    node,
    (context) => node.type.onAnswer?.(context, answer) ?? { kind: "complete", outputs: { output: answer } },
  );
}

function restOf(outcome: Extract<NodeOutcome, { kind: "sleep" }>, passedMs: number): NodeOutcome {
  return { ...outcome, durationMs: Math.max(0, outcome.durationMs - passedMs) };
}

function beginAgain(draft: Draft, node: GraphNode, attempt: number): void {
  const nodeId = node.definition.id;
  const message = "The run was forked while this attempt was under way.";
  const lastError = { code: "interrupted", message };
  emit(draft, "node.retried", { nodeId, attempt: attempt + 1, delayMs: 0, lastError }, { nodeId });
  startNode(draft, node, attempt + 1);
}
