// What the answer to an approval means for the node that asked (interrupts-conversations.md §2.1, §10).

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { Aside, NodeContext, NodeOutcome } from "../node-type.ts";
import { requiredApprovals } from "./votes.ts";

/** An approval of this type asks "stop or go on?": to accept it is to stop. */
const CANCELLATION = "cancellation";

/** What stays when a gate may send back no more. */
const exits: readonly Json[] = ["accept", "edit-accept", "reject"];

/** The actions of the gate that can be taken here and now; accept or reject where none is left. */
export function offeredActions({ waysBack }: NodeContext, asked: JsonObject): Json[] {
  const wanted = Array.isArray(asked.actions) ? asked.actions : ["accept", "reject"];
  const spent = waysBack !== undefined && waysBack.iterations >= waysBack.limit;
  const offered = wanted.filter((action) => {
    if (spent) return exits.includes(action);
    if (action === "refine") return waysBack?.edgeFor("refine", resultOf({ action: "refine" })) !== undefined;
    // Of several people who edit, one would silently win.
    return action !== "edit-accept" || requiredApprovals(asked) === 1;
  });
  return offered.length > 0 ? offered : ["accept", "reject"];
}

/** Conditions judge the answer as if it were the output of the gate. */
function resultOf(answer: JsonObject): JsonObject {
  return { status: "completed", output: answer, outputs: { output: answer } };
}

/** `ask`: the question, and an answer if there is one, are kept with the run; the gate stays open. */
export function askedBack({ nodeId, nowMs }: NodeContext, answer: Json, by: string): Aside | undefined {
  if (!isJsonObject(answer) || answer.action !== "ask") return undefined;
  const exchange: JsonObject = {
    question: answer.question as Json,
    ...(answer.answer !== undefined && { answer: answer.answer }),
    askedBy: by,
    timestamp: new Date(nowMs).toISOString(),
  };
  return { variables: { [`_askExchanges:${nodeId}`]: exchange } };
}

/**
 * An approval goes on. A refusal follows the edges that ask for it (a condition that holds for this very answer), or a
 * way back; with neither it fails the node, so that what stands behind a gate never runs unapproved.
 */
export function decide(context: NodeContext, answer: JsonObject, artifactType: string): NodeOutcome {
  const timedOut = answer.reason === "timeout";
  if (artifactType === CANCELLATION) return stopOrGoOn(answer, timedOut);
  if (answer.action === "refine") {
    return sentBack(context, "refine", answer, answer.refineFeedback as JsonObject) ?? refused(answer);
  }
  if (answer.action !== "reject" || context.routesOn(resultOf(answer))) {
    return { kind: "complete", outputs: { output: answer } };
  }
  // A gate that nobody answers must not go round by itself.
  if (timedOut) return refused(answer);
  const text = typeof answer.feedback === "string" ? answer.feedback : "";
  return sentBack(context, "reject", answer, { scope: "whole", text }) ?? refused(answer);
}

function stopOrGoOn(answer: JsonObject, timedOut: boolean): NodeOutcome {
  if (timedOut) {
    const message = "Nobody said whether to stop or to go on before the deadline.";
    return { kind: "fail", error: { code: "interrupt_timeout", message } };
  }
  const outputs = { output: answer };
  if (answer.action !== "accept") return { kind: "complete", outputs };
  const { feedback, decidedBy } = answer;
  return {
    kind: "cancel",
    outputs,
    by: String(decidedBy),
    ...(typeof feedback === "string" && { reason: feedback }),
  };
}

function sentBack(
  context: NodeContext,
  action: "refine" | "reject",
  answer: JsonObject,
  feedback: JsonObject,
): NodeOutcome | undefined {
  const { nodeId, nowMs, waysBack, channels } = context;
  const edgeId = waysBack?.edgeFor(action, resultOf(answer));
  if (!waysBack || edgeId === undefined) return undefined;
  const value = { feedback, timestamp: new Date(nowMs).toISOString(), iteration: waysBack.iterations + 1 };
  const channel = channels.has("feedback") ? "feedback" : `feedback:${nodeId}`;
  return { kind: "back", edgeId, feedback, channelWrites: [{ channel, value, reducer: "feedback" }] };
}

function refused(answer: JsonObject): NodeOutcome {
  const { decidedBy, reason } = answer;
  const details = { decidedBy, ...(reason !== undefined && { reason }) };
  return { kind: "fail", error: { code: "approval_rejected", message: "The approval was refused.", details } };
}
