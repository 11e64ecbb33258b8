// What other requests feel while something is going on: the health is asked for every few milliseconds.

import assert from "node:assert/strict";
import { request } from "./http.ts";

/** No other request may be delayed by more than this. */
export const MAX_DELAY_MS = 50;
const PING_EVERY_MS = 4;
/** Noise of the machine can only add to what is measured: the best of some rounds is the truth. */
const ROUNDS = 12;

/** Does `work` and asserts that no other request was delayed by it; repeats it while the machine is noisy. */
export async function assertUndisturbed(url: string, label: string, work: () => Promise<unknown>): Promise<void> {
  const worst: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const pinger = ping(url);
    try {
      await work();
    } finally {
      worst.push(await pinger.stop());
    }
    if (Math.min(...worst) <= MAX_DELAY_MS) return;
  }
  assert.fail(`${label}: slowest answers per round: ${worst.map(Math.round).join(", ")} ms`);
}

/** `stop` gives the longest time one answer took. */
function ping(url: string): { stop(): Promise<number> } {
  let worstMs = 0;
  const pending = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    const sentMs = performance.now();
    const answer = request("GET", `${url}/healthz`)
      .catch(() => undefined) // as slow as its deadline: that shows in the figure
      .then(() => {
        worstMs = Math.max(worstMs, performance.now() - sentMs);
        pending.delete(answer);
      });
    pending.add(answer);
  }, PING_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return worstMs;
    },
  };
}
