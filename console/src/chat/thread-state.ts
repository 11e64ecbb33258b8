// What is known of one thread, and how it changes. Pure: events in, state out.
//
//   T1. A message stands once, whatever brings it: a page, the live stream, or both.
//   T2. Live text is replaced from its offset on; the stored message of its turn ends it.
//   T3. What was sent stays visible until the thread shows it: sending, then trying again, or refused with the reason.
//   T4. An answered question keeps its card, with the outcome.

import type { Activity, Delta, Message, MessagePage, PendingItem, Resolved } from "../api/types.ts";

export interface Card {
  item: PendingItem;
  outcome?: Outcome;
}

export interface Outcome {
  /** A short sentence: "You approved this". */
  text: string;
  tone: "ok" | "failed" | "neutral";
  atMs: number;
}

export interface Outgoing {
  clientMessageId: string;
  text: string;
  agent?: string;
  atMs: number;
  standing: { kind: "sending" } | { kind: "retrying"; atMs: number } | { kind: "refused"; reason: string };
  /** Known when parley has accepted it. */
  messageId?: string;
}

export interface ThreadState {
  loaded: boolean;
  messages: readonly Message[];
  olderCursor: string | undefined;
  /** Text typed so far, by run. */
  live: ReadonlyMap<string, string>;
  activity: (Activity & { sinceMs: number }) | undefined;
  cards: readonly Card[];
  outgoing: readonly Outgoing[];
  /** Turns that were started again and have not ended. */
  retries: readonly string[];
}

export type ThreadEvent =
  | { type: "page"; page: MessagePage; older: boolean }
  | { type: "message"; message: Message }
  | { type: "delta"; delta: Delta }
  | { type: "activity"; activity: Activity; nowMs: number }
  | { type: "question"; item: PendingItem }
  /** The questions that are open now: others were settled while nobody listened. */
  | { type: "open-questions"; ids: readonly string[]; nowMs: number }
  | { type: "settled"; resolved: Resolved; nowMs: number }
  | { type: "answered"; interruptId: string; outcome: Outcome }
  | { type: "sending"; outgoing: Outgoing }
  | { type: "accepted"; clientMessageId: string; messageId: string }
  | { type: "standing"; clientMessageId: string; standing: Outgoing["standing"] }
  | { type: "dropped"; clientMessageId: string }
  | { type: "retrying"; runId: string }
  /** The line was down: live text and activity are of the past. */
  | { type: "reconnected" };

export const emptyThread: ThreadState = {
  loaded: false,
  messages: [],
  olderCursor: undefined,
  live: new Map(),
  activity: undefined,
  cards: [],
  outgoing: [],
  retries: [],
};

export function evolve(state: ThreadState, event: ThreadEvent): ThreadState {
  switch (event.type) {
    case "page":
      return addPage(state, event.page, event.older);
    case "message":
      return addMessage(state, event.message);
    case "delta":
      return { ...state, live: addDelta(state.live, event.delta) };
    case "activity":
      return { ...state, activity: nextActivity(state.activity, event.activity, event.nowMs) };
    case "question":
      return { ...state, cards: addCard(state.cards, event.item) };
    case "open-questions":
      return { ...state, cards: state.cards.map((card) => closeUnlessOpen(card, event.ids, event.nowMs)) };
    case "settled":
      return { ...state, cards: settle(state.cards, event.resolved, event.nowMs) };
    case "answered":
      return { ...state, cards: withOutcome(state.cards, event.interruptId, event.outcome, true) };
    case "sending":
      return { ...state, outgoing: [...state.outgoing, event.outgoing] };
    case "accepted":
      return accept(state, event.clientMessageId, event.messageId);
    case "standing":
      return changeOutgoing(state, event.clientMessageId, { standing: event.standing });
    case "dropped":
      return { ...state, outgoing: state.outgoing.filter((one) => one.clientMessageId !== event.clientMessageId) };
    case "retrying":
      return { ...state, retries: [...state.retries, event.runId] };
    case "reconnected":
      return { ...state, live: new Map(), activity: undefined };
  }
}

function addPage(state: ThreadState, page: MessagePage, older: boolean): ThreadState {
  const known = new Set(state.messages.map((message) => message.messageId));
  const fresh = page.messages.filter((message) => !known.has(message.messageId));
  const messages = older ? [...fresh, ...state.messages] : [...state.messages, ...fresh];
  return { ...state, loaded: true, messages, olderCursor: page.nextCursor };
}

