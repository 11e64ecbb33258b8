// What a conversation is asked about itself: /help, /status, /agent, /trace. The assistant hears nothing of it.

import type { ModelList } from "#protocol/models.ts";
import { agentId, agentName } from "../agent-names.ts";
import { readRoster } from "../roster.ts";
import { oneLine } from "../terminal.ts";
import { readTrace, traceLines } from "../trace.ts";
import { HELP } from "./slash.ts";
import type { Talking } from "./talking.ts";

export function explainCommands({ screen }: Talking): void {
  const width = Math.max(...HELP.map(([usage]) => usage.length));
  for (const [usage, does] of HELP) screen.note(`${usage.padEnd(width)}  ${does}`);
  screen.note("Everything else is said to the assistant, or answers the question that the prompt asks.");
}

export async function showStatus(talk: Talking): Promise<void> {
  const { screen, conversation, thread, agent } = talk;
  const { doing, busy, unanswered, questions } = conversation;
  screen.note(`thread   ${thread.threadId}`);
  screen.note(`agent    ${agent === undefined ? "the default one" : agentName(agent)}`);
  screen.note(`turn     ${doing ?? (busy ? "running" : "none")}${unanswered > 1 ? `, ${unanswered - 1} queued` : ""}`);
  const { models, offline } = await talk.call.client.get<ModelList>("/v1/host/parley/models");
  const model = oneLine(`${models.default.provider} ${models.default.model}`);
  screen.note(
    `model    ${model}${offline ? " (offline demonstration: prepared answers; connect a model: parley setup)" : ""}`,
  );
  screen.note(`waiting  ${questions.all.length === 0 ? "nothing waits for you" : "for your answer:"}`);
  for (const question of questions.all) {
    question.later = false;
    conversation.showQuestion(question);
  }
  conversation.askAgain();
}

export async function changeAgent(talk: Talking, name: string | undefined): Promise<void> {
  const { roster } = await readRoster(talk.call.client);
  const found = name === undefined ? undefined : roster.find(({ rosterId }) => rosterId === agentId(name));
  if (found) {
    talk.agent = found.rosterId;
    talk.conversation.talkWith(found.rosterId);
    talk.screen.note(`You talk with ${oneLine(found.persona)} now.`);
    return;
  }
  if (name !== undefined) talk.screen.note(`There is no agent ${oneLine(name)}. There are:`);
  for (const { rosterId, persona, description } of roster) {
    const mark = rosterId === talk.agent ? "*" : " ";
    talk.screen.note(`${mark} ${oneLine([agentName(rosterId), persona, description].filter(Boolean).join(" · "))}`);
  }
}

export async function showTraceOf(talk: Talking, messageId: string | undefined): Promise<void> {
  const id = messageId ?? talk.conversation.lastMessageId;
  if (id === undefined) {
    talk.screen.note("There is no message yet.");
    return;
  }
  const trace = await readTrace(talk.call.client, id);
  talk.screen.note(`message ${trace.messageId}, run ${trace.runId}`);
  for (const line of traceLines(trace)) talk.screen.note(line);
}
