// The people of a campaign: each talks in one thread, follows it live, and answers the cards that appear in it. What is
// under way when the daemon dies goes on after its restart, as a client that reconnects would.

import type { Body } from "../chaos/client.ts";
import { Follower, type HeardEvent } from "../chaos/follower.ts";
import type { Random } from "../chaos/random.ts";
import { pause, sendUntilAnswered, type World } from "../chaos/world.ts";
import { messageText, TESTER, type TurnKind, turnKinds, turnWeights, UNWANTED } from "./turns.ts";

/** What people need of the campaign. */
export type Surroundings = Pick<World, "daemon" | "client" | "givesUpAtMs" | "phase">;

/** One message, and every acknowledgement of it. */
export interface Said {
  threadId: string;
  kind: TurnKind;
  tag: string;
  text: string;
  clientMessageId: string;
  acknowledged: { messageId: string; runId: string; duplicate: boolean }[];
  acknowledgedMs: number | undefined;
}

/** One card, and the status of every try to answer it; undefined where the line broke. */
export interface AnsweredCard {
  interruptId: string;
  runId: string;
  action: "accept" | "reject";
  statuses: (number | undefined)[];
}

export interface PersonOptions {
  threadId: string;
  /** What is written, in turn; absent: at random. */
  kinds?: readonly TurnKind[];
  /** Mean pause between two messages, in ms. */
  meanPauseMs: number;
}

/** Messages of one person that may wait for their answers at the same time. */
const MAX_WAITING = 3;
const SECOND_MESSAGE_PROBABILITY = 0.25;
const RESEND_PROBABILITY = 0.2;
const POLL_MS = 10;

export class Person {
  readonly said: Said[] = [];
  readonly cards = new Map<string, AnsweredCard>();
  /** Things that must not be, noticed while talking. */
  readonly noticed: string[] = [];
  readonly follower: Follower;
  readonly #world: Surroundings;
  readonly #options: PersonOptions;
  readonly #random: Random;
  /** Messages that have an answer, or a notice that says that there is none. */
  readonly #answered = new Set<string>();
  readonly #answering: Promise<void>[] = [];

  constructor(world: Surroundings, options: PersonOptions, random: Random) {
    this.#world = world;
    this.#options = options;
    this.#random = random;
    this.follower = new Follower(world, options.threadId, (event) => this.#hear(event));
  }

  /** Talks until the drain begins; resolves when the last message is acknowledged. */
  async talk(): Promise<void> {
    const { meanPauseMs } = this.#options;
    while (this.#world.phase === "load") {
      await this.#say();
      const room = this.#random.chance(SECOND_MESSAGE_PROBABILITY) ? MAX_WAITING : 1;
      while (this.#world.phase === "load" && this.#waiting() >= room) await pause(POLL_MS);
      await pause(this.#random.next() * 2 * meanPauseMs);
    }
  }

  /** Resolves when every card that was heard has had its answer. */
  async finish(): Promise<void> {
    await Promise.all(this.#answering);
  }

  #waiting(): number {
    const sent = this.said.flatMap(({ acknowledged: [first] }) => (first ? [first.messageId] : []));
    return sent.filter((messageId) => !this.#answered.has(messageId)).length;
  }

  async #say(): Promise<void> {
    const { threadId, kinds } = this.#options;
    const number = this.said.length;
    const kind = kinds ? (kinds[number % kinds.length] as TurnKind) : this.#pickKind();
    const tag = `${threadId}-${number}`;
    const said: Said = {
      threadId,
      kind,
      tag,
      text: messageText(kind, tag),
      clientMessageId: `client-${number}`,
      acknowledged: [],
      acknowledgedMs: undefined,
    };
    this.said.push(said);
    await this.#post(said);
    if (this.#random.chance(RESEND_PROBABILITY)) await this.#post(said);
  }

  #pickKind(): TurnKind {
    let left = this.#random.next() * turnKinds.reduce((sum, kind) => sum + turnWeights[kind], 0);
    return (
      turnKinds.find((kind) => {
        left -= turnWeights[kind];
        return left < 0;
      }) ?? "plain"
    );
  }

  async #post(said: Said): Promise<void> {
    const { threadId, text, clientMessageId } = said;
    const path = `/v1/host/parley/threads/${threadId}/messages`;
    const body = { text, clientMessageId, agent: TESTER };
    const reply = await sendUntilAnswered(this.#world, "POST", path, { body });
    if (!reply) return;
    if (reply.status !== 202 && reply.status !== 200) {
      this.noticed.push(`"${text}" was answered ${reply.status}: ${JSON.stringify(reply.body).slice(0, 300)}`);
      return;
    }
    said.acknowledged.push(reply.body);
    said.acknowledgedMs ??= Date.now();
  }

  #hear({ event, data }: HeardEvent): void {
    if (event === "message" && data.inReplyTo !== undefined) this.#answered.add(data.inReplyTo);
    // A card is shown again after every reconnect; whoever pressed the button presses it once.
    if (event === "interrupt" && !this.cards.has(data.interruptId)) this.#answering.push(this.#answer(data));
  }

  async #answer({ interruptId, runId, nodeId, token, data }: Body): Promise<void> {
    const isUnwanted = JSON.stringify(data.artifactData ?? {}).includes(`"${UNWANTED}"`);
    const card: AnsweredCard = { interruptId, runId, action: isUnwanted ? "reject" : "accept", statuses: [] };
    this.cards.set(interruptId, card);
    const path =
      token && this.#random.chance(0.5) ? `/v1/interrupts/${token}` : `/v1/runs/${runId}/interrupts/${nodeId}`;
    const body = { resumeValue: { action: card.action } };
    // Each try is kept, also those whose line broke: they may have been the one that counted.
    while (Date.now() < this.#world.givesUpAtMs) {
      await this.#world.daemon.up();
      const reply = await this.#world.client.send("POST", path, { body });
      card.statuses.push(reply.outcome === "answered" ? reply.status : undefined);
      if (reply.outcome === "answered" && reply.status !== 503) return;
      await pause(POLL_MS);
    }
  }
}
