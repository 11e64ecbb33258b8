// From spawn to the ready line: a home that was started before, the launcher included.

import { type Figure, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { startBare, startHost } from "../servers.ts";
import { median } from "../stats.ts";

const MAX_READY_MS = 800;

export async function startLeg(options: BenchOptions): Promise<Figure[]> {
  const first = await startHost();
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    await first.daemon.stop();
    for (let at = 0; at < options.starts; at += 1) {
      const host = await startHost({ home: first.daemon.home });
      ours.push(host.readyMs);
      await host.stop();
      const bare = await startBare();
      theirs.push(bare.readyMs);
      await bare.stop();
    }
  } finally {
    await first.stop();
  }
  const readyMs = median(ours);
  return [
    {
      leg: "start",
      name: `spawn to ready, median of ${options.starts}`,
      unit: "ms",
      parley: rounded(readyMs, 0),
      baseline: { name: "bare server", value: rounded(median(theirs), 0) },
      bar: { text: `<= ${MAX_READY_MS} ms`, holds: readyMs <= MAX_READY_MS },
      details: {
        firstStartMs: rounded(first.readyMs, 0),
        parleyMs: ours.map((ms) => rounded(ms, 0)),
        bareMs: theirs.map((ms) => rounded(ms, 0)),
      },
    },
  ];
}
