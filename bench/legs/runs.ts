// Noop runs: how many a second at 16 in flight, as a share of what the bare server reaches; and how long one takes alone.
//
//   Rounds alternate, so that a machine that grows slower slows both. The ratio is taken per round, then the median.
//   A raw FULL commit is timed in every round: the alone latency is judged in commits of the same minute.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { rawCommitMs } from "../raw-commit.ts";
import { type Server, startBare, startHost } from "../servers.ts";
import { median } from "../stats.ts";
import { measure, taken } from "../tool.ts";

const MIN_RATIO = 0.36;
const MAX_COMMITS = 4;

interface Round {
  perSecond: number;
  bare: number;
  ratio: number;
  aloneMs: number;
  bareAloneMs: number;
  rawCommitMs: number;
  notCompleted: number;
}

export async function runsLeg(options: BenchOptions, say: (line: string) => void): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  const rounds: Round[] = [];
  try {
    for (let at = 0; at < options.rounds; at += 1) {
      const round = await oneRound(host, bare, options);
      rounds.push(round);
      say(
        `round ${at + 1}: ${Math.round(round.perSecond)} of ${Math.round(round.bare)} runs/s, ratio ${rounded(round.ratio)}`,
      );
    }
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
  return [throughput(rounds, options), alone(rounds)];
}

async function oneRound(host: Server, bare: Server, options: BenchOptions): Promise<Round> {
  const settings = {
    legs: "runs",
    n: options.n,
    concurrency: options.concurrency,
    repeat: 1,
    warmup: Math.min(1_000, options.n),
  };
  const rawMs = rawCommitMs();
  const ours = taken((await measure(host, settings)).legs.runs, host);
  const theirs = taken((await measure(bare, settings)).legs.runs, bare);
  return {
    perSecond: ours.per_second,
    bare: theirs.per_second,
    ratio: ours.per_second / theirs.per_second,
    aloneMs: ours.one_at_a_time_ms.p50,
    bareAloneMs: theirs.one_at_a_time_ms.p50,
    rawCommitMs: rawMs,
    notCompleted: ours.not_completed + (ours.failed ?? 0),
  };
}

function throughput(rounds: Round[], options: BenchOptions): Figure {
  const ratio = median(rounds.map((round) => round.ratio));
  const lost = rounds.reduce((sum, round) => sum + round.notCompleted, 0);
  return {
    leg: "runs",
    name: `noop runs at ${options.concurrency} in flight`,
    unit: "runs/s",
    parley: rounded(median(rounds.map((round) => round.perSecond)), 0),
    baseline: { name: "bare server", value: rounded(median(rounds.map((round) => round.bare)), 0) },
    compared: { name: "median ratio", value: rounded(ratio) },
    bar: { text: `ratio >= ${MIN_RATIO}, all completed`, holds: ratio >= MIN_RATIO && lost === 0 },
    details: { n: options.n, notCompleted: lost, rounds },
  };
}

function alone(rounds: Round[]): Figure {
  const commits = rounds.map((round) => (round.aloneMs - round.bareAloneMs) / round.rawCommitMs);
  return {
    leg: "runs",
    name: "one noop run, alone, p50",
    unit: "ms",
    parley: rounded(median(rounds.map((round) => round.aloneMs))),
    baseline: { name: "bare server", value: rounded(median(rounds.map((round) => round.bareAloneMs))) },
    compared: {
      name: `raw FULL commits above it (one: ${rounded(median(rounds.map((round) => round.rawCommitMs)))} ms)`,
      value: rounded(median(commits), 2),
    },
    bar: { text: `<= ${MAX_COMMITS} raw commits above bare`, holds: median(commits) <= MAX_COMMITS },
    details: { rounds },
  };
}
