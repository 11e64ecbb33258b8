// How full the heap is. Past the limit the process ends, so work is refused well before.

import { getHeapStatistics } from "node:v8";

/** What remains is for work that was accepted, and for the collector to move in. */
const HIGH_SHARE = 0.85;
/** Looking costs some microseconds: a flood must not pay for it with every request. */
const SAMPLE_MS = 100;

export function createMemoryGauge(
  nowMs: () => number,
  heap: () => { used: number; limit: number } = readHeap,
): () => boolean {
  let sampledMs = Number.NEGATIVE_INFINITY;
  let isHigh = false;
  return () => {
    const now = nowMs();
    if (now - sampledMs >= SAMPLE_MS) {
      sampledMs = now;
      const { used, limit } = heap();
      isHigh = used > limit * HIGH_SHARE;
    }
    return isHigh;
  };
}

function readHeap(): { used: number; limit: number } {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return { used: used_heap_size, limit: heap_size_limit };
}
