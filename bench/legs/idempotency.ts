// One Idempotency-Key used ten times at once for the first time: one run. And how fast a key's answer is repeated.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { type Server, startBare, startHost } from "../servers.ts";
import { median } from "../stats.ts";
import { measure, taken } from "../tool.ts";

const MIN_RATIO = 0.8;

export async function idempotencyLeg(options: BenchOptions): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  const settings = { legs: "idem", n: Math.min(options.n, 2_000), concurrency: options.concurrency };
  const leg = async (server: Server) => taken((await measure(server, settings)).legs.idem, server);
  const rounds: { ours: Awaited<ReturnType<typeof leg>>; theirs: Awaited<ReturnType<typeof leg>> }[] = [];
  try {
    for (let at = 0; at < options.rounds; at += 1) rounds.push({ ours: await leg(host), theirs: await leg(bare) });
    const races = rounds.map(({ ours }) => ours.concurrent_first_use);
    const [race] = races;
    const broken = races.reduce((sum, { keys_with_more_than_one_run: keys }) => sum + keys, 0);
    const wrong = rounds.reduce(
      (sum, { ours }) => sum + ours.wrong_run_id + ours.concurrent_first_use.answers_not_2xx,
      0,
    );
    const ratio = median(rounds.map(({ ours, theirs }) => ours.per_second / theirs.per_second));
    return [
      {
        leg: "idem",
        name: `keys of ${(race?.keys ?? 0) * rounds.length} with more than one run, each used ${race?.parallel} times at once`,
        unit: "keys",
        parley: broken,
        baseline: {
          name: "bare server",
          value: rounds.reduce((sum, { theirs }) => sum + theirs.concurrent_first_use.keys_with_more_than_one_run, 0),
        },
        bar: { text: "none, no wrong answer", holds: broken === 0 && wrong === 0 },
        details: { wrong },
      },
      {
        leg: "idem",
        name: "repeated answers of one key",
        unit: "answers/s",
        parley: rounded(median(rounds.map(({ ours }) => ours.per_second)), 0),
        baseline: { name: "bare server", value: rounded(median(rounds.map(({ theirs }) => theirs.per_second)), 0) },
        compared: { name: "median ratio", value: rounded(ratio) },
        bar: { text: `ratio >= ${MIN_RATIO}`, holds: ratio >= MIN_RATIO },
        details: { rounds },
      },
    ];
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}
