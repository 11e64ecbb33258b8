// A campaign of chat turns: people talk with an agent while its daemon is killed again and again, then a rest, then the
// books of all sides are compared: thread, live readers, log, model, tools.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StopPointName, stopPointNames } from "#runtime/stop-points.ts";
import { checkLog } from "../chaos/check-runs.ts";
import { checkStore } from "../chaos/check-store.ts";
import { Client } from "../chaos/client.ts";
import { Daemon } from "../chaos/daemon.ts";
import { type Finding, Findings } from "../chaos/findings.ts";
import { Killing } from "../chaos/killing.ts";
import type { Kill } from "../chaos/plan.ts";
import { createRandom, type Random } from "../chaos/random.ts";
import { isAtRest, pause } from "../chaos/world.ts";
import { checkReaders } from "./check-readers.ts";
import { checkTools, type ToolFigures } from "./check-tools.ts";
import { checkTurns, type Ends } from "./check-turns.ts";
import { checkUsage, type UsageFigures } from "./check-usage.ts";
import { type Evidence, gather } from "./evidence.ts";
import { furnish } from "./home.ts";
import { ChatModel, type ModelFaults } from "./model.ts";
import { Person, type Surroundings } from "./people.ts";
import { ToolReceiver } from "./receiver.ts";
import type { TurnKind } from "./turns.ts";

export interface ChatLoad {
  threads: number;
  /** Mean pause of a person between two messages, in ms. */
  meanPauseMs: number;
  /** What is written, in turn; absent: at random. */
  kinds?: readonly TurnKind[];
  /** While the daemon is killed; afterwards the model behaves. */
  faults: ModelFaults;
}

export interface ChatCampaignOptions {
  kills: readonly Kill[];
  seed: number;
  load: ChatLoad;
  /** Told what happens, line by line. */
  tell?: (line: string) => void;
}

export interface ChatReport extends ToolFigures, UsageFigures, Ends {
  seed: number;
  kills: number;
  /** How often each stop point killed the daemon. */
  stopPoints: Partial<Record<StopPointName, number>>;
  /** Stop points that the load never passed in time. */
  missed: string[];
  messages: number;
  acknowledgedMessages: number;
  runs: number;
  cards: number;
  lost: number;
  duplicated: number;
  broken: number;
  /** From the last start until everything had come to its end. */
  settleMs: number;
  slowestBootMs: number;
  seconds: number;
  findings: Finding[];
}

/** No timer of a turn comes due within a campaign, and nobody forks, schedules or subscribes here. */
const beyondTurns: readonly StopPointName[] = [
  "timer.due",
  "fork.page-written",
  "schedule.due",
  "webhook.due",
  "webhook.posted",
];

/** The stop points that turns pass. */
export const chatStopPoints = stopPointNames.filter((name) => !beyondTurns.includes(name));

const DRAIN_DEADLINE_MS = 90_000;
const POLL_MS = 50;
/** Longest time a daemon may take to end on SIGTERM. */
const STOP_DEADLINE_MS = 5_000;

export async function runChatCampaign(options: ChatCampaignOptions): Promise<ChatReport> {
  const home = await mkdtemp(join(tmpdir(), "parley-chaos-chat-"));
  const random = createRandom(options.seed);
  const receiver = new ToolReceiver();
  const model = new ChatModel(random.fork("model"), await receiver.listen());
  const daemon = new Daemon(home);
  const client = new Client(() => daemon.target);
  try {
    await furnish(home, await model.listen());
    return await new ChatCampaign({ daemon, client, receiver, model }, options, random).run();
  } finally {
    await daemon.kill();
    client.close();
    await Promise.all([model.close(), receiver.close()]);
    await rm(home, { recursive: true, force: true });
  }
}

interface Parts {
  daemon: Daemon;
  client: Client;
  receiver: ToolReceiver;
  model: ChatModel;
}

class ChatCampaign {
  readonly #parts: Parts;
  readonly #options: ChatCampaignOptions;
  readonly #world: Surroundings;
  readonly #findings = new Findings();
  readonly #killing: Killing;
  readonly #people: Person[];
  readonly #beganMs = Date.now();

