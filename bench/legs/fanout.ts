// Many subscribers of one run: every one gets its end.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { type Server, startBare, startHost } from "../servers.ts";
import { measure, taken } from "../tool.ts";

export async function fanoutLeg(options: BenchOptions): Promise<Figure[]> {
  const host = await startHost();
  const bare = await startBare();
  try {
    const ours = await subscribers(host, options);
    const theirs = await subscribers(bare, options);
    const missed = ours.missed + ours.failed;
    return [
      {
        leg: "fanout",
        name: `ends missed by ${options.subscribers} subscribers`,
        unit: "events",
        parley: missed,
        baseline: { name: "bare server", value: theirs.missed + theirs.failed },
        compared: {
          name: `p50 from event to receipt, bare ${rounded(theirs.event_to_receipt_ms.p50)} ms`,
          value: rounded(ours.event_to_receipt_ms.p50),
        },
        bar: { text: "none missed", holds: missed === 0 },
        details: { parley: ours, bare: theirs },
      },
    ];
  } finally {
    await Promise.all([host.stop(), bare.stop()]);
  }
}

async function subscribers(server: Server, options: BenchOptions) {
  const rounds = options.quick ? 1 : 3;
  const report = await measure(server, { legs: "fanout", subs: options.subscribers, rounds });
  const [set] = taken(report.legs.fanout, server).sets;
  if (!set) throw new Error(`no figures of the subscribers of ${server.name}`);
  return set;
}
