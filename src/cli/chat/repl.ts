// parley chat: a conversation at the terminal, or with a program that writes lines.

import { createInterface, type Interface } from "node:readline";
import type { Invocation } from "../command.ts";
import { ApiError, CommandError, type ExitCode, exitCodeOf, exitCodes, Unreachable } from "../failures.ts";
import type { Host } from "../host.ts";
import { reportFailure } from "../report-failure.ts";
import { Conversation } from "./conversation.ts";
import { noScreen, type Screen, TerminalScreen } from "./screen.ts";
import { followThread, postMessage, readMessages, type Thread } from "./thread.ts";

const HISTORY = 100;
const SHOWN_HISTORY = 6;
/** A message that nobody took within this time is reported as not sent. */
const SEND_GRACE_MS = 60_000;

const HELP = "/exit leaves (so does Ctrl-D). Everything else is said to the assistant.";

export async function converse(call: Invocation, thread: Thread, timeoutMs: number): Promise<ExitCode> {
  const earlier = await readMessages(thread, HISTORY);
  const ending = new AbortController();
  const lines = openLines(call);
  const screen = openScreen(call, lines);
  const conversation = new Conversation(screen);
  for (const message of earlier) conversation.remember(message);
  if (call.terminal.interactive) {
    for (const message of earlier.slice(-SHOWN_HISTORY)) conversation.showEarlier(message);
    screen.note(`Thread ${thread.threadId}. ${HELP}`);
  }
  const listening = listen(call, thread, conversation, screen, ending.signal);
  try {
    const talking = talk({ call, thread, conversation, screen, lines, timeoutMs, ending: ending.signal });
    return await Promise.race([talking, listening]);
  } finally {
    ending.abort();
    lines.close();
  }
}

function openLines({ host, terminal }: Invocation): Interface {
  if (!terminal.interactive) return createInterface({ input: host.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const lines = createInterface({
    input: host.stdin,
    output: host.stdout,
    prompt: `${terminal.paint("bold", "you ▸")} `,
  });
  lines.once("SIGINT", () => lines.close());
  return lines;
}

function openScreen({ host, terminal, options }: Invocation, lines: Interface): Screen {
  if (options.flag("json")) return noScreen;
  return new TerminalScreen(terminal, host.stdout, terminal.interactive ? lines : undefined);
}

/** Shows what happens in the thread. Ends only by a failure. */
async function listen(
  { host, options, terminal }: Invocation,
  thread: Thread,
  conversation: Conversation,
  screen: Screen,
  signal: AbortSignal,
): Promise<never> {
  const json = options.flag("json");
  const onChange = (change: "lost" | "back") =>
    screen.note(change === "lost" ? "(connection lost, trying again)" : "(connected again)");
  const events = followThread(thread, { host, graceMs: Number.POSITIVE_INFINITY, signal, onChange });
  for await (const happened of events) {
    if (json) terminal.json(happened);
    conversation.hear(happened);
  }
  // The conversation has ended; whoever waits for this has ended too.
  return new Promise<never>(() => undefined);
}

interface Talk {
  call: Invocation;
  thread: Thread;
  conversation: Conversation;
  screen: Screen;
  lines: Interface;
  timeoutMs: number;
  /** Aborted when the conversation has ended for another reason. */
  ending: AbortSignal;
}

/** Sends line by line; a program that has said everything waits for the answers. */
async function talk({ call, thread, conversation, screen, lines, timeoutMs, ending }: Talk): Promise<ExitCode> {
  let worst: ExitCode = exitCodes.completed;
  let left = false;
  screen.ready();
  for await (const line of lines) {
    const text = line.trim();
    left = text === "/exit" || text === "/quit";
    if (left) break;
    if (text.startsWith("/")) screen.note(text === "/help" ? HELP : `There is no ${text.split(" ")[0]}. ${HELP}`);
    else if (text !== "") worst = Math.max(worst, await say(call, thread, conversation, text)) as ExitCode;
    screen.ready();
  }
  // Ctrl-D leaves the prompt standing; what comes next begins on its own line.
  if (call.terminal.interactive && !left) call.terminal.write("\n");
  if (call.terminal.interactive || ending.aborted) return exitCodes.completed;
  await inTime(conversation.allAnswered(), timeoutMs, call.host, ending);
  return worst;
}

async function say(
  { host, terminal, options }: Invocation,
  thread: Thread,
  conversation: Conversation,
  text: string,
): Promise<ExitCode> {
  const message = { text, clientMessageId: `cli-${host.randomHex(16)}` };
  conversation.sending(text);
  try {
    const accepted = await postMessage(thread, message, { graceMs: SEND_GRACE_MS, signal: AbortSignal.any([]) });
    conversation.sent(text, accepted.messageId);
    return exitCodes.completed;
  } catch (error) {
    conversation.sent(text, undefined);
    // One message that was refused does not end the conversation; a fault of our own does.
    if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
    reportFailure(terminal, error, options.flag("json"));
    return exitCodeOf(error);
  }
}

async function inTime(waiting: Promise<void>, timeoutMs: number, host: Host, ending: AbortSignal): Promise<void> {
  const done = new AbortController();
  const late = host.sleep(timeoutMs, AbortSignal.any([ending, done.signal])).then(() => {
    throw new CommandError(`Not every message was answered within ${Math.round(timeoutMs / 1000)} s.`);
  });
  try {
    await Promise.race([waiting, late]);
  } finally {
    done.abort();
  }
}
