// parley chat: a conversation at the terminal, or with a program that writes lines.

import { createInterface, type Interface } from "node:readline";
import type { Invocation } from "../command.ts";
import { type ExitCode, exitCodes, Unanswered } from "../failures.ts";
import { Conversation } from "./conversation.ts";
import { DumbScreen } from "./dumb-screen.ts";
import { Input } from "./input.ts";
import { LiveScreen } from "./live-screen.ts";
import { noScreen, PlainScreen, type Screen } from "./screen.ts";
import { type Leaving, Talk } from "./talk.ts";
import { followThread, readMessages, readOpenQuestions, type Thread } from "./thread.ts";

const HISTORY = 100;
const SHOWN_HISTORY = 6;
/** A connection that is back within this time was never away, as far as a reader is told. */
const SILENT_MS = 2000;
/** Ctrl-C twice within this time leaves. */
const TWICE_MS = 3000;

/** What the whole session at the terminal shares, over all threads it talks in. */
interface Session {
  call: Invocation;
  lines: Interface;
  input: Input;
  screen: Screen;
  timeoutMs: number;
  /** Aborted when somebody wants to leave at once. */
  leaving: AbortController;
  talk: Talk | undefined;
}

export async function converse(
  call: Invocation,
  first: Thread,
  options: { agent: string | undefined; timeoutMs: number },
): Promise<ExitCode> {
  // Before the first line is read: a thread that cannot be read ends the command.
  const earlier = await readMessages(first, HISTORY);
  const open = await readOpenQuestions(first);
  const session = openSession(call, options.timeoutMs);
  try {
    let talk = beginTalk(session, first, options.agent);
    for (const message of earlier) talk.conversation.remember(message);
    if (call.terminal.interactive) {
      for (const message of earlier.slice(-SHOWN_HISTORY)) talk.conversation.showEarlier(message);
    }
    if (call.terminal.interactive) introduce(talk);
    // Known before anything is said: what is said may be the answer.
    for (const question of open) talk.conversation.hear({ event: "interrupt", data: question });
    for (;;) {
      const ending = await converseIn(session, talk);
      if (ending !== "new") return ending;
      talk = beginTalk(session, { ...first, threadId: `cli-${call.host.randomHex(8)}` }, talk.agent);
      introduce(talk);
    }
  } finally {
    session.screen.close();
    session.lines.close();
  }
}

function introduce({ screen, thread }: Talk): void {
  screen.note(`Thread ${thread.threadId}. /help lists the commands, Ctrl-D leaves.`);
}

function openSession(call: Invocation, timeoutMs: number): Session {
  const { host, terminal } = call;
  const { interactive } = terminal;
  const lines = createInterface({
    input: host.stdin,
    crlfDelay: Number.POSITIVE_INFINITY,
    ...(interactive && { output: host.stdout }),
  });
  const screen = screenFor(call, lines);
  const onPaste = (pasted: readonly string[]) => screen.pasted(pasted);
  const input = new Input(lines, interactive ? { keys: host.stdin, onPaste } : undefined);
  const session = { call, lines, input, screen, timeoutMs, leaving: new AbortController(), talk: undefined };
  if (interactive) {
    lines.once("close", () => {
      screen.close();
      session.leaving.abort();
    });
    listenToInterrupts(session);
  }
  return session;
}

function screenFor({ host, terminal, options }: Invocation, lines: Interface): Screen {
  if (options.flag("json")) return noScreen;
  if (!terminal.interactive) return new PlainScreen(terminal);
  // Without control sequences nothing can be drawn anew.
  if (host.env.TERM === "dumb") return new DumbScreen(terminal, lines);
  const live = new LiveScreen(terminal, host.stdout, lines);
  // Before anybody else hears of the line: whatever is drawn next must find the screen as it was.
  lines.on("line", (line) => live.takeTyped(line));
  return live;
}

