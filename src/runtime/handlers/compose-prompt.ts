// Composes the prompt of a round: reads what the projection needs, and lets the pure part do the rest.

import { SUPERVISOR } from "#engine/loop.ts";
import type { ToolDescriptions } from "#engine/node-type.ts";
import { agentOfNode } from "#engine/orchestration/config.ts";
import { agentPrompt, type Prompt, supervisorPrompt } from "#engine/turn/prompt.ts";
import { freshTurn, type Kept, type Turn } from "#engine/turn/turn.ts";
import type { ModelMessage } from "#ports/model.ts";
import type { RunStart, StoredMessage, TurnRef } from "#ports/rows.ts";
import type { Store } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { HotRun } from "../runs.ts";

/** Messages before the one to answer that enter a prompt; what is older stays in the thread. */
const MAX_HISTORY_MESSAGES = 60;
/** Messages behind it that are looked at for replies to earlier ones. */
const MAX_BEHIND = 60;

/** Undefined: the message to answer was forgotten. */
export async function composePrompt(
  store: Store,
  tools: ToolDescriptions,
  run: HotRun,
  nodeId: string,
): Promise<Prompt | undefined> {
  const { graph, state } = run;
  const definition = graph.nodes.get(nodeId)?.definition;
  if (!definition) throw new Error(`run ${state.start.runId} has no node ${nodeId}`);
  const config = agentOfNode(definition);
  const turn = state.nodes.get(nodeId)?.turn ?? freshTurn();
  const history = await historyOf(store, state.start, state.inputs);
  if (!history) return undefined;
  const texts = await readKept(store, turn);
  const read = (kept: Kept) => ("text" in kept ? kept.text : (texts.get(kept.contentId) ?? "(forgotten)"));
  if (definition.typeId === SUPERVISOR) return supervisorPrompt(config, history, turn, state.orchestration, read);
  return agentPrompt(config, tools, history, turn, read);
}

async function historyOf(store: Store, start: RunStart, inputs: JsonObject): Promise<ModelMessage[] | undefined> {
  if (start.turn) return threadHistory(store, start.tenantId, start.turn);
  return [{ role: "user", text: typeof inputs.text === "string" ? inputs.text : JSON.stringify(inputs) }];
}

/** The thread up to the message that is answered. */
async function threadHistory(store: Store, tenantId: string, turn: TurnRef): Promise<ModelMessage[] | undefined> {
  const message = await store.readMessage(tenantId, turn.messageId);
  if (message?.text === undefined) return undefined;
  const { threadId, position } = message;
  // A message that waited for its turn has replies to earlier messages behind it.
  const around = await store.readMessages(tenantId, threadId, {
    after: Math.max(0, position - 1 - MAX_HISTORY_MESSAGES),
    limit: MAX_HISTORY_MESSAGES + 1 + MAX_BEHIND,
    newest: false,
  });
  return [...orderTurns(around, position), { role: "user", text: message.text }];
}

/**
 * Earlier messages in the order of the turns: each reply directly behind the message it answers, and behind what the
 * person said in between to a question of that turn.
 */
function orderTurns(messages: readonly StoredMessage[], position: number): ModelMessage[] {
  const earlier = messages.filter((message) => message.role === "user" && message.position < position);
  const ends = messages.filter(({ inReplyTo }) => inReplyTo !== undefined);
  // Of several answers to one message (it was tried again) the last counts.
  const replies = new Map(ends.flatMap((end) => (end.role === "agent" ? [[end.inReplyTo, end]] : [])));
  return turnsOf(earlier, ends).flatMap(({ messageId, said }): ModelMessage[] => {
    const reply = replies.get(messageId);
    const users = said.map(({ text }): ModelMessage => ({ role: "user", text: text || "(forgotten)" }));
    return reply ? [...users, { role: "assistant", text: reply.text || "(forgotten)" }] : users;
  });
}

interface SaidInTurn {
  /** The message that began the turn. */
  messageId: string;
  said: StoredMessage[];
}

/** A message with an end of its own began a turn; one without answered the turn that ended next. */
function turnsOf(earlier: readonly StoredMessage[], ends: readonly StoredMessage[]): SaidInTurn[] {
  const begun = new Set(ends.map(({ inReplyTo }) => inReplyTo));
  const turns = new Map<string, SaidInTurn>();
  for (const message of earlier) {
    const { messageId, position } = message;
    const answered = begun.has(messageId) ? undefined : ends.find((end) => end.position > position)?.inReplyTo;
    const turn = answered === undefined ? undefined : turns.get(answered);
    if (turn) turn.said.push(message);
    else turns.set(messageId, { messageId, said: [message] });
  }
  return [...turns.values()];
}

/** The long texts of a turn. */
async function readKept(store: Store, turn: Turn): Promise<Map<string, string>> {
  const kept = turn.rounds.flatMap(({ said, calls }) => [said, ...calls.flatMap(({ end }) => (end ? [end.text] : []))]);
  const texts = new Map<string, string>();
  for (const one of kept) {
    if ("text" in one) continue;
    const body = await store.readContent(one.contentId);
    if (body !== undefined) texts.set(one.contentId, body);
  }
  return texts;
}
