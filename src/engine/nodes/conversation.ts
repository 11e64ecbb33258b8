// core.conversationGate: talks with people until someone closes the conversation (runs.md §6.6,
// interrupts-conversations.md §8). It opens with `conversation.start` and holds one standing `conversation.exchange`:
// turns are exchanged while the node stays suspended, only the close goes on.

import { type ConversationTurn, MAX_PARTICIPANTS, Participant } from "#protocol/conversations.ts";
import { isJsonObject, type Json, type JsonObject } from "#protocol/json.ts";
import Type, { AnyObject } from "#protocol/type.ts";
import { CONVERSATION_CHANNEL, entryOf, type Said, turnOf } from "../conversation/conversation.ts";
import type { Aside, InterruptRequest, NodeContext, NodeEvent, NodeOutcome, NodeType } from "../node-type.ts";

const OPENING = "The conversation is open.";
const MAX_MOCK_TURNS = 100;

export const conversationGate: NodeType = {
  typeId: "core.conversationGate",
  config: Type.Object({
    prompt: Type.Optional(Type.String({ minLength: 1 })),
    title: Type.Optional(Type.String()),
    schema: Type.Optional(AnyObject),
    participants: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 256 }), Participant]), {
        minItems: 1,
        maxItems: MAX_PARTICIPANTS,
        description: "Agents that may speak, by roster instance id.",
      }),
    ),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 0, description: "Of the whole conversation; 0 = none." })),
    lifecycle: Type.Optional(Type.Literal("open-exchange-close")),
    mockAutoResume: Type.Optional(Type.Boolean({ description: "Conformance: the gate talks to itself." })),
    turnCount: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_MOCK_TURNS })),
  }),
  start: (context) => (context.config.mockAutoResume === true ? selfDriven(context) : opened(context)),
  onSideAnswer: exchanged,
  onAnswer: (context, answer) => closed(context, answer),
};

/** The conversation stands open until someone closes it. */
function opened(context: NodeContext): NodeOutcome {
  const { conversationId, events, initialTurn } = opening(context, context.nowMs);
  return { kind: "ask", events, interrupt: { ...exchangeRequest(context, conversationId), turns: [initialTurn] } };
}

function exchangeRequest({ config }: NodeContext, conversationId: string): InterruptRequest {
  return {
    kind: "conversation.exchange",
    data: {
      conversationId,
      prompt: promptOf(config),
      ...(config.schema !== undefined && { outcomeSchema: config.schema }),
      turnIndex: 1,
    },
    ...(typeof config.timeoutMs === "number" && config.timeoutMs > 0 && { timeoutMs: config.timeoutMs }),
  };
}

function promptOf(config: JsonObject): string {
  return typeof config.prompt === "string" ? config.prompt : OPENING;
}

interface Opening {
  conversationId: string;
  initialTurn: ConversationTurn;
  events: NodeEvent[];
}

/** Asks to open, and is open: `conversation.start` returns at once. */
function opening(context: NodeContext, ts: number): Opening {
  const { runId, nodeId, attempt, config, node, ids } = context;
  const round = node.round === undefined ? "" : `:${node.round}`;
  const conversationId = `${runId}:${nodeId}:${attempt}${round}`;
  const prompt = promptOf(config);
  const initialTurn = turnOf(conversationId, 0, { role: "system", content: prompt, ts });
  const participants = participantsOf(config);
  const kind = "conversation.start";
  const key = `${runId}:${nodeId}:${node.interruptCount}`;
  const interruptId = ids.next("int");
  const { title } = config;
  const data = { conversationId, ...(title !== undefined && { title }), initialPrompt: prompt };
  const resolved = { nodeId, interruptId, kind, resumeValue: null, resolvedBy: "system" };
  const events: NodeEvent[] = [
    { type: "node.suspended", payload: { nodeId, interruptId, kind, key, reason: "conversation-input" } },
    { type: "interrupt.requested", payload: { kind, key, data }, causedBy: { eventAt: 0 } },
    {
      type: "conversation.opened",
      payload: {
        conversationId,
        initialTurn: initialTurn as unknown as Json,
        ...(participants && { participants }),
        ...(config.schema !== undefined && { schema: config.schema }),
        capabilities: ["multi-turn"],
      },
      causedBy: { eventAt: 0 },
    },
    { type: "interrupt.resolved", payload: resolved },
  ];
  return { conversationId, initialTurn, events };
}

