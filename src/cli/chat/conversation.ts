// What a conversation shows of its thread, and which of our messages still wait for an answer.

import { assertNever } from "#protocol/errors.ts";
import type { PendingInterrupt } from "#protocol/interrupts.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Message } from "#protocol/threads.ts";
import { describeCard } from "../ask.ts";
import { describeWaiting } from "../outcome.ts";
import { dropControls, printable } from "../terminal.ts";
import { LiveText, type Print } from "./live-text.ts";
import type { Screen, Speaker } from "./screen.ts";
import { answers, RecentIds, type ThreadEvent } from "./thread.ts";

const parley: Speaker = { name: "parley", colour: "yellow" };
const somebody: Speaker = { name: "somebody", colour: "green" };
const assistant: Speaker = { name: "assistant", colour: "cyan" };

/** Turns of which live text is kept; one thread runs one turn at a time. */
const MOST_LIVE_TEXTS = 16;

export class Conversation {
  readonly #screen: Screen;
  readonly #live = new Map<string, LiveText>();
  readonly #shown = new RecentIds();
  /** Texts on their way to the daemon: the stream may bring them back before the daemon has answered. */
  readonly #sending: string[] = [];
  readonly #waiting = new Set<string>();
  readonly #answered = new RecentIds();
  #onAllAnswered: (() => void) | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Messages of before; they are not shown again when the stream brings them. */
  remember(message: Message): void {
    this.#shown.add(message.messageId);
  }

  showEarlier(message: Message): void {
    this.#screen.say(speakerOf(message, "you"), printable(message.text));
  }

  sending(text: string): void {
    this.#sending.push(text);
  }

  /** The text is with the daemon under this id, or (undefined) it was not taken. */
  sent(text: string, messageId: string | undefined): void {
    const index = this.#sending.indexOf(text);
    if (index >= 0) this.#sending.splice(index, 1);
    if (messageId === undefined) return;
    this.#shown.add(messageId);
    if (!this.#answered.has(messageId)) this.#waiting.add(messageId);
  }

  /** Resolves when every message of ours has its answer. */
  async allAnswered(): Promise<void> {
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAllAnswered = resolve;
    });
  }

  hear(happened: ThreadEvent): void {
    switch (happened.event) {
      case "message":
        this.#hearMessage(happened.data);
        break;
      case "delta": {
        const { runId, offset, text } = happened.data;
        this.#print(runId, this.#liveText(runId).piece(offset, text));
        break;
      }
      case "activity":
        this.#screen.note(`… ${printable(happened.data.text)}`);
        break;
      case "interrupt":
        this.#showQuestion(happened.data);
        break;
      case "interrupt.resolved":
        this.#screen.note(`The question of ${happened.data.nodeId} is ${happened.data.outcome ?? "resolved"}.`);
        break;
      default:
        assertNever(happened);
    }
  }

  #hearMessage(message: Message): void {
    if (message.role === "user") {
      this.#hearUser(message);
      return;
    }
    this.#noteAnswered(message);
    if (this.#shown.add(message.messageId)) this.#showReply(message);
  }

  #showReply(message: Message): void {
    const live = this.#live.get(message.runId);
    if (message.role === "system" || !live?.begun) {
      this.#screen.say(speakerOf(message, "you"), printable(message.text));
      return;
    }
    this.#live.delete(message.runId);
    this.#print(message.runId, live.final(message.text));
    this.#screen.finish(message.runId);
  }

  #hearUser(message: Message): void {
    const own = this.#sending.includes(message.text);
    if (!this.#shown.add(message.messageId) || own) return;
    this.#screen.say(somebody, printable(message.text));
  }

  #noteAnswered(message: Message): void {
    for (const id of [message.inReplyTo, ...(message.alsoAnswers ?? [])]) if (id !== undefined) this.#answered.add(id);
    for (const id of this.#waiting) if (answers(message, id)) this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#onAllAnswered?.();
  }

  #liveText(runId: string): LiveText {
    const live = this.#live.get(runId) ?? new LiveText();
    this.#live.set(runId, live);
    const [oldest] = this.#live.keys();
    if (this.#live.size > MOST_LIVE_TEXTS && oldest !== undefined) this.#live.delete(oldest);
    return live;
  }

  #print(runId: string, print: Print): void {
    switch (print.kind) {
      case "nothing":
        return;
      case "more":
        this.#screen.grow(runId, assistant, dropControls(print.text), print.first);
        return;
      case "anew":
        this.#screen.finish(runId);
        this.#screen.note("(the answer was begun anew)");
        this.#screen.grow(runId, assistant, dropControls(print.text), true);
    }
  }

  #showQuestion({ runId, nodeId, kind, data }: PendingInterrupt): void {
    const card = describeCard(data as JsonObject);
    const waits = describeWaiting({ kind, nodeId, data: data as JsonObject });
    this.#screen.say(parley, printable(`waits for ${waits}${card === "" ? "" : `\n${card}`}`));
    this.#screen.note(`Answer it: parley interrupts answer ${runId} ${nodeId} …`);
  }
}

function speakerOf({ role, agent }: Message, user: string): Speaker {
  if (role === "user") return { ...somebody, name: user };
  if (role === "system") return parley;
  return agent === undefined ? assistant : { ...assistant, name: agent.replace(/^host:/, "") };
}
