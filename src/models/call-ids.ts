// Ids of tool calls in a history, as providers take them.
//
// A call's id is unique within its answer only, and a conversation may have passed through several providers. Some want
// ids unique in the whole history, in their own alphabet and length: those that do not fit get another one here, the
// same for a call and its result.

import type { ModelMessage } from "#ports/model.ts";

/** What both providers take. */
const FITTING_ID = /^[A-Za-z0-9_-]{1,40}$/;

/** The same history with fitting ids. Total and deterministic: the same history gets the same ids. */
export function withFittingIds(messages: readonly ModelMessage[]): ModelMessage[] {
  const taken = new Set<string>();
  /** Of the last assistant message: its own ids → the fitting ones. */
  let current = new Map<string, string>();
  return messages.map((message) => {
    if (message.role === "assistant" && message.toolCalls) {
      current = new Map();
      const toolCalls = message.toolCalls.map((call) => {
        const callId = FITTING_ID.test(call.callId) && !taken.has(call.callId) ? call.callId : freeId(taken);
        taken.add(callId);
        current.set(call.callId, callId);
        return { ...call, callId };
      });
      return { ...message, toolCalls };
    }
    return message.role === "tool" ? { ...message, callId: current.get(message.callId) ?? message.callId } : message;
  });
}

function freeId(taken: ReadonlySet<string>): string {
  let count = taken.size + 1;
  while (taken.has(`call-${count}`)) count += 1;
  return `call-${count}`;
}