function participantsOf({ participants }: JsonObject): JsonObject[] | undefined {
  if (!Array.isArray(participants)) return undefined;
  return participants.map((one) => (isJsonObject(one) ? one : { agentId: one }));
}

/** A turn that was said while the question stays open; undefined: the conversation is to be closed. */
function exchanged({ node, nowMs }: NodeContext, answer: Json): Aside | undefined {
  const { conversation } = node;
  if (!isJsonObject(answer) || answer.operation !== "exchange" || !conversation) return undefined;
  const { conversationId, turns, lastEventId } = conversation;
  const said = { ...(answer.turn as unknown as Said), ts: nowMs };
  const turn = turnOf(conversationId, turns.length, said);
  return { events: [exchangedEvent(conversationId, turn, lastEventId)], turns: [turn] };
}

function exchangedEvent(conversationId: string, turn: ConversationTurn, causedBy: NodeEvent["causedBy"]): NodeEvent {
  const payload = { conversationId, turnIndex: turn.turnIndex, turn: turn as unknown as Json };
  return { type: "conversation.exchanged", payload, ...(causedBy !== undefined && { causedBy }) };
}

function closed({ node }: NodeContext, outcome: Json): NodeOutcome {
  const turns = node.conversation?.turns ?? [];
  // The closing turn says only that it is over: what was said last stands before it.
  const last = turns.at(-2) ?? turns.at(-1);
  return { kind: "complete", outputs: outputsOf(node.conversation?.conversationId ?? "", outcome, last) };
}

/** The outcome, or the last turn where nobody named one. */
function outputsOf(conversationId: string, outcome: Json, last: ConversationTurn | undefined): JsonObject {
  const output = outcome ?? (last as unknown as Json) ?? null;
  return { output, conversationId, ...(outcome !== null && { outcome }) };
}

/** Conformance: opens, says its turns and closes with no person. Times follow from the turns alone (K2). */
function selfDriven(context: NodeContext): NodeOutcome {
  const { runId, nodeId, config, node, ids } = context;
  const { conversationId, events, initialTurn } = opening(context, 0);
  const count = typeof config.turnCount === "number" ? config.turnCount : 1;
  const turns = [initialTurn];
  const kind = "conversation.exchange";
  const { data } = exchangeRequest(context, conversationId);
  const key = `${runId}:${nodeId}:${node.interruptCount + 1}`;
  const interruptId = ids.next("int");
  events.push(
    { type: "node.suspended", payload: { nodeId, interruptId, kind, key, reason: "conversation-input" } },
    { type: "interrupt.requested", payload: { kind, key, data }, causedBy: { eventAt: events.length } },
  );
  let before = OPENED_AT;
  for (let turnIndex = 1; turnIndex <= count; turnIndex += 1) {
    const turn = turnOf(conversationId, turnIndex, mockTurn(turnIndex));
    turns.push(turn);
    events.push(exchangedEvent(conversationId, turn, { eventAt: before }));
    before = events.length - 1;
  }
  const finalTurn = turnOf(conversationId, count + 1, {
    role: "system",
    content: "The conversation was closed.",
    ts: (count + 1) * 1_000,
  });
  turns.push(finalTurn);
  const outcome = { turns: count };
  const closing = { conversationId, turnIndex: count + 1, finalTurn: finalTurn as unknown as Json, outcome };
  events.push(
    { type: "conversation.closed", payload: closing, causedBy: { eventAt: before } },
    { type: "interrupt.resolved", payload: { nodeId, interruptId, kind, resumeValue: outcome, resolvedBy: "system" } },
    { type: "node.resumed", payload: { nodeId, interruptId, resumeValue: outcome } },
  );
  return {
    kind: "complete",
    recorded: true,
    events,
    outputs: { ...outputsOf(conversationId, null, turns.at(-2)), outcome },
    channelWrites: context.channels.has(CONVERSATION_CHANNEL)
      ? turns.map((turn) => ({ channel: CONVERSATION_CHANNEL, value: entryOf(runId, turn), reducer: "message" }))
      : [],
  };
}

/** Place of `conversation.opened` among the opening events. */
const OPENED_AT = 2;

function mockTurn(turnIndex: number): Said {
  const ts = turnIndex * 1_000;
  if (turnIndex % 2 === 1) return { role: "user", content: `Mock turn ${turnIndex}.`, ts };
  return { role: "agent", speakerId: "host:mock", content: `Mock turn ${turnIndex}.`, ts };
}
