// What a conversation shows of its thread, which of our messages still wait for an answer, and what is asked.
//
//   V1. A message is shown once, however often the stream brings it.
//   V2. A turn that has its answer is over: pieces and activities that come late are not shown.

import { assertNever } from "#protocol/errors.ts";
import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { Message, MessageAccepted } from "#protocol/threads.ts";
import { answerCommands, cardLines } from "../card.ts";
import { oneLine, printable } from "../terminal.ts";
import { withPiece } from "./live-text.ts";
import { isAnsweredByTalk, isAskedHere, promptFor, Questions } from "./questions.ts";
import type { Screen } from "./screen.ts";
import { assistant, named, parley, somebody, speakerOf, you } from "./speakers.ts";
import { answers, RecentIds, type ThreadEvent } from "./thread.ts";

/** Why nothing more is to be waited for. */
export type Idle = "answered" | "asked";

export class Conversation {
  readonly questions = new Questions();
  readonly #screen: Screen;
  readonly #wallMs: () => number;
  readonly #shown = new RecentIds();
  /** Runs of turns that are over (V2). */
  readonly #over = new RecentIds();
  /** Texts on their way to the daemon: the stream may bring them back before the daemon has answered. */
  readonly #sending: string[] = [];
  /** Our messages without an answer, and the run of each; undefined: the turn that had asked us goes on with it. */
  readonly #waiting = new Map<string, string | undefined>();
  /** Runs of the present turn that have asked something, and those of turns that are over. */
  readonly #askers = new Set<string>();
  readonly #formerAskers = new RecentIds();
  readonly #answered = new RecentIds();
  #live: { runId: string; text: string } | undefined;
  #doing: { runId: string; text: string } | undefined;
  #lastMessageId: string | undefined;
  #status: string | undefined;
  #onIdle: ((idle: Idle) => void) | undefined;
  /** What the line that is being typed was begun for, when the prompt has changed meanwhile (Q2). */
  #typedFor: "message" | "question" | undefined;
  /** Whose text is shown while it is written; the message says it again. */
  #writer = assistant;

  constructor(screen: Screen, wallMs: () => number) {
    this.#screen = screen;
    this.#wallMs = wallMs;
  }

  /** Messages of before; they are not shown again when the stream brings them. */
  remember(message: Message): void {
    this.#shown.add(message.messageId);
    this.#lastMessageId = message.messageId;
    if (endsTurn(message)) this.#over.add(message.runId);
  }

  showEarlier(message: Message): void {
    this.#screen.say(speakerOf(message, "you"), printable(message.text));
  }

  /** A turn of this thread is under way, as far as is known here. */
  get busy(): boolean {
    return this.#waiting.size > 0 || this.#sending.length > 0 || this.#live !== undefined || this.#doing !== undefined;
  }

  /** Messages of ours that have no answer yet. */
  get unanswered(): number {
    return this.#waiting.size + this.#sending.length;
  }

  /** What is being done now, in a few words. */
  get doing(): string | undefined {
    return this.#doing?.text;
  }

  /** The latest message of the thread, whoever wrote it. */
  get lastMessageId(): string | undefined {
    return this.#lastMessageId;
  }

  /** Shows a line that was entered and is no message. */
  echo(text: string): void {
    this.#screen.echo(you, printable(text.trim()));
  }

  /** Shows what the user says; call before it is sent. */
  sending(text: string, typed: boolean): void {
    if (typed) this.#screen.echo(you, printable(text), this.#queuedBehind());
    this.#sending.push(text);
  }

