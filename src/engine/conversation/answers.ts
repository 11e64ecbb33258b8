// May this be said in a conversation? (interrupts-conversations.md §8.2, §8.8)

import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import type { CheckedAnswer } from "../interrupts/checked.ts";
import type { NodeServices } from "../node-type.ts";
import type { Conversation } from "./conversation.ts";

/** A conversation is a bounded thing: what is longer belongs into a chat thread. */
export const MAX_TURNS = 1_000;

type Checked = { ok: true; turn: JsonObject } | Extract<CheckedAnswer, { ok: false }>;

/** `{operation: "exchange", turn, exchangeKey?}` or `{operation: "close", outcome?, turn?, reason?}`. */
export function checkConversation(
  services: Pick<NodeServices, "validateForeign">,
  schema: JsonObject | undefined,
  value: Json,
  conversation: Conversation | undefined,
): CheckedAnswer {
  if (!isJsonObject(value)) return invalid("resumeValue must be {operation, …}.", "");
  const { operation, outcome, reason, exchangeKey } = value;
  if (operation === "close") {
    const rest = { ...(outcome !== undefined && { outcome }), ...(typeof reason === "string" && { reason }) };
    if (value.turn === undefined) return { ok: true, answer: { operation, ...rest } };
    const checked = checkTurn(services, undefined, value.turn, conversation);
    return checked.ok ? { ok: true, answer: { operation, turn: checked.turn, ...rest } } : checked;
  }
  if (operation !== "exchange") return invalid("operation must be exchange or close.", ".operation");
  if (exchangeKey !== undefined && !isName(exchangeKey)) {
    return invalid("exchangeKey must be a text of 1 to 256 characters.", ".exchangeKey");
  }
  if ((conversation?.turns.length ?? 0) > MAX_TURNS) {
    return invalid(`A conversation has at most ${MAX_TURNS} turns; close this one.`, ".operation");
  }
  const checked = checkTurn(services, schema, value.turn, conversation);
  if (!checked.ok) return checked;
  const turn = { ...checked.turn, ...(exchangeKey !== undefined && { exchangeKey }) };
  return { ok: true, answer: { operation, turn } };
}

function checkTurn(
  { validateForeign }: Pick<NodeServices, "validateForeign">,
  schema: JsonObject | undefined,
  turn: Json | undefined,
  conversation: Conversation | undefined,
): Checked {
  if (!isJsonObject(turn)) return invalid("An exchange needs a turn: {content}.", ".turn");
  const { content, role = "user", speakerId, to, groupId } = turn;
  if (content === undefined || content === null || (typeof content === "string" && content.trim() === "")) {
    const details = { field: "resumeValue.turn.content" };
    return { ok: false, reason: "mismatch", message: "A turn must say something.", details };
  }
  const [problem] = schema ? validateForeign(schema, content) : [];
  if (problem) return invalid(problem.message, `.turn.content${problem.path}`);
  if (role !== "user" && role !== "agent") return invalid("role must be user or agent.", ".turn.role");
  if (role === "agent" && !isName(speakerId))
    return invalid("A turn of an agent names its speakerId.", ".turn.speakerId");
  const members = conversation?.participants;
  if (role === "agent" && members && !members.includes(speakerId as string)) {
    return invalid(`${String(speakerId)} takes no part in this conversation.`, ".turn.speakerId");
  }
  for (const [name, given] of [
    ["to", to],
    ["groupId", groupId],
  ] as const) {
    if (given !== undefined && !isName(given)) return invalid(`${name} must be a short text.`, `.turn.${name}`);
  }
  const optional = { ...(to !== undefined && { to }), ...(groupId !== undefined && { groupId }) };
  return { ok: true, turn: { role, content, ...(role === "agent" && { speakerId: speakerId as Json }), ...optional } };
}

function isName(value: Json | undefined): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= 256;
}

function invalid(message: string, member: string): Extract<CheckedAnswer, { ok: false }> {
  return { ok: false, reason: "invalid", message, details: { field: `resumeValue${member}` } };
}
