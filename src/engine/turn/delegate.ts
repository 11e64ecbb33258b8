// Delegation: the one tool that is not performed by code but by another agent, as a child run.

import type { Json, JsonObject } from "#protocol/json.ts";
import type { Colleague } from "./config.ts";

export const DELEGATE_TOOL_ID = "openwop:parley.delegate";
export const delegateModelName = "openwop_parley_delegate";

/** A task is handed on at most this often: agents that delegate to each other come to an end. */
export const MAX_DELEGATION_DEPTH = 4;
/** Longest task, in UTF-16 units. */
const MAX_TASK_LENGTH = 16_384;

/** What the model reads about the tool. */
export const delegateDescription =
  "Hands a task to another agent and answers what came of it. Use it for work of several steps, and for what you have " +
  "no tool for yourself.";

export function delegateParameters(colleagues: readonly Colleague[]): JsonObject {
  const who = colleagues.map(({ rosterId, persona, description }) => `${rosterId} (${persona}): ${description}`);
  return {
    type: "object",
    properties: {
      to: {
        type: "string",
        enum: colleagues.map(({ rosterId }): Json => rosterId),
        description: `Who shall do it. ${who.join(" | ")}`,
      },
      task: {
        type: "string",
        minLength: 1,
        maxLength: MAX_TASK_LENGTH,
        description: "What to do, complete in itself: the other agent does not see this conversation.",
      },
    },
    required: ["to", "task"],
    additionalProperties: false,
  };
}
