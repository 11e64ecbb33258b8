// Many subscribers of one run: every one gets its end, and soon.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { type Server, startBare, startHost } from "../servers.ts";
import { median } from "../stats.ts";
import { measure, taken } from "../tool.ts";

const MAX_LAG_RATIO = 1.5;
/** A run that outlives the opening of so many streams, and a deadline that outlives the run. */
const MANY_TIMEOUT_MS = 60_000;

export async function fanoutLeg(options: BenchOptions): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  try {
    const some: { ours: Set; theirs: Set }[] = [];
    for (let at = 0; at < options.rounds; at += 1) {
      some.push({
        ours: await subscribers(host, options.subscribers, 1),
        theirs: await subscribers(bare, options.subscribers, 1),
      });
    }
    const many = await subscribers(host, options.manySubscribers, 1);
    const bareMany = await subscribers(bare, options.manySubscribers, 1);
    return [lag(some, options), lost(many, bareMany, options)];
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}

type Set = Awaited<ReturnType<typeof subscribers>>;

async function subscribers(server: Server, count: number, rounds: number) {
  const report = await measure(server, { legs: "fanout", subs: count, rounds, "timeout-ms": MANY_TIMEOUT_MS });
  const [set] = taken(report.legs.fanout, server).sets;
  if (!set) throw new Error(`no figures of the subscribers of ${server.name}`);
  return set;
}

function lag(rounds: { ours: Set; theirs: Set }[], options: BenchOptions): Figure {
  const ratio = median(rounds.map(({ ours, theirs }) => ours.event_to_receipt_ms.p50 / theirs.event_to_receipt_ms.p50));
  const missed = rounds.reduce((sum, { ours }) => sum + ours.missed + ours.failed, 0);
  return {
    leg: "fanout",
    name: `event to receipt, ${options.subscribers} subscribers, p50`,
    unit: "ms",
    parley: rounded(median(rounds.map(({ ours }) => ours.event_to_receipt_ms.p50))),
    baseline: {
      name: "bare server",
      value: rounded(median(rounds.map(({ theirs }) => theirs.event_to_receipt_ms.p50))),
    },
    compared: { name: "median ratio", value: rounded(ratio) },
    bar: { text: `ratio <= ${MAX_LAG_RATIO}, none missed`, holds: ratio <= MAX_LAG_RATIO && missed === 0 },
    details: { rounds, missed },
  };
}

function lost(ours: Set, theirs: Set, options: BenchOptions): Figure {
  const missed = ours.missed + ours.failed;
  return {
    leg: "fanout",
    name: `ends missed by ${options.manySubscribers} subscribers`,
    unit: "events",
    parley: missed,
    baseline: { name: "bare server", value: theirs.missed + theirs.failed },
    bar: { text: "none missed", holds: missed === 0 },
    details: { parley: ours, bare: theirs },
  };
}
