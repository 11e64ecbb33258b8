// One conversation under way, and what the lines that are entered do in it.

import type { MessageAccepted } from "#protocol/threads.ts";
import { questionsOf } from "../card.ts";
import type { Invocation } from "../command.ts";
import { ApiError, type ExitCode, exitCodeOf, exitCodes, Unreachable } from "../failures.ts";
import { reportFailure } from "../report-failure.ts";
import { answerQuestion } from "./answering.ts";
import type { Conversation } from "./conversation.ts";
import type { Entry } from "./input.ts";
import { approval, type OpenQuestion, readClarification, readEdit, readReply, rejection } from "./questions.ts";
import type { Screen } from "./screen.ts";
import { changeAgent, explainCommands, showStatus, showTraceOf } from "./side-questions.ts";
import { readCommand, type SlashCommand } from "./slash.ts";
import type { Talking } from "./talking.ts";
import { postMessage, retryMessage, stopTurn, type Thread } from "./thread.ts";

/** A message that nobody took within this time is reported as not sent. */
const SEND_GRACE_MS = 60_000;

/** Why a conversation is left. */
export type Leaving = "quit" | "new";

export class Talk implements Talking {
  readonly call: Invocation;
  readonly thread: Thread;
  readonly conversation: Conversation;
  readonly screen: Screen;
  /** Whom new messages go to; undefined: the daemon's default. */
  agent: string | undefined;
  /** The gravest code among what was refused. */
  worst: ExitCode = exitCodes.completed;
  #sends: Promise<void> = Promise.resolve();
  readonly #broken = Promise.withResolvers<never>();

  constructor(parts: Talking) {
    this.call = parts.call;
    this.thread = parts.thread;
    this.conversation = parts.conversation;
    this.screen = parts.screen;
    this.agent = parts.agent;
  }

  /** Resolves when everything said so far is with the daemon, or was refused. */
  get allSent(): Promise<void> {
    return this.#sends;
  }

  /** Rejects when sending met a fault that no refusal explains. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  /** Ends the conversation with this fault. */
  readonly fail = (error: unknown): void => this.#broken.reject(error);

  /** Does what an entered line says. */
  async enter({ text, pasted }: Entry): Promise<Leaving | undefined> {
    const typedFor = this.conversation.takeTypedFor();
    if (text.trim() === "") return undefined;
    const command = pasted ? undefined : readCommand(text);
    if (command) {
      this.conversation.echo(text);
      return this.#carryOut(command);
    }
    const question = this.conversation.questions.current;
    if (typedFor === "question" || (typedFor === "message" && question && questionsOf(question.item).length > 0)) {
      this.screen.note("While you typed the question became another one: nothing was sent. Enter sends it now.");
      this.screen.retype(text);
      return undefined;
    }
    const answers = question && typedFor === undefined && this.call.terminal.interactive && !pasted;
    if (answers && (await this.#reply(text, question))) return undefined;
    this.#say(text.trim());
    return undefined;
  }

  /** Stops the running turn of the thread. */
  async stop(): Promise<void> {
    await this.#attempt(async () => {
      const stopped = await stopTurn(this.thread);
      this.screen.note(stopped.runId === undefined ? "Nothing is running." : "The turn was stopped.");
    });
  }

  async #carryOut(command: SlashCommand): Promise<Leaving | undefined> {
    // A program's commands come right behind its messages: they mean the messages that are with the daemon.
    if (!this.call.terminal.interactive) await this.allSent;
    switch (command.command) {
      case "quit":
        return "quit";
      case "new":
        return "new";
      case "help":
        explainCommands(this);
        return undefined;
      case "unknown":
        this.screen.note(`There is no ${command.word}. /help lists what there is.`);
        return undefined;
      case "stop":
        await this.stop();
        return undefined;
      case "status":
        await this.#attempt(() => showStatus(this));
        return undefined;
      case "retry":
        await this.#attempt(() => this.#retry());
        return undefined;
      case "agent":
        await this.#attempt(() => changeAgent(this, command.name));
        return undefined;
      case "trace":
        await this.#attempt(() => showTraceOf(this, command.messageId));
        return undefined;
      default:
        await this.#decide(command);
        return undefined;
    }
  }

  async #decide({ command, number, text }: Extract<SlashCommand, { number: number | undefined }>): Promise<void> {
    const question = this.conversation.questions.find(number);
    if (!question) {
      const open = this.conversation.questions.all.map((one) => one.number).join(", ");
      this.screen.note(
        open === "" ? "Nothing waits for an answer." : `Say which question: ${open}. /status shows them.`,
      );
      return;
    }
    if ((command === "answer") === (question.item.kind === "approval")) {
      const how = command === "answer" ? "/approve, /reject or /edit" : "/answer";
      this.screen.note(`Question ${question.number} is answered with ${how}.`);
      return;
    }
    if (command === "answer") {
      if (text === undefined) this.screen.note("Say the answer: /answer TEXT");
      else await this.#take(readClarification(text, question), question);
    } else if (command === "edit") {
      await this.#take(readEdit(text, question.item), question);
    } else {
      const resumeValue = command === "approve" ? approval(text) : rejection(text);
      await this.#attempt(() => answerQuestion(this, question, resumeValue));
    }
  }

  /** True when the line was an answer to the question. */
  async #reply(text: string, question: OpenQuestion): Promise<boolean> {
    const reply = readReply(text, question);
    if (reply.kind === "none") return false;
    this.conversation.echo(text);
    await this.#take(reply, question);
    return true;
  }

  async #take(reply: ReturnType<typeof readReply>, question: OpenQuestion): Promise<void> {
    switch (reply.kind) {
      case "answer":
        await this.#attempt(() => answerQuestion(this, question, reply.resumeValue));
        return;
      case "later":
        this.conversation.putOff();
        return;
      case "wrong":
        this.screen.note(reply.problem);
        return;
      default:
        this.conversation.askAgain();
    }
  }

  #say(text: string): void {
    const message = { text, clientMessageId: `cli-${this.call.host.randomHex(16)}`, ...this.#agentMember() };
    this.conversation.sending(text, this.call.terminal.interactive);
    this.#sends = this.#sends.then(() => this.#send(message)).catch(this.fail);
  }

  async #send(message: { text: string; clientMessageId: string; agent?: string }): Promise<void> {
    let accepted: MessageAccepted | undefined;
    await this.#attempt(async () => {
      accepted = await postMessage(this.thread, message, { graceMs: SEND_GRACE_MS, signal: AbortSignal.any([]) });
    });
    this.conversation.sent(message.text, accepted);
  }

  #agentMember(): { agent?: string } {
    return this.agent === undefined ? {} : { agent: this.agent };
  }

  async #retry(): Promise<void> {
    const messageId = this.conversation.lastMessageId;
    if (messageId === undefined) {
      this.screen.note("There is no message yet.");
      return;
    }
    this.conversation.retried(await retryMessage(this.call.client, messageId));
    this.screen.note("The last message is answered anew.");
  }

  /** What was refused does not end the conversation; a fault of our own does. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error;
      this.screen.aside(() => reportFailure(this.call.terminal, error, this.call.options.flag("json")));
      this.worst = Math.max(this.worst, exitCodeOf(error)) as ExitCode;
    }
  }
}