  constructor(parts: Parts, options: ChatCampaignOptions, random: Random) {
    const { daemon, client } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#world = { daemon, client, phase: "load", givesUpAtMs: Number.POSITIVE_INFINITY };
    this.#killing = new Killing(daemon);
    const { threads, meanPauseMs, kinds } = options.load;
    this.#people = Array.from({ length: threads }, (_, at) => {
      const threadId = `chat-${at}`;
      const talk = { threadId, meanPauseMs, ...(kinds && { kinds }) };
      return new Person(this.#world, talk, random.fork(threadId));
    });
  }

  async run(): Promise<ChatReport> {
    const { model } = this.#parts;
    await this.#killing.boot();
    const followed = Promise.all(this.#people.map(({ follower }) => follower.follow()));
    model.faults = this.#options.load.faults;
    const talked = Promise.all(this.#people.map((person) => person.talk()));
    await this.#killing.strikeAll(this.#options.kills, this.#options.tell);
    model.faults = { refuse: 0, cut: 0 };
    const settleMs = await this.#drain(talked);
    const evidence = await this.#gather();
    const ends = checkTurns(evidence, this.#findings);
    const tools = checkTools(evidence, this.#findings);
    const usage = checkUsage(evidence, this.#findings);
    for (const run of evidence.runs.values()) checkLog(run, this.#findings);
    await checkReaders(evidence, this.#findings);
    for (const { follower } of this.#people) follower.stop();
    await followed;
    await this.#checkAtRest();
    return this.#report(evidence, { ...ends, ...tools, ...usage, settleMs });
  }

  /** The last start; then everything that was begun comes to its end. Returns how long that took, in ms. */
  async #drain(talked: Promise<unknown>): Promise<number> {
    const world = this.#world;
    world.phase = "drain";
    world.givesUpAtMs = Date.now() + DRAIN_DEADLINE_MS;
    if (!world.daemon.running) await this.#killing.boot();
    const beganMs = Date.now();
    await talked;
    while (Date.now() < world.givesUpAtMs && !(await isAtRest(world.client))) await pause(POLL_MS);
    const settleMs = Date.now() - beganMs;
    await Promise.all(this.#people.map((person) => person.finish()));
    return settleMs;
  }

  #gather(): Promise<Evidence> {
    const { client, model, receiver } = this.#parts;
    const { lives, killedAtMs } = this.#killing;
    return gather(client, { people: this.#people, seen: receiver.seen, model, lives, killedAtMs }, this.#findings);
  }

  /** The daemon ends in good order and leaves a sound store. */
  async #checkAtRest(): Promise<void> {
    const { daemon } = this.#parts;
    const { code, tookMs } = await daemon.stop();
    if (code !== 0) this.#findings.broken(`SIGTERM ended the daemon with ${code}`);
    if (tookMs > STOP_DEADLINE_MS) this.#findings.broken(`SIGTERM took ${tookMs} ms`);
    await checkStore(daemon.home, this.#findings);
  }

  #report(evidence: Evidence, figures: Ends & ToolFigures & UsageFigures & { settleMs: number }): ChatReport {
    const { killedAtMs, stopPoints, missed, slowestBootMs } = this.#killing;
    const said = this.#people.flatMap((person) => person.said);
    const findings = this.#findings;
    return {
      seed: this.#options.seed,
      kills: killedAtMs.length,
      stopPoints,
      missed,
      messages: said.length,
      acknowledgedMessages: said.filter(({ acknowledged }) => acknowledged.length > 0).length,
      runs: evidence.runs.size,
      cards: this.#people.reduce((sum, { cards }) => sum + cards.size, 0),
      ...figures,
      lost: findings.count("lost"),
      duplicated: findings.count("duplicated"),
      broken: findings.count("broken"),
      slowestBootMs,
      seconds: Math.round((Date.now() - this.#beganMs) / 100) / 10,
      findings: findings.list,
    };
  }
}
