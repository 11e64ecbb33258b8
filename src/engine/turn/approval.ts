// Approval inside a turn: one card for the calls of a round that a person must agree to, with the exact arguments
// (interrupts-conversations.md §2.1). The model is not asked again: what was approved is what happens.

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { InterruptRequest, NodeContext } from "../node-type.ts";
import { activityOf, argumentProblem, type Refusal } from "./calls.ts";
import type { AgentConfig } from "./config.ts";
import { hashArguments } from "./notes.ts";
import type { Call } from "./turn.ts";

export const TOOL_CALL_ARTIFACT = "tool-call";

/** An agreement that nobody gives within a day is refused. */
const APPROVAL_TIMEOUT_MS = 24 * 3600 * 1000;

/** The card for the held calls of a round; there is at least one. */
export function approvalCard(context: NodeContext, config: AgentConfig, held: readonly Call[]): InterruptRequest {
  const wishes = held.map(
    (call) => context.tools.get(call.toolId)?.request?.(call.arguments) ?? activityOf(context, call),
  );
  const first = held[0] as Call;
  return {
    kind: "approval",
    key: `${context.runId}:${context.nodeId}:${first.callId}`,
    timeoutMs: APPROVAL_TIMEOUT_MS,
    data: {
      artifactId: `${context.runId}:${context.nodeId}:${first.callId}`,
      artifactType: TOOL_CALL_ARTIFACT,
      title: capitalise(wishes.join(", ")),
      description: `${config.persona} needs your agreement before doing this.`,
      actions: ["accept", "reject", "edit-accept"],
      artifactData: { items: held.map(itemOf) },
    },
  };
}

function itemOf({ callId, toolId, arguments: args, argsHash }: Call): JsonObject {
  return { callId, toolName: toolId, arguments: args, argsHash };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the answer says about each held call: go, perhaps with other arguments, or not. */
export function decideHeld(
  context: NodeContext,
  held: readonly Call[],
  answer: JsonObject,
): { call: Call; refusal?: Refusal }[] {
  if (answer.action === "accept") return held.map((call) => ({ call }));
  if (answer.action === "edit-accept") return held.map((call) => edited(context, call, answer.editedArtifactData));
  return held.map((call) => ({ call, refusal: refusalFor(answer) }));
}

function refusalFor(answer: JsonObject): Refusal {
  if (answer.reason === "timeout") {
    return {
      status: "forbidden",
      code: "approval_expired",
      message: "Nobody agreed to this in time: it was not done.",
    };
  }
  const note =
    typeof answer.feedback === "string" && answer.feedback.trim() !== "" ? ` They said: ${answer.feedback}` : "";
  return { status: "forbidden", code: "approval_rejected", message: `This was refused and not done.${note}` };
}

/** A dropped item is refused; changed arguments are hashed anew. */
function edited(context: NodeContext, call: Call, data: Json | undefined): { call: Call; refusal?: Refusal } {
  const item = editedItems(data)?.find(({ callId }) => callId === call.callId);
  if (!item) return { call, refusal: refusalFor({}) };
  const problem = argumentProblem(context, call.toolId, item.arguments);
  if (problem !== undefined)
    return { call, refusal: { status: "error", code: "tool_arguments_invalid", message: problem } };
  return { call: { ...call, arguments: item.arguments, argsHash: hashArguments(item.arguments) } };
}

interface EditedItem {
  callId: string;
  arguments: JsonObject;
}

/** The items of an edited card; undefined when it has not the shape of one. */
export function editedItems(data: Json | undefined): EditedItem[] | undefined {
  const items = isJsonObject(data) ? data.items : undefined;
  if (!Array.isArray(items)) return undefined;
  const found: EditedItem[] = [];
  for (const item of items) {
    if (!isJsonObject(item) || typeof item.callId !== "string" || !isJsonObject(item.arguments)) return undefined;
    found.push({ callId: item.callId, arguments: item.arguments });
  }
  return found;
}
