// Reads and questions, as shares of what the bare server reaches: the whole log of a finished run over and over; and an
// approval from creation to its end, alone.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { rawCommitMs } from "../raw-commit.ts";
import { type Server, startBare, startHost } from "../servers.ts";
import { median } from "../stats.ts";
import { measure, taken } from "../tool.ts";

const MIN_LOG_RATIO = 0.5;
const MAX_APPROVAL_COMMITS = 6;

export async function logLeg(options: BenchOptions): Promise<Figure[]> {
  const settings = { legs: "log", n: options.n, concurrency: options.concurrency };
  const leg = async (server: Server) => taken((await measure(server, settings)).legs.log, server);
  const rounds = await alternating(options, leg);
  const ratio = median(rounds.map(({ ours, theirs }) => ours.per_second / theirs.per_second));
  const failed = rounds.reduce((sum, { ours }) => sum + (ours.errors ?? 0), 0);
  return [
    {
      leg: "log",
      name: "reads of a finished run's log",
      unit: "reads/s",
      parley: rounded(median(rounds.map(({ ours }) => ours.per_second)), 0),
      baseline: { name: "bare server", value: rounded(median(rounds.map(({ theirs }) => theirs.per_second)), 0) },
      compared: { name: "median ratio", value: rounded(ratio) },
      bar: { text: `ratio >= ${MIN_LOG_RATIO}, none failed`, holds: ratio >= MIN_LOG_RATIO && failed === 0 },
      details: { rounds },
    },
  ];
}

export async function approvalLeg(options: BenchOptions): Promise<Figure[]> {
  const settings = { legs: "approval", n: options.n, concurrency: options.concurrency };
  const rounds = await alternating(options, async (server) => ({
    rawMs: rawCommitMs(),
    ...taken((await measure(server, settings)).legs.approval, server),
  }));
  const p50 = (leg: (typeof rounds)[number]["ours"]) => leg.one_at_a_time.whole_ms.p50;
  const commits = median(rounds.map(({ ours, theirs }) => (p50(ours) - p50(theirs)) / ours.rawMs));
  const failed = rounds.reduce((sum, { ours }) => sum + (ours.errors ?? 0), 0);
  return [
    {
      leg: "approval",
      name: "an approval from creation to the end of its run, alone, p50",
      unit: "ms",
      parley: rounded(median(rounds.map(({ ours }) => p50(ours)))),
      baseline: { name: "bare server", value: rounded(median(rounds.map(({ theirs }) => p50(theirs)))) },
      compared: {
        name: `raw FULL commits above it (one: ${rounded(median(rounds.map(({ ours }) => ours.rawMs)))} ms)`,
        value: rounded(commits, 2),
      },
      bar: {
        text: `<= ${MAX_APPROVAL_COMMITS} raw commits above bare, none failed`,
        holds: commits <= MAX_APPROVAL_COMMITS && failed === 0,
      },
      details: { rounds },
    },
  ];
}

/** The same leg on both servers, in turns: a machine that grows slower slows both. */
async function alternating<T>(
  options: BenchOptions,
  leg: (server: Server) => Promise<T>,
): Promise<{ ours: T; theirs: T }[]> {
  const host = await startHost();
  const bare = await startBare();
  const rounds: { ours: T; theirs: T }[] = [];
  try {
    for (let at = 0; at < options.rounds; at += 1) rounds.push({ ours: await leg(host), theirs: await leg(bare) });
    return rounds;
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}
