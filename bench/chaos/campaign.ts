// A campaign: load on a daemon that is killed again and again, then a rest, then the books are compared.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StopPointName } from "#runtime/stop-points.ts";
import { checkChannels, readChannels } from "./check-channels.ts";
import { checkChildren } from "./check-children.ts";
import { checkEffects } from "./check-effects.ts";
import { checkForks } from "./check-forks.ts";
import { checkMessages, checkTurns } from "./check-messages.ts";
import { checkPauses } from "./check-pauses.ts";
import { checkAnswers, checkIntents, checkLog, type RunEvidence, readRuns } from "./check-runs.ts";
import { checkSchedule } from "./check-schedule.ts";
import { checkStore } from "./check-store.ts";
import { checkTalks } from "./check-talks.ts";
import { checkWebhooks, subscribedTypes } from "./check-webhooks.ts";
import { Client } from "./client.ts";
import { Daemon } from "./daemon.ts";
import { type Finding, Findings } from "./findings.ts";
import { Follower } from "./follower.ts";
import { Hooks } from "./hooks.ts";
import { Killing } from "./killing.ts";
import { Ledger } from "./ledger.ts";
import { answerPending, type LoadSize, runLoad, threadIds } from "./load.ts";
import { resumeAll } from "./pausing.ts";
import type { Kill } from "./plan.ts";
import { createRandom, type Random } from "./random.ts";
import { Receiver } from "./receiver.ts";
import { beginSchedule, endSchedule } from "./schedule.ts";
import { scenariosOf } from "./workflows.ts";
import { isAtRest, pause, sendUntilAnswered, type World } from "./world.ts";

export interface CampaignOptions {
  kills: readonly Kill[];
  seed: number;
  load: LoadSize;
  /** Told what happens, line by line. */
  tell?: (line: string) => void;
}

export interface Report {
  seed: number;
  kills: number;
  /** How often each stop point killed the daemon. */
  stopPoints: Partial<Record<StopPointName, number>>;
  /** Stop points that the load never passed in time. */
  missed: string[];
  runs: number;
  acknowledgedRuns: number;
  messages: number;
  acknowledgedMessages: number;
  questions: number;
  forks: { branches: number; replays: number };
  children: number;
  talks: number;
  pauses: number;
  slots: number;
  effects: { logical: number; calls: number };
  webhooks: { due: number; arrivals: number };
  interrupted: number;
  lost: number;
  duplicated: number;
  broken: number;
  /** From the last start until everything had come to its end. */
  settleMs: number;
  slowestBootMs: number;
  seconds: number;
  findings: Finding[];
}

const DRAIN_DEADLINE_MS = 90_000;
const POLL_MS = 50;
/** Longest time a daemon may take to end on SIGTERM. */
const STOP_DEADLINE_MS = 5_000;

export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const home = await mkdtemp(join(tmpdir(), "parley-chaos-"));
  const receiver = new Receiver();
  const hooks = new Hooks();
  const daemon = new Daemon(home, { OPENWOP_WEBHOOK_ALLOW_PRIVATE: "true" });
  const client = new Client(() => daemon.target);
  try {
    const scenarios = scenariosOf(await receiver.listen());
    const hooksUrl = await hooks.listen();
    const ledger = new Ledger();
    const world: World = {
      daemon,
      client,
      receiver,
      ledger,
      scenarios,
      phase: "load",
      givesUpAtMs: Number.POSITIVE_INFINITY,
    };
    return await new Campaign(world, hooks, options).run(hooksUrl);
  } finally {
    await daemon.kill();
    client.close();
    await receiver.close();
    await hooks.close();
    await rm(home, { recursive: true, force: true });
  }
}

class Campaign {
  readonly #world: World;
  readonly #hooks: Hooks;
  readonly #options: CampaignOptions;
  readonly #random: Random;
  readonly #findings = new Findings();
  readonly #followers: Follower[];
  readonly #killing: Killing;
  readonly #beganMs = Date.now();
  #webhooksDue = 0;

  constructor(world: World, hooks: Hooks, options: CampaignOptions) {
    this.#world = world;
    this.#hooks = hooks;
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#killing = new Killing(world.daemon, world.ledger.killedAtMs);
    this.#followers = threadIds(options.load).map((threadId) => new Follower(world, threadId));
  }

