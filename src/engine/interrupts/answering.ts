// An answer, a deadline, an escalation: what each does to the node that asked.
//
//   N1. A side answer (a question back, a turn of a conversation) leaves the question open.
//   N2. A way back is taken at once, whatever votes were cast: the artifact they were cast on is gone.
//   N3. A timer that fires early, for a question asked after the one it was set for, is set again and does nothing.

import type { Json, JsonObject } from "#protocol/json.ts";
import { writeState } from "../channels/completion.ts";
import { contextOf, emitAll, withContext } from "../context.ts";
import { closeConversation, endingOf, foldTurns } from "../conversation/closing.ts";
import { type Draft, nodeIn } from "../draft.ts";
import type { GraphNode } from "../graph.ts";
import { closeInterrupt, expireInterrupt } from "../interrupts.ts";
import type { NodeContext, NodeOutcome } from "../node-type.ts";
import { applyOutcome, failNode } from "../outcomes.ts";
import type { OpenInterrupt } from "../state.ts";
import { setNodeTimer } from "../timers.ts";
import { delegateInterrupt, escalateInterrupt } from "./approvers.ts";
import type { AnswerInterrupt, DelegateInterrupt } from "./commands.ts";
import { escalationOf } from "./people.ts";
import { recordVote, requiredApprovals } from "./votes.ts";

export function answerInterrupt(draft: Draft, command: AnswerInterrupt): void {
  const { nodeId, answer, by, voter } = command;
  const interrupt = draft.state.waiting.get(nodeId);
  if (!interrupt) return;
  const node = nodeIn(draft, nodeId);
  if (saidAside(draft, node, answer, by)) return;
  if (interrupt.kind === "approval" && isVote(interrupt, answer)) {
    const { action: given, feedback } = answer as JsonObject;
    const action = given === "reject" ? "reject" : "accept";
    const vote = { voter, by, action, ...(typeof feedback === "string" && { reason: feedback }) } as const;
    if (recordVote(draft, nodeId, interrupt, vote) === "open") return;
  }
  if (interrupt.kind === "conversation.exchange") closeConversation(draft, node, endingOf(answer));
  const resumeValue = resumeValueOf(interrupt, answer);
  closeInterrupt(draft, nodeId, interrupt, resumeValue, by);
  const step = (context: NodeContext): NodeOutcome =>
    node.type.onAnswer?.(context, resumeValue) ?? { kind: "complete", outputs: { output: resumeValue } };
  applyOutcome(draft, node, withContext(draft, node, step));
}

/** What the node goes on with: of a conversation its outcome, and null where nobody named one. */
function resumeValueOf({ kind }: OpenInterrupt, answer: Json): Json {
  return kind === "conversation.exchange" ? ((answer as JsonObject).outcome ?? null) : answer;
}

function isVote({ data }: OpenInterrupt, answer: Json): boolean {
  return requiredApprovals(data) > 1 && (answer as JsonObject).action !== "refine";
}

/** True: it was a side answer, and is written (N1). */
function saidAside(draft: Draft, node: GraphNode, answer: Json, by: string): boolean {
  const aside = node.type.onSideAnswer?.(contextOf(draft, node), answer, by);
  if (!aside) return false;
  emitAll(draft, node.definition.id, aside.events ?? []);
  foldTurns(draft, node, aside.turns ?? []);
  const written = writeState(draft, node, { variables: aside.variables ?? {} });
  if (!written.ok) failNode(draft, node, written.error);
  return true;
}

export function delegate(draft: Draft, { nodeId, to, by, reason }: DelegateInterrupt): void {
  const interrupt = draft.state.waiting.get(nodeId);
  if (!interrupt) return;
  delegateInterrupt(draft, nodeId, interrupt, { to, by, ...(reason !== undefined && { reason }) });
}

/** The deadline passed with no answer. */
export function expire(draft: Draft, nodeId: string): void {
  const interrupt = draft.state.waiting.get(nodeId);
  if (!interrupt) return;
  if (setAgain(draft, nodeId, "interrupt-timeout", interrupt.deadlineMs)) return;
  const node = nodeIn(draft, nodeId);
  if (interrupt.kind === "conversation.exchange") {
    const said = { role: "system", content: "Nobody answered before the deadline." } as const;
    closeConversation(draft, node, { said, outcome: null });
  }
  expireInterrupt(draft, nodeId, interrupt);
  const step = (context: NodeContext): NodeOutcome => {
    if (interrupt.kind === "approval" && node.type.onAnswer) {
      return node.type.onAnswer(context, { action: "reject", reason: "timeout", decidedBy: "system" });
    }
    return { kind: "fail", error: { code: "interrupt_timeout", message: "Nobody answered before the deadline." } };
  };
  applyOutcome(draft, node, withContext(draft, node, step));
}

/** Nobody answered so far: others are asked as well. */
export function escalate(draft: Draft, nodeId: string): void {
  const interrupt = draft.state.waiting.get(nodeId);
  const escalation = interrupt && escalationOf(interrupt.data);
  if (!interrupt || !escalation) return;
  if (setAgain(draft, nodeId, "escalation", interrupt.requestedMs + escalation.afterMs)) return;
  escalateInterrupt(draft, nodeId, interrupt, escalation.to);
}

/** True: the timer belonged to an earlier question; that of this one stands again (N3). */
function setAgain(
  draft: Draft,
  nodeId: string,
  purpose: "interrupt-timeout" | "escalation",
  dueMs: number | undefined,
): boolean {
  if (dueMs === undefined) return true;
  if (draft.nowMs >= dueMs) return false;
  setNodeTimer(draft, nodeId, purpose, dueMs);
  return true;
}