/** Ctrl-C once drops what was pasted, else stops the running turn, else empties the line; twice leaves. */
function listenToInterrupts(session: Session): void {
  const { lines, call } = session;
  let lastMs = Number.NEGATIVE_INFINITY;
  lines.on("SIGINT", () => {
    const nowMs = call.host.nowMs();
    if (nowMs - lastMs < TWICE_MS) {
      session.leaving.abort();
      return;
    }
    lastMs = nowMs;
    if (session.talk?.conversation.busy && !session.input.holdsPaste) {
      session.screen.note("Stopping the turn. Ctrl-C again leaves.");
      session.talk.stop().catch(session.talk.fail);
      return;
    }
    session.input.dropPaste();
    lines.write(null, { ctrl: true, name: "e" });
    lines.write(null, { ctrl: true, name: "u" });
    session.screen.note("Ctrl-C again leaves.");
  });
}

function beginTalk(session: Session, thread: Thread, agent: string | undefined): Talk {
  const { call, screen } = session;
  const conversation = new Conversation(screen, call.host.wallMs);
  if (agent !== undefined) conversation.talkWith(agent);
  const talk = new Talk({ call, thread, conversation, screen, agent });
  session.talk = talk;
  return talk;
}

/** Talks in one thread until it is left. */
async function converseIn(session: Session, talk: Talk): Promise<ExitCode | "new"> {
  const ending = new AbortController();
  try {
    const left = whenAborted(session.leaving.signal).then((): ExitCode => exitCodes.completed);
    return await Promise.race([talkOn(session, talk, ending.signal), listen(talk, ending.signal), left, talk.broken]);
  } finally {
    ending.abort();
  }
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Does line by line what is entered; a program that has said everything waits for the answers. */
async function talkOn(session: Session, talk: Talk, ending: AbortSignal): Promise<ExitCode | "new"> {
  const { input, call } = session;
  talk.conversation.askAgain();
  let leaving: Leaving | undefined;
  while (leaving === undefined) {
    const entry = await input.next();
    if (!entry) break;
    leaving = await talk.enter(entry);
  }
  if (leaving === "new") return leaveThread(talk);
  if (call.terminal.interactive) return exitCodes.completed;
  await talk.allSent;
  const idle = await inTime(talk.conversation.whenIdle(), session, ending);
  return idle === "asked" ? exitCodes.suspended : talk.worst;
}

function leaveThread({ screen, thread, conversation }: Talk): "new" {
  if (conversation.unanswered > 0) screen.note("What is not answered yet will be answered in the old thread.");
  screen.note(`The old thread: parley chat --thread ${thread.threadId}`);
  screen.draft(undefined);
  screen.activity(undefined);
  return "new";
}

async function inTime<T>(waiting: Promise<T>, { timeoutMs, call }: Session, ending: AbortSignal): Promise<T> {
  const done = new AbortController();
  const late = call.host.sleep(timeoutMs, AbortSignal.any([ending, done.signal])).then((): never => {
    throw new Unanswered(`Not every message was answered within ${Math.round(timeoutMs / 1000)} s.`);
  });
  try {
    return await Promise.race([waiting, late]);
  } finally {
    done.abort();
  }
}

/** Shows what happens in the thread. Ends only by a failure. */
async function listen(talk: Talk, signal: AbortSignal): Promise<never> {
  const { call, thread, conversation } = talk;
  const onChange = connectionSign(talk, signal);
  const events = followThread(thread, { host: call.host, graceMs: Number.POSITIVE_INFINITY, signal, onChange });
  for await (const happened of events) {
    if (call.options.flag("json")) call.terminal.json(happened);
    conversation.hear(happened);
  }
  // The conversation has ended; whoever waits for this has ended too.
  return new Promise<never>(() => undefined);
}

/** Says that the connection is lost only when it stays away for a while, and only as long as it does. */
function connectionSign({ call, conversation }: Talk, signal: AbortSignal): (change: "lost" | "back") => void {
  let away = new AbortController();
  return (change) => {
    away.abort();
    conversation.status(undefined);
    if (change === "back") return;
    away = new AbortController();
    call.host.sleep(SILENT_MS, AbortSignal.any([signal, away.signal])).then(
      () => conversation.status("the connection is lost, trying again"),
      // It is back, or the conversation has ended.
      () => undefined,
    );
  };
}
