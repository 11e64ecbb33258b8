// One Idempotency-Key used ten times at once for the first time: one run. And how fast a key's answer is repeated.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { startBare, startHost } from "../servers.ts";
import { measure, taken } from "../tool.ts";

export async function idempotencyLeg(options: BenchOptions): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  const settings = { legs: "idem", n: Math.min(options.n, 2_000), concurrency: options.concurrency };
  try {
    const ours = taken((await measure(host, settings)).legs.idem, host);
    const theirs = taken((await measure(bare, settings)).legs.idem, bare);
    const race = ours.concurrent_first_use;
    const broken = race.keys_with_more_than_one_run;
    return [
      {
        leg: "idem",
        name: `keys of ${race.keys} with more than one run, each used ${race.parallel} times at once`,
        unit: "keys",
        parley: broken,
        baseline: { name: "bare server", value: theirs.concurrent_first_use.keys_with_more_than_one_run },
        compared: {
          name: `repeated answers/s, bare ${rounded(theirs.per_second, 0)}`,
          value: rounded(ours.per_second, 0),
        },
        bar: {
          text: "none, no wrong answer",
          holds: broken === 0 && ours.wrong_run_id === 0 && race.answers_not_2xx === 0,
        },
        details: { parley: ours, bare: theirs },
      },
    ];
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}
