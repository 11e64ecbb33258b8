// parley chat --once: one message, one answer.
//
//   O1. The answer is printed once, whole, and alone on stdout; everything else goes to stderr. With --json stdout has
//       one object: the message that ended the turn, or the question that it waits with.
//   O2. The message is sent under one clientMessageId, and the answer is known by the message's id: neither a lost
//       connection nor a restart of the daemon doubles or loses anything.

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { Message, MessageAccepted } from "#protocol/threads.ts";
import { answerCommands, cardLines } from "../card.ts";
import type { Client } from "../client.ts";
import type { Invocation } from "../command.ts";
import { ApiError, type ExitCode, exitCodes, Unanswered, Unreachable } from "../failures.ts";
import { dropControls } from "../terminal.ts";
import { readFamily, readRun } from "../watch-run.ts";
import { answers, followThread, postMessage, type Thread } from "./thread.ts";

/** What is asked, of whom, and how long an answer may take. */
export interface Asking {
  text: string;
  agent: string | undefined;
  timeoutMs: number;
}

/** How the wait for an answer ended. */
type Ending =
  | { how: "message"; message: Message }
  | { how: "question"; question: PendingInterrupt }
  | { how: "deadline"; connected: boolean };

export async function askOnce(call: Invocation, thread: Thread, asking: Asking): Promise<ExitCode> {
  const deadline = AbortSignal.timeout(asking.timeoutMs);
  const accepted = await send(call, thread, asking, deadline);
  const ending = await waitForAnswer(call, thread, accepted, asking, deadline);
  switch (ending.how) {
    case "message":
      return showAnswer(call, ending.message);
    case "question":
      return showQuestion(call, thread, ending.question);
    case "deadline":
      throw noAnswer(thread, accepted, asking, ending.connected);
  }
}

async function send(
  { host }: Invocation,
  thread: Thread,
  { text, agent, timeoutMs }: Asking,
  deadline: AbortSignal,
): Promise<MessageAccepted> {
  const message = { text, clientMessageId: `cli-${host.randomHex(16)}`, ...(agent !== undefined && { agent }) };
  try {
    return await postMessage(thread, message, { graceMs: timeoutMs, signal: deadline });
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new Unreachable(`parley did not take the message within ${seconds(timeoutMs)}.`, undefined, error);
  }
}

async function waitForAnswer(
  { host, terminal, client }: Invocation,
  thread: Thread,
  accepted: MessageAccepted,
  { timeoutMs }: Asking,
  deadline: AbortSignal,
): Promise<Ending> {
  let connected = true;
  const onChange = (change: "lost" | "back") => {
    connected = change === "back";
    if (!connected) terminal.err("connection lost, waiting for parley to come back");
  };
  let isBehind = false;
  for await (const happened of followThread(thread, { host, graceMs: timeoutMs, signal: deadline, onChange })) {
    if (happened.event === "message") {
      const message = happened.data;
      if (answers(message, accepted.messageId)) return { how: "message", message };
      if (isBehind && (await endsAskingTurn(client, message, accepted))) return { how: "message", message };
      isBehind ||= message.messageId === accepted.messageId;
    }
    if (happened.event !== "interrupt") continue;
    if (await isPartOf(client, happened.data.runId, accepted.runId))
      return { how: "question", question: happened.data };
    terminal.err(`An earlier turn of thread ${thread.threadId} waits for a person: parley interrupts list`);
  }
  return { how: "deadline", connected };
}

/** A message can be the answer that a running turn waits for: then the end of that turn is its answer too. */
async function endsAskingTurn(client: Client, message: Message, accepted: MessageAccepted): Promise<boolean> {
  if (message.role === "user" || message.inReplyTo === undefined) return false;
  return isPartOf(client, accepted.runId, message.runId);
}

/** Whether the run is that turn's own, or was started by it. */
async function isPartOf(client: Client, runId: string, turnRunId: string): Promise<boolean> {
  if (runId === turnRunId) return true;
  try {
    const family = await readFamily(client, await readRun(client, turnRunId));
    return family.some((member) => member.runId === runId);
  } catch (error) {
    // An old run may be gone already: then it is none of this turn's.
    if (error instanceof ApiError && error.envelope.error === "not_found") return false;
    throw error;
  }
}

async function showAnswer({ terminal, options, client }: Invocation, message: Message): Promise<ExitCode> {
  const answered = message.role !== "system";
  if (options.flag("json")) terminal.json(message);
  else if (!answered) terminal.err(dropControls(message.text));
  else terminal.out(terminal.outIsTerminal ? dropControls(message.text) : message.text);
  if (answered) return exitCodes.completed;
  const { status } = await readRun(client, message.runId);
  return status === "cancelled" || status === "cancelling" ? exitCodes.cancelled : exitCodes.failed;
}

function showQuestion({ terminal, options, host }: Invocation, thread: Thread, question: PendingInterrupt): ExitCode {
  if (options.flag("json")) terminal.json(question);
  terminal.err(`The assistant waits for a person (${question.kind}):`);
  for (const line of cardLines(question, host.wallMs())) terminal.err(`  ${line}`);
  terminal.err("Answer it:");
  for (const line of answerCommands(question)) terminal.err(`  ${line}`);
  terminal.err(`The turn goes on then; its answer will be in the thread: parley chat --thread ${thread.threadId}`);
  return exitCodes.suspended;
}

function noAnswer({ threadId }: Thread, accepted: MessageAccepted, { timeoutMs }: Asking, connected: boolean): Error {
  const hint = `The message is stored; its answer will be in the thread: parley chat --thread ${threadId}`;
  if (!connected) return new Unreachable(`parley went away and was not back within ${seconds(timeoutMs)}.`, hint);
  return new Unanswered(`No answer within ${seconds(timeoutMs)} (run ${accepted.runId}).`, hint);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
