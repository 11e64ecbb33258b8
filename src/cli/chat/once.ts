// parley chat --once: one message, one answer.
//
//   O1. The answer is printed once, whole, and alone on stdout; everything else goes to stderr.
//   O2. The message is sent under one clientMessageId, and the answer is known by the message's id: neither a lost
//       connection nor a restart of the daemon doubles or loses anything.

import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Message, MessageAccepted } from "#protocol/threads.ts";
import type { Invocation } from "../command.ts";
import { CommandError, type ExitCode, exitCodes, Unreachable } from "../failures.ts";
import { describeWaiting } from "../outcome.ts";
import { dropControls, oneLine } from "../terminal.ts";
import { answers, followThread, postMessage, type Thread } from "./thread.ts";

/** How the wait for an answer ended. */
type Ending =
  | { how: "message"; message: Message }
  | { how: "question"; question: PendingInterrupt }
  | { how: "deadline"; connected: boolean };

export async function askOnce(call: Invocation, thread: Thread, text: string, timeoutMs: number): Promise<ExitCode> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const accepted = await send(call, thread, text, timeoutMs, deadline);
  const ending = await waitForAnswer(call, thread, accepted, timeoutMs, deadline);
  switch (ending.how) {
    case "message":
      return showAnswer(call, ending.message);
    case "question":
      return showQuestion(call, ending.question);
    case "deadline":
      throw noAnswer(thread, accepted, timeoutMs, ending.connected);
  }
}

async function send(
  { host }: Invocation,
  thread: Thread,
  text: string,
  timeoutMs: number,
  deadline: AbortSignal,
): Promise<MessageAccepted> {
  const message = { text, clientMessageId: `cli-${host.randomHex(16)}` };
  try {
    return await postMessage(thread, message, { graceMs: timeoutMs, signal: deadline });
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new Unreachable(`parley did not take the message within ${seconds(timeoutMs)}.`, undefined, error);
  }
}

async function waitForAnswer(
  { host, terminal }: Invocation,
  thread: Thread,
  accepted: MessageAccepted,
  timeoutMs: number,
  deadline: AbortSignal,
): Promise<Ending> {
  let connected = true;
  const onChange = (change: "lost" | "back") => {
    connected = change === "back";
    if (!connected) terminal.err("connection lost, waiting for parley to come back");
  };
  for await (const happened of followThread(thread, { host, graceMs: timeoutMs, signal: deadline, onChange })) {
    if (happened.event === "message" && answers(happened.data, accepted.messageId)) {
      return { how: "message", message: happened.data };
    }
    if (happened.event === "interrupt" && happened.data.runId === accepted.runId) {
      return { how: "question", question: happened.data };
    }
  }
  return { how: "deadline", connected };
}

function showAnswer({ terminal, options }: Invocation, message: Message): ExitCode {
  const failed = message.role === "system";
  if (options.flag("json")) terminal.json(message);
  else if (failed) terminal.err(dropControls(message.text));
  else terminal.out(terminal.outIsTerminal ? dropControls(message.text) : message.text);
  return failed ? exitCodes.failed : exitCodes.completed;
}

function showQuestion({ terminal, options }: Invocation, question: PendingInterrupt): ExitCode {
  const { runId, nodeId, kind, data } = question;
  if (options.flag("json")) terminal.json(question);
  terminal.err(`The assistant waits for ${oneLine(describeWaiting({ kind, nodeId, data: data as JsonObject }))}.`);
  terminal.err(`Answer it: parley interrupts answer ${runId} ${nodeId} …   (parley interrupts answer --help)`);
  return exitCodes.suspended;
}

function noAnswer({ threadId }: Thread, accepted: MessageAccepted, timeoutMs: number, connected: boolean): Error {
  const hint = `The message is stored; its answer will be in the thread: parley chat --thread ${threadId}`;
  if (!connected) return new Unreachable(`parley went away and was not back within ${seconds(timeoutMs)}.`, hint);
  return new CommandError(`No answer within ${seconds(timeoutMs)} (run ${accepted.runId}).`, hint);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
