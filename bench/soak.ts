// A soak: the mixed load of the chaos campaign, without a kill, for as long as one likes; and what the daemon's memory
// does meanwhile.
//
//   The first fifth already has the caches filled and the code warm, for the load begins before the clock does.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "./chaos/client.ts";
import { Daemon } from "./chaos/daemon.ts";
import { Ledger } from "./chaos/ledger.ts";
import { type LoadSize, runLoad } from "./chaos/load.ts";
import { createRandom } from "./chaos/random.ts";
import { Receiver } from "./chaos/receiver.ts";
import { scenariosOf } from "./chaos/workflows.ts";
import { pause, sendUntilAnswered, type World } from "./chaos/world.ts";
import { MB } from "./figures.ts";
import { residentBytes } from "./servers.ts";
import { median } from "./stats.ts";

export interface SoakOptions {
  minutes: number;
  warmUpMinutes: number;
  seed: number;
  load: LoadSize;
  tell?: (line: string) => void;
}

export interface SoakReport {
  minutes: number;
  runs: number;
  messages: number;
  /** Medians, MB. */
  firstFifthMb: number;
  lastFifthMb: number;
  growthPercent: number;
  holds: boolean;
}

const MAX_GROWTH_PERCENT = 10;
const SAMPLE_EVERY_MS = 5_000;
const DRAIN_DEADLINE_MS = 60_000;
/** Requests of long ago are repeated; the harness itself must not grow for that. */
const REMEMBERED = 5_000;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const home = await mkdtemp(join(tmpdir(), "parley-soak-"));
  const receiver = new Receiver();
  const daemon = new Daemon(home);
  const client = new Client(() => daemon.target);
  try {
    const scenarios = scenariosOf(await receiver.listen());
    const ledger = new Ledger();
    const phase = "load" as const;
    const world: World = { daemon, client, receiver, ledger, scenarios, phase, givesUpAtMs: Number.POSITIVE_INFINITY };
    await daemon.start();
    for (const { definition } of scenarios) {
      await sendUntilAnswered(world, "POST", "/v1/workflows", { body: definition });
    }
    const load = runLoad(world, options.load, createRandom(options.seed));
    const counts = { runs: 0, messages: 0 };
    await sampled(world, options.warmUpMinutes, counts);
    const samples = await sampled(world, options.minutes, counts, options.tell);
    world.phase = "drain";
    world.givesUpAtMs = Date.now() + DRAIN_DEADLINE_MS;
    await load;
    return reportOf(options.minutes, counts, samples);
  } finally {
    await daemon.stop();
    client.close();
    await receiver.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Resident bytes every few seconds; what the ledger has seen is counted and forgotten. */
async function sampled(
  world: World,
  minutes: number,
  counts: { runs: number; messages: number },
  tell?: (line: string) => void,
): Promise<number[]> {
  const samples: number[] = [];
  const untilMs = Date.now() + minutes * 60_000;
  while (Date.now() < untilMs) {
    await pause(SAMPLE_EVERY_MS);
    const { runs, forks, messages, answers, talks, pauses } = world.ledger;
    counts.runs += forget(runs);
    counts.messages += forget(messages);
    forget(forks);
    answers.clear();
    talks.clear();
    pauses.clear();
    world.receiver.seen.clear();
    samples.push(await residentBytes(world.daemon.ready?.pid ?? 0));
    if (samples.length % 12 === 0) tell?.(`${samples.length / 12} min: ${megabytes(samples.at(-1) ?? 0)} MB`);
  }
  return samples;
}

function forget(list: unknown[]): number {
  const over = Math.max(0, list.length - REMEMBERED);
  list.splice(0, over);
  return over;
}

function reportOf(minutes: number, counts: { runs: number; messages: number }, samples: number[]): SoakReport {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const first = median(samples.slice(0, fifth));
  const last = median(samples.slice(-fifth));
  const growthPercent = Math.round((last / first - 1) * 1_000) / 10;
  return {
    minutes,
    ...counts,
    firstFifthMb: megabytes(first),
    lastFifthMb: megabytes(last),
    growthPercent,
    holds: growthPercent <= MAX_GROWTH_PERCENT,
  };
}

function megabytes(bytes: number): number {
  return Math.round((bytes / MB) * 10) / 10;
}