function addMessage(state: ThreadState, message: Message): ThreadState {
  if (state.messages.some((known) => known.messageId === message.messageId)) return state;
  const messages = [...state.messages, message];
  if (message.role === "user") return { ...state, messages, outgoing: withoutSent(state.outgoing, message) };
  const live = new Map(state.live);
  live.delete(message.runId);
  const activity = state.activity?.runId === message.runId ? undefined : state.activity;
  return { ...state, messages, live, activity, retries: state.retries.filter((runId) => runId !== message.runId) };
}

/** The stream may bring our message before the answer to our request says which one it is: then the text tells. */
function withoutSent(outgoing: readonly Outgoing[], message: Message): readonly Outgoing[] {
  const index = outgoing.findIndex((one) =>
    one.messageId === undefined ? one.text === message.text : one.messageId === message.messageId,
  );
  return index < 0 ? outgoing : outgoing.filter((_, place) => place !== index);
}

function accept(state: ThreadState, clientMessageId: string, messageId: string): ThreadState {
  const shown = state.messages.some((message) => message.messageId === messageId);
  if (!shown) return changeOutgoing(state, clientMessageId, { messageId, standing: { kind: "sending" } });
  return { ...state, outgoing: state.outgoing.filter((one) => one.clientMessageId !== clientMessageId) };
}

function changeOutgoing(state: ThreadState, clientMessageId: string, change: Partial<Outgoing>): ThreadState {
  const outgoing = state.outgoing.map((one) => (one.clientMessageId === clientMessageId ? { ...one, ...change } : one));
  return { ...state, outgoing };
}

function addDelta(live: ReadonlyMap<string, string>, { runId, offset, text }: Delta): ReadonlyMap<string, string> {
  return new Map(live).set(runId, (live.get(runId) ?? "").slice(0, offset) + text);
}

function nextActivity(before: ThreadState["activity"], activity: Activity, nowMs: number): ThreadState["activity"] {
  const same = before?.runId === activity.runId && before.agent === activity.agent && before.text === activity.text;
  return same ? before : { ...activity, sinceMs: nowMs };
}

function addCard(cards: readonly Card[], item: PendingItem): readonly Card[] {
  const index = cards.findIndex((card) => card.item.interruptId === item.interruptId);
  if (index < 0) return [...cards, { item }];
  // Asked again after a vote, or sent again after a reconnect.
  return cards.map((card, place) => (place === index && card.outcome === undefined ? { item } : card));
}

function withOutcome(cards: readonly Card[], interruptId: string, outcome: Outcome, replace: boolean): readonly Card[] {
  return cards.map((card) =>
    card.item.interruptId === interruptId && (replace || card.outcome === undefined) ? { ...card, outcome } : card,
  );
}

function settle(cards: readonly Card[], resolved: Resolved, nowMs: number): readonly Card[] {
  return withOutcome(cards, resolved.interruptId, outcomeOf(resolved, nowMs), false);
}

function closeUnlessOpen(card: Card, ids: readonly string[], nowMs: number): Card {
  if (card.outcome !== undefined || ids.includes(card.item.interruptId)) return card;
  return { ...card, outcome: { text: "Settled while you were away", tone: "neutral", atMs: nowMs } };
}

/** In words, for questions that were settled elsewhere. */
function outcomeOf({ outcome, resolvedBy }: Resolved, nowMs: number): Outcome {
  const by = resolvedBy === undefined || resolvedBy === "" ? "" : ` by ${resolvedBy}`;
  switch (outcome) {
    case "accept":
    case "accepted":
      return { text: `Approved${by}`, tone: "ok", atMs: nowMs };
    case "reject":
    case "rejected":
      return { text: `Rejected${by}`, tone: "failed", atMs: nowMs };
    case "edit-accept":
      return { text: `Approved with changes${by}`, tone: "ok", atMs: nowMs };
    case "refine":
      return { text: `Sent back${by}`, tone: "neutral", atMs: nowMs };
    case "expired":
    case "timeout":
    case "timed-out":
      return { text: "Nobody answered in time", tone: "neutral", atMs: nowMs };
    case "cancelled":
    case "gone":
      return { text: "No longer needed: the turn has ended", tone: "neutral", atMs: nowMs };
    default:
      return { text: `Answered${by}`, tone: "ok", atMs: nowMs };
  }
}