  /** Why a message that is said now does not begin its turn at once. */
  #queuedBehind(): string | undefined {
    const [question] = this.questions.all;
    if (question && !isAnsweredByTalk(question.item)) return `(queued until question ${question.number} is decided)`;
    return this.busy && !question ? "(queued)" : undefined;
  }

  /** The text is with the daemon, or (undefined) it was not taken. */
  sent(text: string, accepted: MessageAccepted | undefined): void {
    const index = this.#sending.indexOf(text);
    if (index >= 0) this.#sending.splice(index, 1);
    if (!accepted) return;
    this.#shown.add(accepted.messageId);
    this.#lastMessageId = accepted.messageId;
    // The daemon takes a message for the answer when its thread waits for one: it begins no turn of its own.
    const runId = this.#askers.has(accepted.runId) ? undefined : accepted.runId;
    const isOver = this.#answered.has(accepted.messageId) || this.#formerAskers.has(accepted.runId);
    if (!isOver) this.#waiting.set(accepted.messageId, runId);
    this.#showActivity();
  }

  /** The message has a new turn. */
  retried({ messageId, runId }: MessageAccepted): void {
    if (!this.#over.has(runId)) this.#waiting.set(messageId, runId);
  }

  /** Resolves when every message of ours has its answer, or the turn waits for a person. */
  async whenIdle(): Promise<Idle> {
    if (this.#waiting.size === 0) return "answered";
    if (this.questions.all.length > 0) return "asked";
    return new Promise<Idle>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** A line about the connection, in place of the activity; undefined when all is well. */
  status(line: string | undefined): void {
    this.#status = line;
    this.#showActivity();
  }

  hear(happened: ThreadEvent): void {
    switch (happened.event) {
      case "message":
        this.#hearMessage(happened.data);
        break;
      case "delta":
        this.#hearPiece(happened.data);
        break;
      case "activity":
        this.#hearActivity(happened.data);
        break;
      case "interrupt":
        this.#hearQuestion(happened.data);
        break;
      case "interrupt.resolved":
        this.settled(happened.data.interruptId, endOfQuestion(happened.data));
        break;
      default:
        assertNever(happened);
    }
  }

  /** What the line just entered was begun for, when that is not what the prompt says now. Asks once per line. */
  takeTypedFor(): "message" | "question" | undefined {
    const typedFor = this.#typedFor;
    this.#typedFor = undefined;
    return typedFor;
  }

  /** Messages go to this agent from now on. */
  talkWith(agent: string): void {
    this.#writer = named(agent);
  }

  /** A question is no longer open, or was put off: the prompt asks the next. */
  settled(interruptId: string, how: string): void {
    const before = this.questions.current;
    const question = this.questions.settle(interruptId);
    if (!question) return;
    this.#screen.note(`Question ${question.number} ${how}.`);
    this.#ask(before?.item.interruptId);
  }

  putOff(): void {
    const question = this.questions.current;
    if (!question) return;
    if (isAnsweredByTalk(question.item)) {
      this.#screen.note("What you say next answers this question. /stop gives the turn up.");
      return;
    }
    question.later = true;
    this.#screen.note(`Question ${question.number} stays open. /status shows it again.`);
    this.askAgain();
  }

  /** Makes the prompt ask the present question. */
  askAgain(): void {
    this.#screen.prompt(promptFor(this.questions.current));
  }

  showQuestion(question: { number: number; item: PendingInterrupt }): void {
    const { number, item } = question;
    const [first = "", ...rest] = cardLines(item, this.#wallMs());
    const how = isAskedHere(item) ? [] : ["Answer it from a shell:", ...answerCommands(item)];
    this.#screen.card({ ...parley, name: `${item.kind} ${number}` }, [first, ...rest, ...how]);
  }

  #hearMessage(message: Message): void {
    const isNew = this.#shown.add(message.messageId);
    if (isNew) this.#lastMessageId = message.messageId;
    if (message.role === "user") {
      if (isNew && !this.#sending.includes(message.text)) this.#screen.say(somebody, printable(message.text));
      return;
    }
    if (endsTurn(message)) this.#endTurn(message.runId);
    this.#showReply(message, isNew);
    this.#noteAnswered(message);
    if (this.#doing?.runId === message.runId) this.#doing = undefined;
    this.#showActivity();
  }

  /** The message takes the place of what was shown of it; a notice leaves that as it stands. */
  #showReply(message: Message, isNew: boolean): void {
    const wasLive = this.#live?.runId === message.runId;
    if (wasLive) this.#live = undefined;
    if (!isNew) return;
    const isAnswer = message.role === "agent";
    if (wasLive && !isAnswer) this.#screen.keepDraft();
    const text = printable(message.text);
    if (wasLive && isAnswer) this.#screen.finish(speakerOf(message, "you"), text);
    else this.#screen.say(speakerOf(message, "you"), text);
  }

  #endTurn(runId: string): void {
    this.#over.add(runId);
    for (const asker of this.#askers) this.#formerAskers.add(asker);
    this.#askers.clear();
  }

  #noteAnswered(message: Message): void {
    for (const id of [message.inReplyTo, ...(message.alsoAnswers ?? [])]) if (id !== undefined) this.#answered.add(id);
    for (const [id, runId] of this.#waiting) {
      // A message that is answered anew waits for the answer of its new run.
      const itsOwn = answers(message, id) && (message.runId === runId || message.inReplyTo !== id);
      if (itsOwn || (runId === undefined && endsTurn(message))) this.#waiting.delete(id);
    }
    if (this.#waiting.size === 0) this.#onIdle?.("answered");
  }

  #hearPiece({ runId, offset, text }: { runId: string; offset: number; text: string }): void {
    if (this.#over.has(runId)) return;
    const before = this.#live?.runId === runId ? this.#live.text : "";
    this.#live = { runId, text: withPiece(before, { offset, text }) };
    this.#screen.draft({ speaker: this.#writer, text: printable(this.#live.text) });
  }

  /** The text says who, too: `Chief → Researcher: searching notes`. */
  #hearActivity({ runId, text }: { runId: string; text: string }): void {
    if (this.#over.has(runId)) return;
    this.#doing = { runId, text: oneLine(text) };
    this.#showActivity();
  }

  #showActivity(): void {
    const queued = this.unanswered - 1;
    const parts = [this.#doing?.text, queued > 0 ? `${queued} queued` : undefined, this.#status];
    const line = parts.filter((part) => part !== undefined).join(" · ");
    this.#screen.activity(line === "" ? undefined : line);
  }

  #hearQuestion(item: PendingInterrupt): void {
    const before = this.questions.current;
    const question = this.questions.add(item);
    if (!question) return;
    this.#askers.add(item.runId);
    this.#live = undefined;
    this.#doing = undefined;
    this.#screen.draft(undefined);
    this.#showActivity();
    this.showQuestion(question);
    this.#ask(before?.item.interruptId);
    this.#onIdle?.("asked");
  }

  #ask(before: string | undefined): void {
    const now = this.questions.current?.item.interruptId;
    if (now !== before && this.#screen.typing) this.#typedFor ??= before === undefined ? "message" : "question";
    this.askAgain();
  }
}

/** `was approved by operator`, `has expired`. */
function endOfQuestion({ outcome, resolvedBy }: { outcome?: string; resolvedBy?: string }): string {
  const by = resolvedBy === undefined ? "" : ` by ${oneLine(resolvedBy)}`;
  switch (outcome) {
    case "accept":
      return `was approved${by}`;
    case "reject":
      return `was rejected${by}`;
    case "edit-accept":
      return `was approved with changes${by}`;
    case "refine":
      return `was sent back${by}`;
    case "expired":
      return "has expired: nobody answered in time";
    case "gone":
    case "cancelled":
      return "ended with its turn";
    default:
      return `was answered${by}`;
  }
}

function endsTurn({ role, inReplyTo }: Message): boolean {
  return role !== "user" && inReplyTo !== undefined;
}