  async run(hooksUrl: string): Promise<Report> {
    await this.#killing.boot();
    await this.#register();
    await this.#subscribe(hooksUrl);
    this.#world.scheduleId = await beginSchedule(this.#world);
    const followed = Promise.all(this.#followers.map((follower) => follower.follow()));
    const load = runLoad(this.#world, this.#options.load, this.#random);
    await this.#killing.strikeAll(this.#options.kills, this.#options.tell);
    const settleMs = await this.#drain(load);
    const runs = await readRuns(this.#world, this.#findings);
    await this.#check(runs);
    for (const follower of this.#followers) follower.stop();
    await followed;
    await this.#checkAtRest();
    return this.#report(runs, settleMs);
  }

  async #register(): Promise<void> {
    for (const { definition, workflowId } of this.#world.scenarios) {
      const reply = await sendUntilAnswered(this.#world, "POST", "/v1/workflows", { body: definition });
      if (reply?.status !== 201 && reply?.status !== 200) {
        throw new Error(`${workflowId} could not be registered: ${JSON.stringify(reply)}`);
      }
    }
  }

  async #subscribe(url: string): Promise<void> {
    const body = { url, events: subscribedTypes };
    const reply = await sendUntilAnswered(this.#world, "POST", "/v1/webhooks", { body });
    if (reply?.status !== 201) throw new Error(`the webhook could not be registered: ${JSON.stringify(reply)}`);
    this.#hooks.secret = reply.body.secret;
  }

  /** The last start; then everything that was begun comes to its end. Returns how long that took, in ms. */
  async #drain(load: Promise<void>): Promise<number> {
    const world = this.#world;
    world.phase = "drain";
    world.givesUpAtMs = Date.now() + DRAIN_DEADLINE_MS;
    if (!world.daemon.running) await this.#killing.boot();
    const beganMs = Date.now();
    await load;
    if (world.scheduleId !== undefined) await endSchedule(world, world.scheduleId);
    while (Date.now() < world.givesUpAtMs) {
      const paused = await resumeAll(world);
      const open = await answerPending(world, this.#random);
      if (paused === 0 && open === 0 && (await isAtRest(world.client))) return Date.now() - beganMs;
      await pause(POLL_MS);
    }
    return Date.now() - beganMs;
  }

  async #check(runs: Map<string, RunEvidence>): Promise<void> {
    const { client, ledger, scenarios } = this.#world;
    const findings = this.#findings;
    for (const notice of ledger.noticed) findings.broken(notice);
    for (const run of runs.values()) checkLog(run, findings);
    checkIntents(runs, ledger.runs, findings);
    checkAnswers(runs, ledger.answers.values(), findings);
    checkTalks(runs, ledger.talks.values(), findings);
    checkForks(runs, ledger.forks, scenarios, findings);
    checkChildren(runs, scenarios, findings);
    checkPauses(runs, ledger.pauses, findings);
    checkSchedule(runs, ledger.slots, findings);
    checkChannels(runs, await readChannels(client, runs, scenarios), scenarios, findings);
    await checkMessages(this.#world, runs, this.#followers, findings);
    checkTurns(this.#world, runs, findings);
    this.#webhooksDue = await checkWebhooks(runs, this.#hooks, findings);
  }

  /** The daemon ends in good order and leaves a sound store. */
  async #checkAtRest(): Promise<void> {
    const { daemon } = this.#world;
    const findings = this.#findings;
    const { code, tookMs } = await daemon.stop();
    if (code !== 0) findings.broken(`SIGTERM ended the daemon with ${code}`);
    if (tookMs > STOP_DEADLINE_MS) findings.broken(`SIGTERM took ${tookMs} ms`);
    await checkStore(daemon.home, findings);
  }

  #report(runs: Map<string, RunEvidence>, settleMs: number): Report {
    const { ledger, receiver } = this.#world;
    const interrupted = checkEffects(runs, ledger, receiver, this.#findings);
    const findings = this.#findings;
    return {
      seed: this.#options.seed,
      kills: ledger.killedAtMs.length,
      stopPoints: this.#killing.stopPoints,
      missed: this.#killing.missed,
      runs: runs.size,
      acknowledgedRuns: ledger.runs.filter(({ acknowledged }) => acknowledged.length > 0).length,
      messages: ledger.messages.length,
      acknowledgedMessages: ledger.messages.filter(({ acknowledged }) => acknowledged.length > 0).length,
      questions: ledger.answers.size,
      forks: countForks(ledger),
      children: [...runs.values()].filter(({ parentRunId }) => parentRunId !== undefined).length,
      talks: ledger.talks.size,
      pauses: [...ledger.pauses.values()].reduce((sum, { paused }) => sum + paused.size, 0),
      slots: ledger.slots.size,
      effects: {
        logical: receiver.seen.size,
        calls: [...receiver.seen.values()].reduce((sum, { calls }) => sum + calls, 0),
      },
      webhooks: {
        due: this.#webhooksDue,
        arrivals: [...this.#hooks.told.values()].reduce((sum, { arrivals }) => sum + arrivals, 0),
      },
      interrupted,
      lost: findings.count("lost"),
      duplicated: findings.count("duplicated"),
      broken: findings.count("broken"),
      settleMs,
      slowestBootMs: this.#killing.slowestBootMs,
      seconds: Math.round((Date.now() - this.#beganMs) / 100) / 10,
      findings: findings.list,
    };
  }
}

function countForks({ forks }: Ledger): Report["forks"] {
  const made = forks.filter(({ acknowledged }) => acknowledged.length > 0);
  const branches = made.filter(({ mode }) => mode === "branch").length;
  return { branches, replays: made.length - branches };
}
