// The order in which a conversation is shown. Pure.
//
//   Each answer stands directly behind the message it answers; messages that wait for their turn stand at the end,
//   behind whatever is being done now. A settled question stays where it was asked.

import type { Message } from "../api/types.ts";
import type { Card, Outgoing, ThreadState } from "./thread-state.ts";

export type Item =
  | { kind: "day"; key: string; atMs: number }
  | { kind: "message"; key: string; message: Message; again: boolean }
  | { kind: "card"; key: string; card: Card }
  | { kind: "live"; key: string; runId: string; text: string }
  | { kind: "working"; key: string; runId: string; isAsking: boolean }
  | { kind: "queued"; key: string; message: Message }
  | { kind: "outgoing"; key: string; outgoing: Outgoing };

export interface Layout {
  items: readonly Item[];
  /** The turn that runs now, when one does. */
  workingRunId: string | undefined;
}

export function layOut(state: ThreadState): Layout {
  const answered = answeredIds(state.messages);
  const unanswered = state.messages.filter((message) => message.role === "user" && !answered.has(message.messageId));
  const workingRunId = currentRun(state, unanswered);
  const queued = unanswered.filter((message) => message.runId !== workingRunId);
  const waiting = new Set(queued.map((message) => message.messageId));
  const spoken = inTurnOrder(state.messages.filter((message) => !waiting.has(message.messageId)));
  const items: Item[] = [
    ...withDaysAndCards(spoken, cardsOfPage(state)),
    ...state.cards.filter(isOpen).map(cardItem),
    ...[...state.live].map(([runId, text]): Item => ({ kind: "live", key: `live-${runId}`, runId, text })),
  ];
  const isAsking = state.cards.some(isOpen);
  if (workingRunId !== undefined) items.push({ kind: "working", key: "working", runId: workingRunId, isAsking });
  for (const message of queued) items.push({ kind: "queued", key: message.messageId, message });
  for (const one of state.outgoing) items.push({ kind: "outgoing", key: one.clientMessageId, outgoing: one });
  return { items, workingRunId };
}

function answeredIds(messages: readonly Message[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { inReplyTo, alsoAnswers } of messages) {
    if (inReplyTo !== undefined) ids.add(inReplyTo);
    for (const id of alsoAnswers ?? []) ids.add(id);
  }
  return ids;
}

function currentRun(state: ThreadState, unanswered: readonly Message[]): string | undefined {
  const [live] = state.live.keys();
  return live ?? state.activity?.runId ?? state.retries[0] ?? unanswered[0]?.runId;
}

function inTurnOrder(messages: readonly Message[]): { message: Message; again: boolean }[] {
  const known = new Set(messages.map((message) => message.messageId));
  const replies = new Map<string, Message[]>();
  const roots: Message[] = [];
  for (const message of messages) {
    const answers = [message.inReplyTo, ...(message.alsoAnswers ?? [])].findLast((id) => id && known.has(id));
    if (answers === undefined) roots.push(message);
    else replies.set(answers, [...(replies.get(answers) ?? []), message]);
  }
  return roots.flatMap((message) => [
    { message, again: false },
    ...(replies.get(message.messageId) ?? []).map((reply, index) => ({ message: reply, again: index > 0 })),
  ]);
}

/** Without those that were asked before the oldest message that is here. */
function cardsOfPage({ messages, cards, olderCursor }: ThreadState): readonly Card[] {
  const fromMs = Date.parse(messages[0]?.at ?? "");
  return olderCursor === undefined ? cards : cards.filter((card) => !(askedMs(card) < fromMs));
}

function withDaysAndCards(spoken: readonly { message: Message; again: boolean }[], cards: readonly Card[]): Item[] {
  const items: Item[] = [];
  const settled = cards.filter((card) => !isOpen(card)).sort((a, b) => askedMs(a) - askedMs(b));
  let day = "";
  for (const { message, again } of spoken) {
    const atMs = Date.parse(message.at);
    while (settled[0] !== undefined && message.role !== "user" && askedMs(settled[0]) < atMs) {
      items.push(cardItem(settled.shift() as Card));
    }
    const today = new Date(atMs).toDateString();
    if (today !== day && message.role === "user") {
      items.push({ kind: "day", key: `day-${today}-${message.messageId}`, atMs });
      day = today;
    }
    items.push({ kind: "message", key: message.messageId, message, again });
  }
  return [...items, ...settled.map(cardItem)];
}

function cardItem(card: Card): Item {
  return { kind: "card", key: card.item.interruptId, card };
}

function askedMs(card: Card): number {
  return Date.parse(card.item.requestedAt);
}

function isOpen(card: Card): boolean {
  return card.outcome === undefined;
}
